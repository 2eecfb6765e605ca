import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { begin, place } from "../../program.ts"
import { commandLine } from "../cli/in-process.ts"
import { answerIn, client, keys, saying, stateOf, taskIn, until, wordOf } from "./peer.ts"

interface Told {
  readonly url: string
  readonly card: string
  readonly jsonrpc: string
  readonly rest: string
  readonly health: string
  readonly pid: number
  readonly key?: string
}

const script = `
rules:
  - when: "^slow"
    turns: [ { calls: [ { tool: execute_bash, input: { command: "sleep 60" } } ] }, { text: "It went on." } ]
  - when: ".*"
    turns: [ { text: "You said: {{message}}" } ]
`

describe("kintsugi channel a2a", () => {
  let world: World
  beforeEach(() => void (world = makeWorld()))
  afterEach(() => world.remove())
  const a2a = (...args: ReadonlyArray<string>) => commandLine(world)(["channel", "a2a", "--port", "0", ...args])
  const model = ["-m", "scripted/rehearsal"]

  it.each([
    [["--host", "0.0.0.0"], /needs a key.*KINTSUGI_CHANNELS_A2A_API_KEYS/],
    [["--host", "0.0.0.0", "--no-auth"], /without keys only this machine may connect/],
    [["--host", "0.0.0.0", "--api-key", "short"], /fewer than 16 characters/],
    [["--no-auth", "--api-key", keys.ann], /give one of them/]
  ] as const)("does not start with %j", async (args, message) => {
    const { code, out, err } = await a2a(...model, ...args)
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toMatch(message)
    expect(err).not.toContain(keys.ann)
  })

  it("says where it is, makes up a token, and stops when it is asked to", async () => {
    world.write(join(world.cwd, "script.yaml"), script)
    const line = Promise.withResolvers<string>()
    const flags = ["channel", "a2a", "--port", "0", "--json", "-m", "scripted/script.yaml"]
    const ended = commandLine(world)(flags, { onOut: line.resolve })
    const said = await Promise.race([line.promise, ended.then(({ err }) => Promise.reject(new Error(err)))])
    const at: Told = JSON.parse(said)
    const one = await client(at, { key: at.key ?? "" })
    expect(answerIn(taskIn(await one.sendMessage(saying("hello"))))).toBe("You said: hello")
    expect(await (await fetch(at.health)).json()).toMatchObject({ status: "ready", sessions: 1, turns: 0 })
    process.emit("SIGTERM", "SIGTERM")
    const { code, err } = await ended
    expect(code).toBe(143)
    expect(err).toMatch(/^Agent card: .*agent-card\.json$/m)
    expect(err).not.toContain(at.key)
  })
})

it("goes on with a task in whose middle it was killed, and keeps what was over", async () => {
  await using at = await place()
  await writeFile(join(at.cwd, "script.yaml"), script)
  const start = async () => {
    const args = ["channel", "a2a", "--port", "0", "--json", "--permissions", "auto", "-m", "scripted/script.yaml"]
    const running = begin(at, args, { env: { KINTSUGI_CHANNELS_A2A_TOKEN: keys.ann } })
    const lines = createInterface({ input: running.child.stdout ?? process.stdin })
    const [line] = await Promise.race([
      new Promise<[string]>((resolve) => lines.once("line", (text) => resolve([text]))),
      running.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))
    ])
    const where: Told = JSON.parse(line)
    return { ...running, where, one: await client(where) }
  }
  const first = await start()
  const over = taskIn(await first.one.sendMessage(saying("hello")))
  const stream = first.one.sendMessageStream(saying("slow"))
  let slow = ""
  for await (const { payload } of stream) {
    if (payload?.$case === "task") slow = payload.value.id
    if (wordOf(payload).endsWith("Uses execute_bash.")) break
  }
  first.child.kill("SIGKILL")
  await first.ended
  const second = await start()
  const get = (id: string) => second.one.getTask({ tenant: "", id })
  await until(async () => stateOf(await get(slow)) !== "WORKING")
  expect([stateOf(await get(slow)), answerIn(await get(slow))]).toEqual(["COMPLETED", "It went on."])
  expect(await get(over.id)).toEqual(over)
  expect(second.where.key).toBe(undefined)
  second.child.kill("SIGTERM")
  const { code, stderr } = await second.ended
  expect(code).toBe(143)
  expect(stderr).not.toContain(keys.ann)
}, 30_000)
