/** Plugins in processes of their own, through the runtime's door: what they break is theirs. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { filter, firstValueFrom } from "rxjs"
import { describe, expect, it } from "vitest"
import type { HealthNode } from "../../actors/health.ts"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import { played } from "./played-model.ts"
import { answersOf, makeStage } from "./stage.ts"

const stage = makeStage()

/** A module in a folder of its own, as a user writes it. */
const write = async (name: string, source: string): Promise<string> => {
  const folder = join(stage.folder(), "plugins", name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "index.ts"), source)
  return join(folder, "index.ts")
}

const words = `
import { definePlugin, defineTool } from "kintsugi/plugin"
import * as z from "zod"

export default definePlugin({
  name: "words",
  systemPrompt: () => "Prefer word_count to counting by eye.",
  tools: [
    defineTool({
      name: "word_count",
      description: "Count the words of a file.",
      risk: "read",
      input: z.object({ path: z.string() }),
      async execute({ path }: { path: string }, { files, progress }) {
        progress("counting")
        const text = new TextDecoder().decode(await files.read(path))
        return String(text.split(/\\s+/).filter(Boolean).length)
      }
    })
  ]
})`

const reckless = `
import { definePlugin, defineTool } from "kintsugi/plugin"

const tool = (name: string, execute: () => unknown, more = {}) =>
  defineTool({ name, description: name, risk: "write", input: { type: "object" }, execute: execute as never, timeout: 0.5, ...more })

export default definePlugin({
  name: "reckless",
  tools: [
    tool("leave", () => process.exit(0)),
    tool("spin", () => { for (;;); }),
    tool("pid", () => String(process.pid), { risk: "read", timeout: 10 })
  ]
})`

const open = async (calls: ReadonlyArray<{ name: string; input?: object }>, options: RuntimeOptions) => {
  const turn = [...calls.map((call, n) => ({ calls: [{ id: `c${n}`, input: {}, ...call }] })), "done"]
  const model = played([...turn, ...turn])
  return { model, ...(await stage.open(options.model ?? model, options.plugins ?? [], options.settings)) }
}

/** Of a process, as /proc has it. */
const stateOf = (pid: number | undefined): Promise<string> =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (stat) => stat.split(" ")[2] ?? "",
    () => "gone"
  )

const hostsIn = (node: HealthNode): ReadonlyArray<HealthNode> =>
  node.kind === "host" ? [node] : node.children.flatMap(hostsIn)

