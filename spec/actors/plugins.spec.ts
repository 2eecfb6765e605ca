/** Plugins managed while sessions run: requirements, order, switching on and off, flags. Objects only; modules have their own spec. */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import type { Plugin } from "../../plugins/plugin.ts"
import type { PluginView } from "../../actors/plugin/runtime-plugins.ts"
import { played } from "./played-model.ts"
import { answersOf, broken, calls, makeStage, newsOf, nodeIn, plugin, tool } from "./stage.ts"

const { folder, open, start } = makeStage()

const stateOf = (views: ReadonlyArray<PluginView>, name: string) => {
  const view = views.find((one) => one.name === name)
  return view === undefined ? "" : `${view.state}${view.reason === "" ? "" : `: ${view.reason}`}`
}

/** Writes down when it starts and stops. */
const diary = (log: Array<string>) => {
  return (name: string, requires: ReadonlyArray<string> = [], more: Partial<Plugin> = {}) =>
    plugin(name, [tool(`${name}_tool`, () => name)], {
      requires,
      start: () => void log.push(`+${name}`),
      stop: () => void log.push(`-${name}`),
      ...more
    })
}

const toolsOf = (model: ReturnType<typeof played>, round: number) =>
  model.requests[round]?.tools?.map(({ name }) => name) ?? []

describe("a plugin that requires others", () => {
  it("starts after them and stops before them, whatever the order of loading", async () => {
    const log: Array<string> = []
    const named = diary(log)
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 50)).then(() => void log.push("+base"))
    const { runtime } = await open(played(["hello"]), [
      named("top", ["middle"]),
      named("other"),
      named("middle", ["base"]),
      named("base", [], { start: slow })
    ])
    expect(log).toEqual(["+other", "+base", "+middle", "+top"])
    await runtime.close()
    expect(log.slice(4)).toEqual(["-other", "-top", "-middle", "-base"])
  })

  it.each([
    ["missing", [], "requires gone, which is missing"],
    ["disabled", ["gone"], "requires gone, which is disabled"]
  ])("is not loaded when one is %s, nor who requires it; the chain is named", async (_, disabled, why) => {
    const log: Array<string> = []
    const named = diary(log)
    const gone = disabled.length === 0 ? [] : [named("gone")]
    const { runtime, session, notices } = await open(
      calls("top_tool", "fine_tool"),
      [...gone, named("middle", ["gone"]), named("top", ["middle"]), named("fine")],
      { plugins: { disabled } }
    )
    expect(log).toEqual(["+fine"])
    const views = runtime.plugins.list()
    expect(stateOf(views, "middle")).toBe(`broken: it ${why}`)
    expect(stateOf(views, "top")).toBe(`broken: it requires middle, which ${why}`)
    expect(session.view().notices).toContain(`plugin top is not loaded: it requires middle, which ${why}`)
    await session.ask("go")
    const [lost, fine] = answersOf(notices)
    expect(lost).toMatchObject({ success: false, error: expect.stringContaining("there is no tool") })
    expect(fine).toMatchObject({ success: true })
    expect(runtime.health()).toMatchObject({ status: "degraded", plugins: { top: "quarantined", fine: "healthy" } })
  })

  it("and guards, denies every call while it is not loaded", async () => {
    const gate = plugin("gate", [], { requires: ["gone"], beforeToolExecute: () => undefined })
    const { session, notices } = await open(calls("fine"), [plugin("fine", [tool("fine", () => "yes")]), gate])
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([
      {
        success: false,
        errorClass: "permission_denied",
        error: expect.stringContaining("requires gone, which is missing")
      }
    ])
  })

  it("in a circle is not loaded, and the circle is shown", async () => {
    const log: Array<string> = []
    const named = diary(log)
    const plugins = [
      named("a", ["b"]),
      named("b", ["c"]),
      named("c", ["a"]),
      named("d", ["a"]),
      named("self", ["self"])
    ]
    const { runtime } = await open(played(["hello"]), plugins)
    expect(log).toEqual([])
    const views = runtime.plugins.list()
    expect(stateOf(views, "a")).toMatch(/^broken: .*\(a → b → c → a\)/)
    expect(stateOf(views, "d")).toMatch(/^broken: it requires a, which .*\(a → b → c → a\)/)
    expect(stateOf(views, "self")).toMatch(/^broken: .*\(self → self\)/)
  })

  it("is told when one of them is out of use, and when it is back", async () => {
    let isBroken = true
    const base = plugin("base", [tool("shaky", () => (isBroken ? broken() : "fine"))])
    const top = plugin("top", [tool("fine", () => "yes")], { requires: ["base"] })
    const { runtime, session } = await open(calls("fine", "shaky"), [base, top], {
      healing: { tool_restarts: { max: 0, seconds: 60 }, plugin_restarts: { max: 0, seconds: 60 } }
    })
    await session.ask("go")
    await vi.waitUntil(() => runtime.health().plugins.base === "quarantined")
    expect(stateOf(runtime.plugins.list(), "top")).toBe("degraded: it requires base, which is out of use")
    isBroken = false
    await runtime.plugins.revive("base")
    expect(stateOf(runtime.plugins.list(), "top")).toBe("healthy")
  })
})

