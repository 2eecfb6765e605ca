/** What breaks in a plugin is mended while the agent works, through the runtime's door: proved, labelled, recorded, undoable. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { filter, firstValueFrom, timeout } from "rxjs"
import { describe, expect, it } from "vitest"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import type { Session } from "../../../actors/session-host.ts"
import { plural } from "../../../channels/cli/demo/cracked.ts"
import { serveRegistry } from "../../../channels/cli/demo/registry.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { played } from "../played-model.ts"
import { answersOf, makeStage, nodeIn } from "../stage.ts"

const stage = makeStage()

type Call = { readonly name: string; readonly input?: object }

/** A plugin in a folder of its own, as a user writes it. @returns its module and what reads it. */
const write = async (name: string, files: Readonly<Record<string, string>>) => {
  const folder = join(stage.folder(), "plugins", name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "package.json"), `{ "name": "${name}", "type": "module" }`)
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
  return { module: join(folder, "index.js"), source: () => readFile(join(folder, "index.js"), "utf8") }
}

/** A tool that does `body` with `{ text, times }`, as JavaScript. */
const tool = (name: string, body: string, more = "") => `{
  name: "${name}", description: "A tool.", risk: "read", ${more}
  input: { type: "object", properties: { text: { type: "string" }, times: { type: "integer" } }, required: ["text"] },
  async execute({ text, times }, { files }) {
    // as   it stands
    ${body}
  }
}`

const pluginOf = (name: string, tools: ReadonlyArray<string>, more = "") =>
  `export default { name: "${name}", ${more} tools: [${tools.join(",\n")}] }\n`

/** Each call is a round of its own. */
const open = async (calls: ReadonlyArray<Call>, plugins: ReadonlyArray<string>, options: RuntimeOptions = {}) => {
  const model = played([...calls.map((call, n) => ({ calls: [{ id: `c${n}`, input: {}, ...call }] })), "done"])
  // A busy machine may need longer than a caller would wait.
  const settings = { ...options.settings, healing: { budget: 30, use_model: false, ...options.settings?.healing } }
  const opened = await stage.open(options.model ?? model, plugins, settings, { ...options, settings })
  return { ...opened, heals: opened.runtime.heals }
}

const healed = (session: Session, is: (notice: Extract<AgentNotice, { type: "agent.healed" }>) => boolean) =>
  firstValueFrom(
    session.events.pipe(
      filter((notice) => notice.type === "agent.healed"),
      filter(is),
      timeout(10_000)
    )
  )

const shout = tool("shout", `return times === undefined ? text : text.toUperCase().repeat(times)`)

