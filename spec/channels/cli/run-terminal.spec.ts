import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { bin, place, type Place } from "../../program.ts"
import { hasTmux, openWindow } from "../terminal/tmux.ts"

const script = {
  rules: [
    {
      when: "write",
      turns: [
        { calls: [{ tool: "write_file", input: { path: "a.txt", content: "one\n" } }] },
        { calls: [{ tool: "write_file", input: { path: "b.txt", content: "two\n" } }] },
        { text: "That was it." }
      ]
    }
  ]
}

const runIn = async (at: Place) => {
  await writeFile(join(at.cwd, "script.yaml"), JSON.stringify(script))
  const command = `${process.execPath} ${bin} run "write it" -m scripted/script.yaml; echo "left with $?"; exec cat`
  return openWindow(command, { columns: 100, rows: 30, cwd: at.cwd, env: at.env })
}

const question = /Allow it\? \[y\] once {2}\[a\] always .* {2}\[n\] no:$/

describe.skipIf(!hasTmux)("run in a terminal (needs tmux)", { timeout: 40_000 }, () => {
  it("shows every word as it comes, once, and nothing that would steer the terminal", async () => {
    await using at = await place()
    const slow = { text: "The answer \u001b[31mis forty-two.", chunk: 4, delay_ms: 60 }
    await writeFile(join(at.cwd, "script.yaml"), JSON.stringify({ rules: [{ when: "ask", turns: [slow] }] }))
    const command = `${process.execPath} ${bin} run "ask" -m scripted/script.yaml; echo "left with $?"; exec cat`
    await using window = await openWindow(command, { columns: 100, rows: 30, cwd: at.cwd, env: at.env })
    expect(await window.until("The ans")).not.toContain("forty-two")
    const seen = await window.until("left with 0")
    expect(seen).toContain("The answer [31mis forty-two.")
    expect(seen.match(/forty-two/g)?.length).toBe(1)
  })
})

describe.skipIf(!hasTmux)("permission questions of run in a terminal (needs tmux)", { timeout: 40_000 }, () => {
  it("show the change, and are answered by yes for once and always for all that the rule covers", async () => {
    await using at = await place()
    await using window = await runIn(at)
    const asked = await window.until(question)
    expect(asked).toMatch(/write_file a\.txt[^]*\+one/)
    await window.type("a")
    await window.keys("Enter")
    expect(await window.until("left with 0")).toContain("That was it.")
    expect(await readFile(join(at.cwd, "b.txt"), "utf8")).toBe("two\n")
  })

  it("take anything else for a no", async () => {
    await using at = await place()
    await using window = await runIn(at)
    await window.until(question)
    await window.keys("Enter")
    expect(await window.until(/write_file b\.txt[^]*no:$/)).toContain("the user said no")
    await window.type("y")
    await window.keys("Enter")
    await window.until("left with 0")
  })

  it("take the end of the input for a no, and show what would hide", async () => {
    await using at = await place()
    script.rules[0]?.turns.splice(0, 2, {
      calls: [{ tool: "write_file", input: { path: "c.txt", content: "a\u202eb\n" } }]
    })
    await using window = await runIn(at)
    expect(await window.until(question)).toContain("+a<U+202E>b")
    await window.keys("C-d")
    expect(await window.until("left with 0")).toContain("the user said no")
  })

  it("end with the run on ctrl-c", async () => {
    await using at = await place()
    await using window = await runIn(at)
    await window.until(question)
    await window.keys("C-c")
    expect(await window.until("left with 130")).toContain("cancelled")
  })
})
