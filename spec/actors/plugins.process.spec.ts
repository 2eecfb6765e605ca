/** Plugins found on disk, in processes of their own: tiers, trust, what is remembered of them, changes while a session runs. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import type { HealthNode } from "../../actors/health.ts"
import { knownFlags } from "../../actors/plugin/known-flags.ts"
import { listPlugins } from "../../actors/plugin/list-plugins.ts"
import { untrustedPlugins } from "../../actors/plugin/untrusted.ts"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import { defaults } from "../../actors/settings.ts"
import { played } from "./played-model.ts"
import { answersOf, makeStage, nodeIn } from "./stage.ts"

const stage = makeStage()

const write = async (files: Readonly<Record<string, string | object>>): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(stage.folder(), path)), { recursive: true })
    await writeFile(join(stage.folder(), path), typeof content === "string" ? content : JSON.stringify(content))
  }
}

const home = () => join(stage.folder(), "home")
const env = () => ({
  XDG_CONFIG_HOME: home(),
  XDG_CACHE_HOME: join(home(), "cache"),
  XDG_STATE_HOME: join(home(), "state")
})

const local = ".kintsugi/plugins"
const user = "home/kintsugi/plugins"

/** A module with one tool for each name, that answers with `says`. */
const brings = (names: ReadonlyArray<string>, says: string, more = "") => `
  import { definePlugin, defineTool } from "kintsugi/plugin"
  const tool = (name) => defineTool({ name, description: name, risk: "read", input: { type: "object" }, execute: () => ${JSON.stringify(says)} })
  export default definePlugin({ name: "it", ${more} tools: ${JSON.stringify(names)}.map(tool) })`

const discover = (trusted = true): NonNullable<RuntimeOptions["discover"]> => ({
  config: join(home(), "kintsugi"),
  cache: join(home(), "cache", "kintsugi"),
  trusted
})

/** A turn with each of these calls. */
const turn = (...names: ReadonlyArray<string>) => [
  ...names.map((name) => ({ calls: [{ id: name, name, input: {} }] })),
  "done"
]

const open = async (turns: Parameters<typeof played>[0], more: RuntimeOptions = {}) => {
  const model = played(turns)
  const opened = await stage.open(model, [], more.settings, { discover: discover(), ...more })
  const states = () =>
    opened.runtime.plugins
      .list()
      .flatMap(({ name, tier, state }) => (tier === "built-in" ? [] : [`${tier} ${name} ${state}`]))
  const tools = (round: number) => model.requests[round]?.tools?.map(({ name }) => name) ?? []
  return {
    ...opened,
    states,
    tools,
    reasonOf: (name: string) => opened.runtime.plugins.list().findLast((one) => one.name === name)?.reason
  }
}

const hostsIn = (node: HealthNode): ReadonlyArray<HealthNode> =>
  node.kind === "host" ? (node.place === "child" ? [node] : []) : node.children.flatMap(hostsIn)

const npm = (name: string, source: string) => ({
  [`${user}/package.json`]: { dependencies: { [name]: "1.0.0" } },
  [`${user}/node_modules/${name}/package.json`]: {
    name,
    version: "1.0.0",
    type: "module",
    kintsugi: { plugin: "main.js" }
  },
  [`${user}/node_modules/${name}/main.js`]: source
})

describe("the tiers", () => {
  const files = () => ({
    [`${local}/words.ts`]: brings(["count"], "project").replace("(name)", "(name: string)"),
    [`${local}/files.ts`]: brings(["read_file"], "never"),
    [`${user}/words.ts`]: brings(["count"], "user"),
    [`${user}/notes/index.mjs`]: brings(["note"], "user"),
    [`${user}/torn/package.json`]: "{",
    ...npm("kintsugi-plugin-far", brings(["fetch_far"], "package"))
  })

  it("are all loaded, TypeScript without a build; the higher one wins, what does not count is shown", async () => {
    await write(files())
    const { session, notices, states, reasonOf } = await open(turn("count", "note", "fetch_far"))
    await session.ask("go")
    expect(answersOf(notices).map(({ data }) => data)).toEqual(["project", "user", "package"])
    expect(states()).toEqual([
      "local words healthy",
      "global notes healthy",
      "npm far healthy",
      "local files shadowed",
      "global torn broken",
      "global words shadowed"
    ])
    expect(reasonOf("words")).toContain(".kintsugi/plugins/words.ts (local) has its name")
    expect(reasonOf("files")).toContain("a built-in plugin has its name")
    expect(session.view().notices).toEqual([expect.stringMatching(/^plugin torn is broken: package.json is not JSON/)])
  })

  it("run nothing of a folder that is not trusted, and say what lies there", async () => {
    await write({ ...files(), [`${local}/own.ts`]: brings(["own"], "project") })
    const settings = { plugins: { disabled: ["notes", "far"] } }
    const { runtime, session, states } = await open(turn("count"), { discover: discover(false), settings })
    await session.ask("go")
    expect(states().slice(0, 3)).toEqual(["global notes disabled", "global words healthy", "npm far disabled"])
    expect(states()).toContain("local words untrusted")
    expect(hostsIn(runtime.health().tree)).toHaveLength(1)
    expect(session.view().notices.join("\n")).toContain("its plugins are not run: files, own, words")
    await expect(runtime.plugins.enable("own")).rejects.toThrow("kintsugi trust")
    expect(await untrustedPlugins(stage.folder())).toEqual(["files", "own", "words"])
    const listed = await listPlugins({
      cwd: stage.folder(),
      env: env(),
      home: home(),
      settings: defaults,
      trusted: false
    })
    expect(listed.find(({ name, tier }) => name === "words" && tier === "global")).toMatchObject({
      state: "healthy",
      tools: ["count"],
      manifest: { tools: [{ risk: "read" }] }
    })
  })
})