describe("switching off and on while a session runs", () => {
  it("takes tools and hooks away for the next round, and gives them back; no turn is lost", async () => {
    const heard: Array<string> = []
    const words = plugin("words", [tool("count", () => "3")], {
      beforeToolExecute: ({ tool }) => void heard.push(tool),
      systemPrompt: () => "Count."
    })
    const change = { now: async () => {} }
    const other = plugin("other", [tool("switch", async () => (await change.now(), "switched"))])
    const one = (name: string) => ({ calls: [{ id: name, name, input: {} }] })
    const model = played([one("switch"), one("count"), "done", one("switch"), one("count"), "done"])
    const { runtime, session, notices } = await open(model, [words, other])
    change.now = () => runtime.plugins.disable("words")
    expect(await session.ask("off")).toMatchObject({ type: "agent.replied", text: "done" })
    expect(toolsOf(model, 0)).toContain("count")
    expect(toolsOf(model, 1)).not.toContain("count")
    expect(heard).toEqual(["switch"])
    expect(stateOf(runtime.plugins.list(), "words")).toBe("disabled: it was disabled")
    expect(runtime.health().plugins.words).toBe("disabled")
    change.now = () => runtime.plugins.enable("words")
    await session.ask("on")
    expect(toolsOf(model, 4)).toContain("count")
    expect(answersOf(notices).map(({ success }) => success)).toEqual([true, false, true, true])
    expect(heard).toEqual(["switch", "count"])
    expect(newsOf(notices)).toEqual(["words disabled", "words healthy"])
    expect(runtime.health().plugins.words).toBe("healthy")
    await vi.waitUntil(() => runtime.health().ledger.open === 0)
  })

  it("waits for the calls that are under way, and answers those that come too late", async () => {
    const gate = Promise.withResolvers<void>()
    const log: Array<string> = []
    const slow = plugin("slow", [tool("wait", () => gate.promise.then(() => "waited"))], {
      stop: () => void log.push("-slow")
    })
    const { runtime, session, notices } = await open(calls("wait"), [slow])
    const asked = session.ask("go")
    await vi.waitUntil(() => nodeIn(runtime.health().tree, "lane:1")?.state === "running")
    const disabled = runtime.plugins.disable("slow")
    await vi.waitUntil(() => stateOf(runtime.plugins.list(), "slow").startsWith("disabled"))
    expect(log).toEqual([])
    gate.resolve()
    await Promise.all([asked, disabled])
    expect(answersOf(notices)).toMatchObject([{ success: true, data: "waited" }])
    expect(log).toEqual(["-slow"])
    expect(nodeIn(runtime.health().tree, "slow")).toBeUndefined()
  })

  it("takes those that require it along, in reverse; they come back one by one", async () => {
    const log: Array<string> = []
    const named = diary(log)
    const { runtime } = await open(played(["hello"]), [
      named("base"),
      named("middle", ["base"]),
      named("top", ["middle"])
    ])
    log.length = 0
    await runtime.plugins.disable("base")
    expect(log).toEqual(["-top", "-middle", "-base"])
    expect(stateOf(runtime.plugins.list(), "top")).toBe("disabled: it requires base, which was disabled")
    await expect(runtime.plugins.enable("top")).rejects.toThrow("requires middle, which is disabled")
    expect(stateOf(runtime.plugins.list(), "top")).toMatch(/^disabled/)
    for (const name of ["base", "middle", "top"]) await runtime.plugins.enable(name)
    expect(log.slice(3)).toEqual(["+base", "+middle", "+top"])
  })

  it("brings back those that only waited for it", async () => {
    const log: Array<string> = []
    const named = diary(log)
    const { runtime } = await open(played(["hello"]), [named("base"), named("top", ["base"])], {
      plugins: { disabled: ["base"] }
    })
    expect(log).toEqual([])
    await runtime.plugins.enable("base")
    await vi.waitUntil(() => log.length === 2)
    expect(log).toEqual(["+base", "+top"])
  })

  it("is refused for what is needed, not there, or does not start; then all is as it was", async () => {
    let fails = true
    const shaky = plugin("shaky", [], {
      start: () => {
        if (fails) throw new Error("no licence")
      }
    })
    const { runtime } = await open(played(["hello"]), [shaky], {
      plugins: { disabled: ["shaky", "task-done"] },
      healing: { plugin_restarts: { max: 1, seconds: 60 } }
    })
    const { enable, disable } = runtime.plugins
    await expect(disable("task-done")).rejects.toThrow("task-done cannot be disabled")
    await expect(disable("nobody")).rejects.toThrow(/no plugin nobody; there are: .*files/)
    await expect(enable("nobody")).rejects.toThrow("no plugin nobody")
    await expect(runtime.plugins.reload("shaky")).rejects.toThrow("shaky is disabled; enable it first")
    await expect(enable("shaky")).rejects.toThrow("no licence")
    expect(stateOf(runtime.plugins.list(), "shaky")).toMatch(/^disabled: plugins.disabled/)
    expect(stateOf(runtime.plugins.list(), "task-done")).toBe("healthy")
    fails = false
    await enable("shaky")
    expect(stateOf(runtime.plugins.list(), "shaky")).toBe("healthy")
    await disable("files")
    expect(stateOf(runtime.plugins.list(), "files")).toMatch(/^disabled/)
  })

  it("follows the settings at the start: disabled, and when some are enabled only those beside the built-in ones", async () => {
    const log: Array<string> = []
    const named = diary(log)
    const { runtime } = await open(played(["hello"]), [named("a"), named("b"), named("c")], {
      plugins: { enabled: ["a", "b"], disabled: ["b", "shell"] }
    })
    expect(log).toEqual(["+a"])
    const views = runtime.plugins.list()
    expect(stateOf(views, "b")).toContain("plugins.disabled")
    expect(stateOf(views, "c")).toContain("plugins.enabled")
    expect(stateOf(views, "shell")).toContain("plugins.disabled")
    expect(views.slice(0, 2)).toMatchObject([
      { name: "files", tier: "built-in", place: "in_process", state: "healthy" },
      { name: "search", tier: "built-in" }
    ])
  })
})

