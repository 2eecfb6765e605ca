import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { quiet } from "../../../channels/terminal/screen/question.ts"
import { bin, place, type Place } from "../../program.ts"
import { hasTmux, openWindow, type Window } from "./tmux.ts"

const script = `
rules:
  - when: "mend"
    turns:
      - { text: "I will **mend** it.", calls: [ { tool: write_file, input: { path: sum.js, content: "console.log(1 + 1)\\n" } } ] }
      - { calls: [ { tool: execute_bash, input: { command: "node sum.js" } } ] }
      - { text: "It prints \`2\`." }
  - when: "count"
    turns:
      - { calls: [ { tool: execute_bash, input: { command: "seq 10000" } } ] }
      - { text: "Counted." }
  - when: "slow"
    turns: [ { text: "${Array.from({ length: 60 }, (_, n) => `Sentence number ${n} of a slow answer.`).join(" ")}", chunk: 6, delay_ms: 15 } ]
  - when: "fill"
    turns: [ { text: "${Array.from({ length: 40 }, (_, n) => `- row ${n + 1}`).join("\\n")}" } ]
  - when: "sleep"
    turns: [ { calls: [ { tool: execute_bash, input: { command: "sleep 100" } } ] }, { text: "Awake." } ]
  - when: ".*"
    turns: [ { text: "You said: {{message}}" } ]
`

const chat = async (here: Place, args: string, size: readonly [number, number] = [80, 24]): Promise<Window> => {
  await writeFile(join(here.cwd, "script.yaml"), script)
  const { NO_COLOR: _, ...env } = here.env
  const command = `${process.execPath} ${bin} chat ${args}; echo "left with $?"; stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(echo|icanon)' | tr '\\n' ' '; exec cat`
  await using opening = new AsyncDisposableStack()
  const window = opening.use(await openWindow(command, { columns: size[0], rows: size[1], cwd: here.cwd, env }))
  await window.until(/─\n›/)
  // It is the caller's now; had it not come up, it would be closed here.
  opening.move()
  return window
}

const model = "-m scripted/./script.yaml"