describe("what is remembered", () => {
  const flag = `registerFlags: () => [{ name: "topic", description: "What about.", type: "string" }],`
  const cacheFiles = async () => {
    const folder = join(home(), "cache", "kintsugi", "manifests")
    return Promise.all(
      (await readdir(folder)).map(async (name) => ({
        path: join(folder, name),
        text: await readFile(join(folder, name), "utf8")
      }))
    )
  }

  it("offers tools at once without running anything; the first call begins the plugin", async () => {
    await write({
      [`${local}/words.ts`]: brings(["count"], "one", flag),
      [`${user}/watch.ts`]: brings([], "", "start: () => {},")
    })
    const place = { cwd: stage.folder(), env: { ...env(), KINTSUGI_TRUST: "1" }, home: home() }
    expect(await knownFlags(place)).toEqual([])
    const first = await open([])
    expect(hostsIn(first.runtime.health().tree)).toHaveLength(2)
    await first.runtime.close()
    expect(await knownFlags(place)).toMatchObject([{ plugin: "words", name: "topic", type: "string" }])
    expect(await knownFlags({ ...place, env: env() })).toEqual([])

    const { runtime, session, notices, tools } = await open([...turn(), ...turn("count")])
    expect(runtime.plugins.flags()).toMatchObject([{ plugin: "words", name: "topic" }])
    await session.ask("hello")
    expect(tools(0)).toContain("count")
    // What has something to start is begun in the background, in the order of loading: words would have come before it.
    await vi.waitUntil(() => nodeIn(runtime.health().tree, "watch") !== undefined)
    expect(nodeIn(runtime.health().tree, "words")).toBeUndefined()
    await session.ask("count")
    expect(answersOf(notices)).toMatchObject([{ success: true, data: "one" }])
    expect(nodeIn(runtime.health().tree, "words")).toBeDefined()
  })

  it("is forgotten when a file of its own changes, is damaged, or turns out otherwise", async () => {
    await write({
      [`${local}/words/index.ts`]: `export { default } from "./lib/it.ts"`,
      [`${local}/words/lib/it.ts`]: brings(["count"], "one")
    })
    const settle = async () => {
      const { runtime, session, tools } = await open(turn())
      await session.ask("hello")
      const [offered, hosts] = [tools(0).at(-1), hostsIn(runtime.health().tree).length]
      await runtime.close()
      return `${offered} ${hosts}`
    }
    expect(await settle()).toBe("count 1")
    expect(await settle()).toBe("count 0")
    await write({ [`${local}/words/lib/it.ts`]: brings(["size_"], "two") })
    expect(await settle()).toBe("size_ 1")
    for (const { path } of await cacheFiles()) await writeFile(path, "{ torn")
    expect(await settle()).toBe("size_ 1")

    for (const { path, text } of await cacheFiles()) await writeFile(path, text.replaceAll("size_", "ghost"))
    const { session, notices, tools } = await open(turn("ghost", "size_"))
    await session.ask("go")
    expect(tools(0)).toContain("ghost")
    expect(tools(1)).not.toContain("ghost")
    expect(answersOf(notices)).toMatchObject([
      { success: false, error: "plugin words no longer brings ghost" },
      { success: true, data: "two" }
    ])
    for (const { path, text } of await cacheFiles()) {
      expect(text).toContain("size_")
      await writeFile(path, text.replace(`"risk":"read"`, `"risk":"none"`))
    }
    expect(await settle()).toBe("size_ 1")
  })

  it("is a guard that can no longer be loaded: it denies", async () => {
    await write({
      [`${local}/gate.ts`]: brings(
        [],
        "",
        `beforeToolExecute: ({ tool }) => tool === "note" ? { deny: "no notes" } : undefined,`
      ),
      [`${user}/notes.ts`]: brings(["note", "look"], "noted")
    })
    const first = await open(turn("note", "look"))
    await first.session.ask("go")
    expect(answersOf(first.notices).map(({ success }) => success)).toEqual([false, true])
    await first.runtime.close()
    // Known from the start, begun by the first call that it guards.
    const second = await open(turn("note", "look"))
    await second.session.ask("go")
    expect(answersOf(second.notices).map(({ success }) => success)).toEqual([false, true])
    await second.runtime.close()
    await write({ [`${local}/gate.ts`]: "export default {" })
    const third = await open(turn("look"), {
      settings: { healing: { enabled: false, plugin_restarts: { max: 1, seconds: 60 } } }
    })
    await third.session.ask("go")
    expect(answersOf(third.notices)).toMatchObject([
      { success: false, errorClass: "permission_denied", error: expect.stringContaining("plugin gate guards") }
    ])
  })
})