describe("flags", () => {
  const flagged = (seen: Array<unknown>) =>
    plugin("flagged", [], {
      registerFlags: () => [
        { name: "topic", description: "What about.", type: "string", default: "all" },
        { name: "loud", description: "Say more.", type: "boolean" }
      ],
      start: ({ flags }) => void seen.push(flags)
    })

  it("reach the plugin's start, defaults filled in, others' left out", async () => {
    const seen: Array<unknown> = []
    const { runtime } = await open(played(["hello"]), [flagged(seen)], {}, { flags: { loud: true, foreign: "x" } })
    expect(seen).toEqual([{ topic: "all", loud: true }])
    expect(runtime.plugins.flags()).toMatchObject([
      { plugin: "flagged", name: "topic", default: "all" },
      { plugin: "flagged", name: "loud", type: "boolean" }
    ])
  })

  it("of the wrong type are not handed over, and the plugin says so", async () => {
    const seen: Array<unknown> = []
    const { runtime } = await open(played(["hello"]), [flagged(seen)], {}, { flags: { topic: true, loud: "yes" } })
    expect(seen).toEqual([{ topic: "all" }])
    expect(stateOf(runtime.plugins.list(), "flagged")).toMatch(/^degraded: its flag \w+ takes a (string|boolean)/)
  })
})

