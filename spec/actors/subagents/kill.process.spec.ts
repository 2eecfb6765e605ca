/** Work in the background when the program is killed: nothing is lost, nothing comes twice. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { createRuntime } from "../../../actors/runtime.ts"
import { textOf } from "../../../llm/message.ts"
import { byMessage } from "./scripted.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kintsugi-kill-"))
})
afterEach(() => rm(folder, { recursive: true }))

const dies = async (moment: string): Promise<string> => {
  const script = join(import.meta.dirname, "fixtures/dying-process.ts")
  const child = spawn(process.execPath, [script, join(folder, "data"), folder, moment], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const ended = once(child, "close")
  const id = (await text(child.stdout)).trim()
  expect((await ended)[1]).toBe("SIGKILL")
  return id
}

/** What the agent had started does not outlive the program either. */
const isGone = (pid: number): Promise<void> =>
  vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 10_000 })

it.each([
  [
    "while it works",
    "running",
    "interrupted",
    /was cut off[^]*was execute_bash echo[^]*had said so far:\s+I was about/
  ],
  ["between its end and the word of it", "ended", "replied", /has ended[^]*seen under the stairs/],
  ["between the word of it and its reading", "told", "replied", /has ended[^]*seen under the stairs/]
])(
  "is told of exactly once after a kill -9 %s",
  async (_, moment, state, told) => {
    const id = await dies(moment)
    if (moment === "running") await isGone(Number(await readFile(join(folder, "pid"), "utf8")))
    const model = byMessage({})
    const runtime = await createRuntime({ data: join(folder, "data"), cwd: folder, model, env: {} })
    try {
      // The newest session of the folder is the one that the user opened.
      expect(runtime.journal.list({ limit: 1 })[0]?.id).toBe(id)
      for (const opening of [1, 2]) {
        const session = await runtime.open({ resume: id })
        const { background, transcript, state: now } = session.view()
        expect([opening, now, background]).toMatchObject([opening, "idle", [{ state, delivered: true }]])
        const results = transcript.filter((message) => message.role === "user" && message.id.startsWith("background:"))
        expect(results.map(textOf)).toEqual([expect.stringMatching(told)])
        await session.ask("and?")
        expect(
          model.requests
            .at(-1)
            ?.messages.map(textOf)
            .filter((said) => told.test(said))
        ).toHaveLength(1)
        await session.close()
      }
    } finally {
      await runtime.close()
    }
  },
  60_000
)