describe("a call whose tool crashes", () => {
  it("is answered by the repaired code, and says so; the user's file is as it was", async () => {
    const { module, source } = await write("loud", { "index.js": pluginOf("loud", [shout]) })
    const before = await source()
    const calls = [
      { name: "shout", input: { text: "a" } },
      { name: "shout", input: { text: "ab", times: 2 } },
      { name: "shout", input: { text: "c", times: 1 } }
    ]
    const { session, notices, heals, runtime } = await open(calls, [module])
    await session.ask("go")
    const [plain, mended, later] = answersOf(notices)
    expect(plain).toEqual({ success: true, data: "a" })
    const [seam] = await heals.list()
    expect(mended).toEqual({ success: true, data: "ABAB", outcome: "provisional", seam: seam?.id })
    expect(later).toMatchObject({ data: "C", outcome: "provisional", seam: seam?.id })
    expect(seam).toMatchObject({
      plugin: "loud",
      tool: "shout",
      status: "active",
      state: "provisional",
      failure: { kind: "not_a_function" },
      origin: "near-name"
    })
    expect(seam?.diff).toContain("+    return times === undefined ? text : text.toUpperCase().repeat(times)")
    expect(notices.filter(({ type }) => type === "agent.healed")).toHaveLength(1)
    expect(await source()).toBe(before)
    expect(nodeIn(runtime.health().tree, "healer:loud")).toMatchObject({ kind: "healer", state: "running" })
  })

  it("is not run again when that may do harm; the answer advises a retry, and the retry goes well", async () => {
    const body = `const note = await files.stat("note.txt")
      await files.write("note.txt", note === undefined ? "1" : "2")
      return text.toUperCase()`
    const { module } = await write("writer", {
      "index.js": pluginOf("writer", [tool("note", body).replace(`"read"`, `"write"`)])
    })
    const call = { name: "note", input: { text: "a" } }
    const { session, notices } = await open([call, call], [module])
    await session.ask("go")
    const [first, second] = answersOf(notices)
    expect(first).toMatchObject({ success: false, outcome: "contained", seam: expect.any(String) })
    expect(first?.error).toContain("a retry is advised")
    expect(second).toMatchObject({ success: true, data: "A", outcome: "provisional" })
    expect(await readFile(join(stage.folder(), "note.txt"), "utf8")).toBe("2")
  })

  it.each([
    ["read", "active"],
    ["write", "proposed"]
  ])("and makes something up: with risk %s the repair is %s", async (risk, status) => {
    const body = `const fields = text.split(",").map((one) => {
      const [key, value] = one.split("=")
      return key + " " + value.trim()
    })
    return fields.join("; ")`
    const source = pluginOf("counter", [tool("count", body).replace(`"read"`, `"${risk}"`)])
    const { module } = await write("counter", { "index.js": source })
    const { session, notices, heals } = await open(
      ["a=1,b=2", "a=1,b"].map((text) => ({ name: "count", input: { text } })),
      [module]
    )
    await session.ask("go")
    expect(await heals.list()).toMatchObject([{ status, state: "degraded" }])
    expect(answersOf(notices)[1]?.success).toBe(risk === "read")
  })

  it("that happens to several calls at once is mended once", async () => {
    const { module } = await write("loud", { "index.js": pluginOf("loud", [shout]) })
    const input = { text: "ab", times: 1 }
    const model = played([{ calls: [1, 2, 3].map((n) => ({ id: `c${n}`, name: "shout", input })) }, "done"])
    const { session, notices, heals } = await open([], [module], { model })
    await session.ask("go")
    expect(answersOf(notices).map(({ data }) => data)).toEqual(["AB", "AB", "AB"])
    expect(await heals.list()).toHaveLength(1)
  })

  it("A24: stays an honest failure when nothing can be proved, and is not looked at for ever", async () => {
    const { module } = await write("lost", {
      "index.js": pluginOf("lost", [tool("lost", "return quetzalcoatlus(text)")])
    })
    const { session, notices, heals, runtime } = await open(
      Array.from({ length: 100 }, (_, n) => ({ name: "lost", input: { text: `x${n}` } })),
      [module],
      { settings: { react: { max_turns: 200 } } }
    )
    await session.ask("go")
    expect(answersOf(notices)).toHaveLength(100)
    expect(runtime.health().plugins).toMatchObject({ lost: "quarantined" })
    for (const answer of answersOf(notices)) expect(answer).toMatchObject({ success: false, outcome: "contained" })
    const seams = await heals.list()
    expect(seams.length).toBeLessThanOrEqual(2)
    expect(seams[0]).toMatchObject({ status: "noted", state: "contained", changes: [] })
  })
})

