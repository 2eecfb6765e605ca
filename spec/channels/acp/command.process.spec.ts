/** `kintsugi acp` in this process: nothing but the protocol on standard output, whatever is missing or prints there. */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { expect, onTestFinished, test, vi } from "vitest"
import { run } from "../../../channels/cli/main.ts"
import { makeEditors } from "./editor.ts"

const editors = makeEditors()

/** The command with what it reads and writes; `ask` sends a request and gives its answer. */
const started = async (args: ReadonlyArray<string>) => {
  const [home, cwd] = [await editors.folder(), await editors.folder()]
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const told = { out: "", err: "" }
  stdout.on("data", (piece) => (told.out += piece))
  stderr.on("data", (piece) => (told.err += piece))
  const env = { HOME: home, OLLAMA_HOST: "http://127.0.0.1:9" }
  const ended = run(["acp", ...args], { stdin, stdout, stderr, env, cwd }, "1.2.3")
  onTestFinished(async () => {
    stdin.end()
    await ended
  })
  let id = 0
  const frames = (): ReadonlyArray<Record<string, unknown>> =>
    told.out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  const ask = async (method: string, params: object): Promise<unknown> => {
    const mine = id++
    stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: mine, method, params })}\n`)
    return vi.waitFor(
      () => {
        const answer = frames().find((frame) => frame.id === mine && frame.method === undefined)
        if (answer === undefined) throw new Error(`no answer to ${method} yet`)
        return answer
      },
      { timeout: 10_000, interval: 5 }
    )
  }
  await ask("initialize", { protocolVersion: 1 })
  return { ask, told, frames, stdin, stdout, ended, home, cwd }
}

test("says what to do when no model is configured", async () => {
  const { ask, cwd } = await started([])
  expect(await ask("session/new", { cwd, mcpServers: [] })).toMatchObject({
    error: { code: -32_000, message: expect.stringContaining("kintsugi auth login") }
  })
  expect(await ask("authenticate", { methodId: "stored-key" })).toMatchObject({ error: { code: -32_000 } })
  expect(await ask("authenticate", { methodId: "magic" })).toMatchObject({ error: { code: -32_602 } })
})

test("works in a folder that is not trusted without its configuration, and says so; prints nothing between frames", async () => {
  const script = join(await editors.folder(), "script.yaml")
  await writeFile(script, JSON.stringify({ rules: [{ when: ".", turns: [{ text: "Hello." }] }] }))
  const { ask, told, frames, stdin, stdout, ended, cwd } = await started(["-m", `scripted/${script}`])
  await mkdir(join(cwd, ".kintsugi"))
  await writeFile(join(cwd, ".kintsugi", "config.yaml"), "permissions: { mode: auto }\n")
  const opened = await ask("session/new", { cwd, mcpServers: [] })
  expect(opened).toMatchObject({ result: { modes: { currentModeId: "ask" } } })
  // As console.log of a library would.
  stdout.write("a stray line\n")
  const sessionId = (opened as { result: { sessionId: string } }).result.sessionId // looked at above
  expect(await ask("session/prompt", { sessionId, prompt: [{ type: "text", text: "hi" }] })).toMatchObject({
    result: { stopReason: "end_turn" }
  })
  expect(JSON.stringify(frames())).toContain("this folder is not trusted")
  expect(JSON.stringify(frames())).toContain("Hello.")
  expect(told.err).toContain("a stray line")
  stdin.end()
  expect(await ended).toBe(0)
})

test("reads a wrong configuration as an error of that session alone", async () => {
  const { ask, home, cwd } = await started([])
  await mkdir(join(home, ".config/kintsugi"), { recursive: true })
  await writeFile(join(home, ".config/kintsugi/config.yaml"), "tools: { timeout: never }\n")
  expect(await ask("session/new", { cwd, mcpServers: [] })).toMatchObject({
    error: { code: -32_603, message: expect.stringContaining("tools.timeout") }
  })
  expect(await ask("session/list", {})).toMatchObject({ result: { sessions: [] } })
})
