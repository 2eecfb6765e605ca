import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import { filter, firstValueFrom } from "rxjs"
import { describe, expect, it } from "vitest"
import { connect } from "../../../channels/connect/connect.ts"
import { quiet } from "../../../channels/terminal/screen/question.ts"
import { bin, place, type Place } from "../../program.ts"
import { hasTmux, openWindow } from "./tmux.ts"

const script = `
rules:
  - when: "mend"
    turns:
      - { text: "I will mend it.", calls: [ { tool: write_file, input: { path: sum.js, content: "console.log(1 + 1)" } } ] }
      - { text: "It is mended." }
  - when: "slow"
    turns: [ { text: "${Array.from({ length: 12 }, (_, n) => `Sentence ${n}.`).join(" ")}", chunk: 4, delay_ms: 20 } ]
  - when: ".*"
    turns: [ { text: "You said: {{message}}" } ]
`

const key = "key-of-the-spec-0123"

/** Says on which port it listens. */
const serve = async (here: Place, port: number): Promise<{ readonly child: ChildProcess; readonly url: string }> => {
  const args = ["channel", "websocket", "--port", `${port}`, "--api-key", key, "-m", "scripted/./script.yaml", "--json"]
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: here.cwd,
    env: here.env,
    stdio: ["ignore", "pipe", "ignore"]
  })
  if (child.stdout === null) throw new Error("it has no output")
  const [line] = await once(createInterface({ input: child.stdout }), "line")
  const { url }: { readonly url: string } = JSON.parse(line)
  return { child, url }
}

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill("SIGKILL")
  await once(child, "exit")
}

describe.skipIf(!hasTmux)("a terminal at a running server (needs tmux)", { timeout: 60_000 }, () => {
  it("sees what another client says and answers it, and comes back to a server that was killed and begun again", async () => {
    await using here = await place()
    await writeFile(join(here.cwd, "script.yaml"), script)
    const first = await serve(here, 0)
    let { child } = first
    try {
      // Whoever lists the processes, agents too, reads no key.
      expect(existsSync("/proc") ? readFileSync(`/proc/${child.pid}/cmdline`, "latin1") : "").not.toContain(key)
      const { NO_COLOR: _, ...env } = here.env
      const command = `${process.execPath} ${bin} chat --connect ${first.url}; echo "left with $?"; exec cat`
      const size = { columns: 100, rows: 30, cwd: here.home, env: { ...env, KINTSUGI_API_KEY: key } }
      await using window = await openWindow(command, size)
      await window.until(new RegExp(`at 127\\.0\\.0\\.1:${new URL(first.url).port}$`, "m"))
      await window.type("hello")
      await window.keys("Enter")
      await window.until("You said: hello")

      await using host = await connect(first.url, { apiKey: key })
      const other = await host.open({ resume: "latest" })
      const mended = other.ask("mend it")
      const asked = await window.until("Allow write_file?")
      expect(asked).toContain("› mend it")
      await pause(quiet + 50)
      await window.type("y")
      expect(await mended).toMatchObject({ text: "It is mended." })
      await window.until("It is mended.")

      await window.type("mend again")
      await window.keys("Enter")
      const { id } = await firstValueFrom(other.events.pipe(filter((notice) => notice.type === "agent.asked")))
      await window.until("Allow write_file?")
      other.send({ type: "permission.answered", id, decision: "deny" })
      await window.until(/It is mended\.[^]*It is mended\./)

      await window.type("slow")
      await window.keys("Enter")
      await window.until("Sentence 2")
      await kill(child)
      await window.until("The connection to 127.0.0.1")
      await window.type("said meanwhile")
      await window.keys("Enter")
      ;({ child } = await serve(here, Number(new URL(first.url).port)))
      await window.until("You said: said meanwhile")
      const all = await window.look("history")
      expect(all).toContain("Connected to 127.0.0.1")
      expect(all).toContain("another one goes on with it.")
      expect(all.split("Sentence 11.")).toHaveLength(2)
      expect(all.split("› said meanwhile")).toHaveLength(2)
      expect(all).not.toContain(key)
      await window.type("/exit")
      await window.keys("Enter")
      expect(await window.until("left with 0")).toMatch(/kintsugi chat --connect \S+ -r \S+/)
    } finally {
      await kill(child)
    }
  })
})