it("a guard of which nothing can be loaded denies, until the user disables it", async () => {
  const kintsugi = { plugin: "gone.js", hooks: ["beforeToolExecute"] }
  await mkdir(join(folder(), "config/plugins/gate"), { recursive: true })
  await writeFile(join(folder(), "config/plugins/gate/package.json"), JSON.stringify({ name: "gate", kintsugi }))
  const discover = { config: join(folder(), "config"), trusted: true }
  const round = [{ calls: [{ id: "a", name: "fine", input: {} }] }, "done"]
  const plugins = () => [plugin("fine", [tool("fine", () => "yes")])]
  const model = played([...round, ...round])
  const { runtime, session, notices } = await open(model, plugins(), {}, { discover })
  await session.ask("go")
  expect(answersOf(notices)).toMatchObject([
    {
      success: false,
      errorClass: "permission_denied",
      error: expect.stringMatching(/gate guards .*gone.js is not there/)
    }
  ])
  await runtime.plugins.disable("gate")
  expect(stateOf(runtime.plugins.list(), "gate")).toMatch(/^disabled: it was disabled/)
  await session.ask("again")
  expect(answersOf(notices)).toMatchObject([{ success: false }, { success: true }])
  const off = await open(calls("fine"), plugins(), { plugins: { disabled: ["gate"] } }, { discover })
  await off.session.ask("go")
  expect(answersOf(off.notices)).toMatchObject([{ success: true }])
})

it("nothing is looked for where an embedding program does not say so", async () => {
  const runtime = await start({ model: played(["hello"]) })
  expect(new Set(runtime.plugins.list().map(({ tier }) => tier))).toEqual(new Set(["built-in"]))
})

describe("a plugin without code", () => {
  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(folder(), "config/plugins", path, ".."), { recursive: true })
      await writeFile(join(folder(), "config/plugins", path), text)
    }
  }
  const looking = () => ({ discover: { config: join(folder(), "config"), trusted: true } })

  it("is seen with what it brings, is healthy, and runs nowhere", async () => {
    await write({
      "one/.claude-plugin/plugin.json": `{"name":"one","version":"1.0"}`,
      "one/skills/say/SKILL.md": "Say."
    })
    const runtime = await start({ model: played(["hello"]), ...looking() })
    const view = runtime.plugins.list().find(({ name }) => name === "one")
    expect(view).toMatchObject({ tier: "global", state: "healthy", version: "1.0", brings: { skills: ["one:say"] } })
    expect(view).not.toHaveProperty("place")
    const health = runtime.health()
    expect(health).toMatchObject({ status: "healthy", plugins: { one: "healthy" }, tiers: { one: "global" } })
    expect(nodeIn(health.tree, "one")).toBeUndefined()
  })

  it("is switched while the program runs, and its skills with it", async () => {
    await write({ "one/.claude-plugin/plugin.json": `{"name":"one"}`, "one/skills/say/SKILL.md": "Say." })
    const runtime = await start({ model: played(["hello"]), ...looking() })
    const skills = async () => (await runtime.skills.again()).skills.map(({ name }) => name)
    expect(await skills()).toContain("one:say")
    await runtime.plugins.disable("one")
    expect(stateOf(runtime.plugins.list(), "one")).toBe("disabled: it was disabled")
    expect(runtime.health()).toMatchObject({ plugins: { one: "disabled" }, reasons: { one: "it was disabled" } })
    expect(await skills()).not.toContain("one:say")
    await runtime.plugins.enable("one")
    expect(stateOf(runtime.plugins.list(), "one")).toBe("healthy")
    expect(await skills()).toContain("one:say")
    await expect(runtime.plugins.reload("one")).rejects.toThrow("plugin one has no code")
  })

  it("yields its name to one that counts before it, and takes it from one behind it", async () => {
    await write({
      "files/.claude-plugin/plugin.json": `{"name":"files"}`,
      "a/.claude-plugin/plugin.json": `{"name":"b"}`,
      "b.ts": ""
    })
    const runtime = await start({ model: played(["hello"]), ...looking() })
    const views = runtime.plugins.list().filter(({ tier }) => tier === "global")
    expect(views.map((one) => `${one.name} ${one.state}: ${one.reason}`)).toEqual([
      "b healthy: ",
      `b shadowed: ${join(folder(), "config/plugins/a")} (global) has its name`,
      "files shadowed: a built-in plugin has its name"
    ])
  })

  it("that may guard and cannot be read denies, until the user disables it", async () => {
    await write({ "gate/.claude-plugin/plugin.json": "{", "gate/hooks/hooks.json": `{"hooks":{"PreToolUse":[]}}` })
    const round = [{ calls: [{ id: "a", name: "fine", input: {} }] }, "done"]
    const plugins = [plugin("fine", [tool("fine", () => "yes")])]
    const { runtime, session, notices } = await open(played([...round, ...round]), plugins, {}, looking())
    await session.ask("go")
    await runtime.plugins.disable("gate")
    await session.ask("again")
    expect(answersOf(notices)).toMatchObject([
      { success: false, error: expect.stringMatching(/gate guards .*plugin\.json is not JSON/) },
      { success: true }
    ])
  })
})