describe.each(["child", "worker"] as const)("a module that runs in a %s", (isolation) => {
  const settings = { plugins: { isolation } }

  it("offers its tools like any other, and reaches files through the host", async () => {
    await writeFile(join(stage.folder(), "poem.txt"), "so much depends upon")
    const { model, runtime, session, notices } = await open([{ name: "word_count", input: { path: "poem.txt" } }], {
      plugins: [await write("words", words)],
      settings
    })
    expect(await session.ask("go")).toMatchObject({ type: "agent.replied", text: "done" })
    expect(answersOf(notices)).toEqual([{ success: true, data: "4" }])
    expect(notices).toContainEqual({ type: "agent.progressed", callId: "c0", text: "counting" })
    expect(model.requests[0]?.system).toContain("Prefer word_count")
    expect(hostsIn(runtime.health().tree)).toContainEqual(
      expect.objectContaining({ place: isolation, state: "running" })
    )
  })

  it("is refused what the host refuses, in the host's words", async () => {
    const { session, notices } = await open(
      [
        { name: "word_count", input: { path: "/etc/passwd" } },
        { name: "word_count", input: {} }
      ],
      { plugins: [await write("words", words)], settings }
    )
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([
      { success: false, errorClass: "permission_denied" },
      { success: false, errorClass: "invalid_arguments", error: expect.stringContaining("path") }
    ])
  })

  it("ends itself: the call is contained, the next finds it there again, the neighbour never noticed", async () => {
    await writeFile(join(stage.folder(), "poem.txt"), "so much depends upon")
    const count = { name: "word_count", input: { path: "poem.txt" } }
    const { runtime, session, notices } = await open([{ name: "leave" }, count, { name: "pid" }, { name: "spin" }], {
      plugins: [await write("words", words), await write("reckless", reckless)],
      settings
    })
    await session.ask("go")
    await session.ask("and again")
    const [left, counted, again, spun, , , after] = answersOf(notices)
    expect(left).toMatchObject({
      success: false,
      outcome: "contained",
      error: expect.stringContaining("plugin reckless")
    })
    expect(counted).toEqual({ success: true, data: "4" })
    expect(again).toMatchObject({ success: true })
    expect(spun).toMatchObject({ success: false, outcome: "contained", error: expect.stringContaining("0.5 s") })
    expect(after).toEqual({ success: true, data: expect.any(String) })
    if (isolation === "child") expect(after?.data).not.toBe(again?.data)
    expect(notices).toContainEqual(
      expect.objectContaining({ type: "agent.plugin", plugin: "reckless", state: "degraded" })
    )
    expect(runtime.health()).toMatchObject({ plugins: { words: "healthy" }, ledger: { open: 0 } })
  })

  it("is exchanged while it runs: calls under way end with the old code, the next meet the new", async () => {
    const version = (n: number, more = "") => `
      import { definePlugin, defineTool } from "kintsugi/plugin"
      const tool = (name, execute) => defineTool({ name, description: name, risk: "write", input: { type: "object" }, execute })
      export default definePlugin({ name: "words", ${more} tools: [
        tool("version", () => "${n}"),
        tool("slow", async (_, { files, progress }) => {
          progress("begun")
          while ((await files.stat("enough")) === undefined) await new Promise((again) => setTimeout(again, 20))
          return "slow ${n}"
        })
      ] })`
    const path = await write("words", version(1))
    await writeFile(
      join(stage.folder(), "script.yaml"),
      `rules:
  - { when: slow, turns: [{ calls: [{ tool: slow, input: {} }] }, { text: done }] }
  - { when: version, turns: [{ calls: [{ tool: version, input: {} }] }, { text: done }] }`
    )
    const { runtime, session, notices } = await open([], {
      model: `scripted/${join(stage.folder(), "script.yaml")}`,
      plugins: [path],
      settings
    })
    const begun = firstValueFrom(session.events.pipe(filter(({ type }) => type === "agent.progressed")))
    const turn = session.ask("the slow one")
    await begun
    await write("words", version(2))
    const [before] = hostsIn(runtime.health().tree).flatMap(({ pid }) => pid ?? [])
    const reloading = runtime.plugins.reload("words")

    const other = await runtime.open({ unattended: true })
    const seen: Array<unknown> = []
    other.events.subscribe((notice) => notice.type === "agent.settled" && seen.push(notice.answer.data))
    while (seen.at(-1) !== "2") await other.ask("which version?")
    expect(answersOf(notices)).toEqual([])
    await writeFile(join(stage.folder(), "enough"), "")
    await reloading
    await turn
    expect(answersOf(notices)).toEqual([{ success: true, data: "slow 1" }])
    if (isolation === "child") expect(await stateOf(before)).toMatch(/gone|Z/)

    await write("words", version(3, "start() { throw new Error('not today') },"))
    await expect(runtime.plugins.reload("words")).rejects.toThrow("not today")
    expect(runtime.health().plugins.words).toBe("healthy")
    await session.ask("which version?")
    expect(answersOf(notices).at(-1)).toEqual({ success: true, data: "2" })
  })

  it("is asked to stop before it is ended", async () => {
    const log: Array<string> = []
    const path = await write(
      "tidy",
      `export default { name: "tidy", start() { console.log("hello") }, async stop() { console.log("goodbye") } }`
    )
    const quiet = await write("quiet", `export default { name: "quiet", stop() { console.log("goodnight") } }`)
    const runtime = await stage.start({
      model: played([]),
      plugins: [path, quiet],
      settings,
      log: (line) => void log.push(line)
    })
    await runtime.open()
    await runtime.close()
    expect(log).toEqual(["tidy: hello", "quiet: goodnight", "tidy: goodbye"])
  })

  it("that cannot be loaded keeps nobody waiting", async () => {
    const { runtime, session } = await open([], {
      plugins: [await write("broken", "export default {"), await write("words", words)],
      settings: { ...settings, healing: { plugin_restarts: { max: 0, seconds: 60 } } }
    })
    expect(await session.ask("go")).toMatchObject({ type: "agent.replied" })
    expect(runtime.health().plugins).toMatchObject({ broken: "quarantined", words: "healthy" })
  })
})

it("leaves no process behind", async () => {
  const { runtime, session, notices } = await open([{ name: "pid" }], { plugins: [await write("reckless", reckless)] })
  await session.ask("go")
  const pid = Number(answersOf(notices)[0]?.data)
  expect(() => process.kill(pid, 0)).not.toThrow()
  await runtime.close()
  expect(await stateOf(pid)).toMatch(/gone|Z/)
})