describe.skipIf(!hasTmux)("the program in a terminal (needs tmux)", { timeout: 40_000 }, () => {
  it("does a task: streams, asks, shows the diff and the output, leaves the terminal as it was, and goes on later", async () => {
    await using here = await place()
    await using window = await chat(here, model)
    await window.type("mend it")
    await window.keys("Enter")
    const asked = await window.until("Allow write_file?")
    expect(asked).toContain("I will mend it.")
    expect(asked).toContain("1 + console.log(1 + 1)")
    await answer(window, "Allow write_file?", "y")
    await answer(window, "Allow execute_bash?", "a")
    await window.until("It prints 2.")
    const done = await window.look()
    expect(done).toMatch(/✓ write_file sum\.js {2}\+1 −0\n {2}│ 1 \+ console\.log/)
    expect(done).toContain("› mend it")
    expect(done).toMatch(/✓ execute_bash node sum\.js\n {2}│ 2\n/)
    await window.type("/exit")
    await window.keys("Enter")
    const left = await window.until(/left with 0[^]*echo/)
    expect(left).toMatch(/kintsugi chat -r \S+\n/)
    expect(left).toContain("icanon echo")
    expect(await window.format("#{cursor_flag} #{alternate_on}")).toBe("1 0")
    await using again = await chat(here, "-c", [80, 30])
    const resumed = await again.look()
    for (const part of ["› mend it", "✓ write_file sum.js", "It prints 2."]) expect(resumed).toContain(part)
  })

  it("keeps ten thousand lines short, and shows them all on ctrl-o without touching the scrollback", async () => {
    await using here = await place()
    await using window = await chat(here, `${model} --permissions auto`)
    await window.type("count")
    await window.keys("Enter")
    const seen = await window.until("Counted.")
    expect(seen).toContain("… 9,996 more lines (ctrl-o to expand)")
    await window.keys("C-o")
    await window.until(/100% of 10\d\d\d lines/)
    await window.keys("PageUp", "PageUp")
    await window.until(/│ 9950\n {2}│ 9951/)
    await window.keys("C-o")
    await window.until(/─\n›/)
    const all = await window.look("history")
    expect(all.split("\n").length).toBeLessThan(40)
    expect(all.split("Counted.")).toHaveLength(2)
  })

  it("draws the screen anew when the window changes while it streams, and stops on ctrl-c", async () => {
    await using here = await place()
    await using window = await chat(here, model, [100, 24])
    await window.type("fill")
    await window.keys("Enter")
    await window.until("row 40")
    await window.type("slow")
    await window.keys("Enter")
    await window.until("Sentence number 4")
    await window.resize(60, 20)
    await window.until("Sentence number 8")
    await window.resize(110, 30)
    await window.until("Sentence number 12")
    await window.keys("C-c")
    const seen = await window.until("cancelled")
    const isRule = (row: string) => row.startsWith("──")
    expect(
      seen
        .split("\n")
        .filter(isRule)
        .map((row) => row.length)
    ).toEqual([109, 109])
    expect(seen).not.toContain("esc to stop")
    for (let n = 0; n < 12; n++) expect(seen.split(`Sentence number ${n} `).length).toBeLessThanOrEqual(2)
    await window.resize(30, 8)
    await window.until(/^› *\n.*ask/m)
    await window.type("still there")
    await window.keys("Enter")
    await window.until("You said: still there")
  })

  it("folds a long paste and sends it whole", async () => {
    await using here = await place()
    await using window = await chat(here, model)
    await window.type("look ")
    await window.paste(Array.from({ length: 120 }, (_, n) => `pasted row ${n}`).join("\n"))
    await window.until("› look [pasted 120 lines]")
    await window.keys("Enter")
    await window.until("pasted row 119")
    expect(await window.look("history")).toContain("You said: look pasted row 0")
  })

  it("says what it can do on a small screen, completes commands and files, and changes the mode", async () => {
    await using here = await place()
    await writeFile(join(here.cwd, "readme-of-mine.md"), "x")
    await using window = await chat(here, model, [44, 12])
    await window.keys("BTab")
    await window.until(/^edits · /m)
    await window.type("/co")
    await window.until("› /cost")
    await window.keys("C-u")
    await window.type("see @mine")
    await window.until("› readme-of-mine.md")
    await window.keys("Tab")
    await window.until("› see @readme-of-mine.md")
    await window.keys("C-c")
    await window.until("press ctrl-c again to leave")
    await window.keys("C-c")
    await window.until("left with 0")
  })

  it("is ended by a signal in good order: plugins say their last words, no process is left, the terminal is as it was", async () => {
    await using here = await place()
    const said = join(here.home, "said.txt")
    const hooks = { SessionEnd: [{ hooks: [{ type: "command", command: `sleep 0.2; echo bye > '${said}'` }] }] }
    await mkdir(join(here.home, ".claude"))
    await writeFile(join(here.home, ".claude/settings.json"), JSON.stringify({ hooks }))
    await using window = await chat(here, `${model} --permissions auto`)
    await window.type("sleep")
    await window.keys("Enter")
    await window.until(/execute_bash sleep 100 +\d/)
    process.kill((await window.child()) ?? 0, "SIGTERM")
    expect(await window.until(/left with \d+[^]*echo/)).toContain("left with 143")
    expect(await readFile(said, "utf8")).toBe("bye\n")
    expect(await window.format("#{cursor_flag} #{alternate_on}")).toBe("1 0")
  })
})

/** Reads the question, then presses a key: whoever types at once is taken to be still writing a message. */
const answer = async (window: Window, question: string, key: string): Promise<void> => {
  await window.until(question)
  await pause(quiet + 50)
  await window.type(key)
}