describe("a tool with examples", () => {
  const examples = `examples: [{ input: { text: "ab" }, output: "AB" }, { input: { text: "" }, output: "" }],`

  it("is healed when the repair passes them", async () => {
    const source = pluginOf("loud", [tool("shout", "return text.toUperCase()", examples)])
    const { module } = await write("loud", { "index.js": source })
    const { session, notices, heals } = await open([{ name: "shout", input: { text: "x" } }], [module])
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ success: true, data: "X", outcome: "healed" }])
    expect((await heals.list())[0]).toMatchObject({ state: "healed", proof: expect.arrayContaining([]) })
  })

  it("is mended before anybody calls it when its code is new and they do not hold, however silent its fault", async () => {
    const source = pluginOf("loud", [tool("shout", "text.toUpperCase()", examples)])
    const { module } = await write("loud", { "index.js": source })
    const { session, heals } = await open([], [module])
    if ((await heals.list()).length === 0) await healed(session, () => true)
    expect((await heals.list())[0]).toMatchObject({ state: "healed", origin: "missing-return" })
  })

  it("is looked at again when its author has edited it and it is loaded anew", async () => {
    const of = (body: string) => ({ "index.js": pluginOf("loud", [tool("shout", body, examples)]) })
    const data = join(stage.folder(), "edited")
    const { module } = await write("edited", of("return text.toUpperCase()"))
    const { heals, runtime } = await open([], [module], { data })
    await expect
      .poll(
        () =>
          readdir(join(data, "examined")).then(
            ({ length }) => length,
            () => 0
          ),
        { timeout: 10_000 }
      )
      .toBe(1)
    expect(await heals.list()).toEqual([])
    await write("edited", of("text.toUpperCase()"))
    await runtime.plugins.reload("edited")
    await expect.poll(async () => (await heals.list()).length, { timeout: 10_000 }).toBe(1)
    expect((await heals.list())[0]).toMatchObject({ state: "healed", origin: "missing-return" })
  })
})

describe("a tool one of whose examples does not hold, and nothing can mend it", () => {
  const source = pluginOf("loud", [
    tool("shout", `return "no" + text`, `examples: [{ input: { text: "ab" }, output: "as loud as can be" }],`)
  ])

  it("says so with every answer, also after the next start, which looks no further", async () => {
    const { module } = await write("loud", { "index.js": source })
    const data = join(stage.folder(), "data")
    for (const _ of ["first", "next"]) {
      const { session, notices, heals, runtime } = await open([{ name: "shout", input: { text: "x" } }], [module], {
        data
      })
      await expect.poll(async () => (await heals.list()).length, { timeout: 10_000 }).toBe(1)
      await expect.poll(async () => (await readdir(join(data, "examined"))).length, { timeout: 10_000 }).toBe(1)
      await session.ask("go")
      expect(answersOf(notices)).toMatchObject([
        {
          success: true,
          data: "nox",
          outcome: "degraded",
          degraded: [expect.stringContaining("an example of shout does not hold")]
        }
      ])
      await runtime.close()
    }
  })
})

describe("a plugin that cannot be loaded", () => {
  it("is mended before it counts as failed", async () => {
    const { module } = await write("split", {
      "index.js": `import { shout } from "./voice"\n${pluginOf("split", [tool("shout", "return shuot(text)".replace("shuot", "shout"))])}`,
      "voice.js": `export const shout = (text) => text.toUpperCase()\n`
    })
    const { session, notices, heals } = await open([{ name: "shout", input: { text: "a" } }], [module])
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ success: true, data: "A", outcome: "provisional" }])
    expect(await heals.list()).toMatchObject([{ plugin: "split", origin: "specifier", status: "active" }])
  })
})

describe("a package that is declared and missing", () => {
  const needy = {
    "package.json": `{ "type": "module", "dependencies": { "@kintsugi-demo/plural": "^1.0.0" } }`,
    "index.js": `import { plural } from "@kintsugi-demo/plural"\n${pluginOf("needy", [tool("count", "return plural(text.length, text)")])}`
  }
  const call = { name: "count", input: { text: "ab" } }
  const registered = async (settings: RuntimeOptions["settings"]) => {
    const registry = await serveRegistry([plural])
    const env = {
      ...process.env,
      npm_config_registry: registry.url,
      npm_config_cache: join(stage.folder(), "npm")
    }
    const { module } = await write("needy", needy)
    // A session waits for its plugins as long as a hook may take: here until npm is done.
    const patient = { ...settings, plugins: { hook_timeout: 60 } }
    const data = join(stage.folder(), "data")
    const opened = await open([call, call], [module], { env, settings: patient, data })
    const installed = () => readdir(join(data, "packages")).catch(() => [])
    return { ...opened, installed, [Symbol.asyncDispose]: registry.close }
  }

  it(
    "is installed into a folder of its own, and the plugin works as if it had been there",
    { timeout: 90_000 },
    async () => {
      await using opened = await registered({})
      const { session, notices, heals } = opened
      await session.ask("go")
      expect(answersOf(notices)[0]).toEqual({ success: true, data: "2 abs" })
      expect(await heals.list()).toMatchObject([{ status: "active", origin: "package @kintsugi-demo/plural@1.0.2" }])
    }
  )

  it(
    "waits for the user's word with healing.install: ask, and works after it; undone, it is gone",
    { timeout: 90_000 },
    async () => {
      await using opened = await registered({ healing: { install: "ask" } })
      const { session, notices, heals, runtime } = opened
      await expect.poll(async () => (await heals.list()).length, { timeout: 60_000 }).toBeGreaterThan(0)
      const [seam] = await heals.list()
      expect(seam).toMatchObject({ status: "proposed", origin: "package @kintsugi-demo/plural@1.0.2" })
      expect(await heals.accept(seam?.id ?? "")).toMatchObject([{ status: "active" }])
      await expect
        .poll(() => runtime.health().plugins["needy"] ?? runtime.health().plugins["index"], { timeout: 60_000 })
        .toBe("healthy")
      await session.ask("go")
      expect(answersOf(notices)[0]).toEqual({ success: true, data: "2 abs" })
      expect(await opened.installed()).toHaveLength(1)
      expect(await heals.undo(seam?.id ?? "")).toMatchObject([{ status: "undone" }])
      expect(await opened.installed()).toEqual([])
    }
  )
})