describe("while a session runs", () => {
  it("a new file is loaded by enable, new code by reload, what is gone or torn leaves the old; requirements are found at loading", async () => {
    await write({ [`${local}/base.ts`]: brings(["base"], "base") })
    const rounds = Array.from({ length: 4 }, () => turn("base"))
    const { runtime, session, notices, tools, states, reasonOf } = await open(rounds.flat())
    await session.ask("one")
    await write({
      [`${local}/top.ts`]: brings(["top"], "top", `requires: ["base"],`),
      [`${local}/lost.ts`]: brings(["lost"], "", `requires: ["gone"],`)
    })
    expect(reasonOf("top")).toContain("enable it")
    await runtime.plugins.enable("top")
    await expect(runtime.plugins.enable("lost")).rejects.toThrow("requires gone, which is missing")
    await session.ask("two")
    expect(tools(2)).toEqual(expect.arrayContaining(["base", "top"]))
    expect(tools(2)).not.toContain("lost")
    expect(states()).toEqual(["local base healthy", "local lost disabled", "local top healthy"])

    const flag = `registerFlags: () => [{ name: "new-one", description: "New.", type: "boolean" }],`
    await write({ [`${local}/base.ts`]: brings(["base", "more"], "new", flag) })
    await runtime.plugins.reload("base")
    await session.ask("three")
    expect(tools(4)).toContain("more")
    expect(runtime.plugins.flags()).toMatchObject([{ plugin: "base", name: "new-one" }])
    await write({ [`${local}/base.ts`]: "export default {" })
    await expect(runtime.plugins.reload("base")).rejects.toThrow(/base/)
    await rm(join(stage.folder(), `${local}/base.ts`))
    await expect(runtime.plugins.reload("base")).rejects.toThrow("no longer there")
    await session.ask("four")
    expect(answersOf(notices).map(({ data }) => data)).toEqual(["base", "base", "new", "new"])
    // A project's own takes the place of the user's.
    await write({ [`${user}/base.ts`]: brings(["base"], "user") })
    await runtime.plugins.reload("base")
    expect(states()).toEqual(["local lost disabled", "local top healthy", "global base healthy"])
    await write({ [`${local}/base.ts`]: "export default {" })
    await expect(runtime.plugins.reload("base")).rejects.toThrow("plugin base does not start")
    expect(states().filter((one) => !one.includes("lost"))).toEqual([
      "local base disabled",
      "local top healthy",
      "global base healthy",
      "global base shadowed"
    ])
    await vi.waitUntil(() => runtime.health().ledger.open === 0)
    await vi.waitUntil(() => hostsIn(runtime.health().tree).length === 2)
  })

  it("modules start in the order that they turn out to require, and one that may not is stopped", async () => {
    const starts = (name: string, more = "") =>
      `${more} start: () => { console.log("${name} starts at " + process.hrtime.bigint()) },`
    await write({
      [`${local}/a.ts`]: brings(["a"], "a", starts("a", `requires: ["b"],`)),
      [`${local}/b.ts`]: brings(["b"], "b", starts("b")),
      [`${local}/c.ts`]: brings(["c"], "c", starts("c", `requires: ["c2"],`)),
      [`${local}/d.ts`]: brings(["d"], "d", starts("d", `requires: ["it"],`))
    })
    const log: Array<string> = []
    const { runtime, session, states, tools, reasonOf } = await open(turn(), { log: (line) => void log.push(line) })
    await session.ask("go")
    expect(states()).toEqual(["local a healthy", "local b healthy", "local c broken", "local d broken"])
    expect(reasonOf("d")).toMatch(/requires it, which is called \w here/)
    expect(tools(0)).toEqual(expect.arrayContaining(["a", "b"]))
    expect(tools(0)).not.toContain("c")
    const started = () =>
      log
        .flatMap((line) => /(\w) starts at (\d+)/.exec(line)?.slice(1) ?? [])
        .flatMap((word, at, all) => (at % 2 === 0 ? [{ name: word, at: BigInt(all[at + 1] ?? 0) }] : []))
        .toSorted((one, other) => (one.at < other.at ? -1 : 1))
        .map(({ name }) => name)
    await vi.waitUntil(() => started().length >= 2)
    expect(started()).toEqual(["b", "a"])
    const there = () => ["a", "b", "c", "d"].filter((name) => nodeIn(runtime.health().tree, name) !== undefined).join()
    await vi.waitUntil(() => there() === "a,b")
    expect(hostsIn(runtime.health().tree)).toHaveLength(2)
    await write({ [`${local}/c2.ts`]: brings(["c2"], "c2") })
    await runtime.plugins.enable("c2")
    await vi.waitUntil(() => states().includes("local c healthy") && started().at(-1) === "c")
  })
})