describe("what the settings say", () => {
  const broken = () => write("loud", { "index.js": pluginOf("loud", [tool("shout", "return text.toUperCase()")]) })
  const call = { name: "shout", input: { text: "a" } }

  it("healing.enabled: false leaves every failure as it is", async () => {
    const { module } = await broken()
    const { session, notices, heals } = await open([call], [module], { settings: { healing: { enabled: false } } })
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ success: false, outcome: "contained" }])
    expect(await heals.list()).toEqual([])
  })

  it("healing.rewrite: ask proposes; what is accepted stands in the source and runs at once", async () => {
    const { module, source } = await broken()
    const { session, notices, heals } = await open([call], [module], { settings: { healing: { rewrite: "ask" } } })
    await session.ask("go")
    const [answer] = answersOf(notices)
    expect(answer).toMatchObject({ success: false, outcome: "contained", seam: expect.any(String) })
    const [seam] = await heals.list()
    expect(seam).toMatchObject({ status: "proposed", id: answer?.seam })
    expect(await source()).toContain("toUperCase")
    expect(await heals.accept(seam?.id ?? "")).toMatchObject([{ status: "accepted" }])
    expect(await source()).toContain("return text.toUpperCase()")
  })

  it("healing.rewrite: source writes what is proved into the source, and undo takes it out again, byte for byte", async () => {
    const { module, source } = await broken()
    const before = await source()
    const { session, notices, heals } = await open([call], [module], { settings: { healing: { rewrite: "source" } } })
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ success: true, data: "A" }])
    expect(await source()).toContain("return text.toUpperCase()")
    const [seam] = await heals.list()
    await heals.undo(seam?.id ?? "")
    expect(await source()).toBe(before)
  })

  it("healing.strategies without rewrite never changes code", async () => {
    const { module } = await broken()
    const { session, notices } = await open([call], [module], {
      settings: { healing: { strategies: ["wrap", "stub", "patch"] } }
    })
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ success: false, outcome: "contained" }])
  })
})

describe("a repair", () => {
  it("outlives the process with its data folder, and is undone for the running plugin at once", async () => {
    const { module } = await write("loud", { "index.js": pluginOf("loud", [shout]) })
    const data = join(stage.folder(), "data")
    const call = { name: "shout", input: { text: "a", times: 1 } }
    const first = await open([call], [module], { data })
    await first.session.ask("go")
    await first.runtime.close()
    const { session, notices, heals } = await open([call, call], [module], { data })
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ data: "A", outcome: "provisional" }, { data: "A" }])
    expect(notices.filter(({ type }) => type === "agent.healed")).toEqual([])
    const [seam] = await heals.list()
    expect(await heals.undo(seam?.id ?? "")).toMatchObject([{ status: "undone" }])
    expect(await heals.list()).toMatchObject([{ id: seam?.id, status: "undone" }])
  })
})
