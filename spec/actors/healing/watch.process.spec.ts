/** A repair is watched, and a model may propose one: what does harm is taken back by itself, what breaks a rule never runs. */
import { createHash } from "node:crypto"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { newSeam } from "../../../actors/healing/desk.ts"
import { healsFile } from "../../../actors/healing/ledger-file.ts"
import { openLedger } from "../../../actors/healing/sqlite-ledger.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import { diagnose } from "../../../healing/failure.ts"
import { type Play, played } from "../played-model.ts"
import { answersOf, makeStage } from "../stage.ts"

const stage = makeStage()

/** @returns the real path of the plugin's module. */
const write = async (source: string): Promise<string> => {
  const folder = join(stage.folder(), "words")
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "package.json"), `{ "type": "module" }`)
  await writeFile(join(folder, "index.js"), source)
  return join(folder, "index.js")
}

const pluginOf = (body: string, more = "") => `export default {
  name: "words",
  tools: [{
    name: "say", description: "Say it.", risk: "read", ${more}
    input: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    execute({ text }) {
      ${body}
    }
  }]
}
`

const call = (text: string) => ({ calls: [{ id: text, name: "say", input: { text } }] })

const open = async (plays: ReadonlyArray<Play>, module: string, options: RuntimeOptions = {}) => {
  const model = played(plays)
  const settings = { ...options.settings, healing: { budget: 30, ...options.settings?.healing } }
  return { model, ...(await stage.open(model, [module], settings, { ...options, settings })) }
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex")

describe("a repair on probation", () => {
  /** A repair that nothing has proved, put into the ledger by hand. */
  const planted = async (honest: string, planted: string) => {
    const module = await write(honest)
    const data = join(stage.folder(), "data")
    const ledger = openLedger(healsFile(data))
    const seam = newSeam(diagnose(new TypeError("x is not a function")), {
      plugin: "words",
      tool: "say",
      root: join(module, ".."),
      rungs: [],
      state: "provisional",
      summary: "planted",
      changes: [{ path: module, before: hashOf(honest), after: hashOf(planted) }]
    })
    ledger.commit(seam, "active", new Map([[module, planted]]))
    ledger.close()
    return { module, data, seam }
  }

  it("is taken back when a call that went well without it gives something else", async () => {
    const { module, data, seam } = await planted(pluginOf("return text"), pluginOf(`return text + "!"`))
    const { session, notices, runtime } = await open([call("a"), "done", call("b"), "done"], module, { data })
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ data: "a!", outcome: "provisional", seam: seam.id }])
    const told = () => notices.filter(({ type }) => type === "agent.healed")
    // Told when what ran before runs again.
    await expect.poll(told, { timeout: 10_000 }).toMatchObject([{ status: "rolled_back" }])
    expect(await runtime.heals.find(seam.id)).toMatchObject({ status: "rolled_back" })
    await session.ask("again")
    expect(answersOf(notices)[1]).toEqual({ success: true, data: "b" })
    expect(told()).toHaveLength(1)
  })

  it("is taken back when a call fails with it that goes well without", async () => {
    const { module, data, seam } = await planted(pluginOf("return text"), pluginOf("return text.toUpper()"))
    const { session, notices, runtime } = await open([call("a"), call("b"), "done"], module, {
      data,
      settings: { healing: { use_model: false } }
    })
    await session.ask("go")
    expect(answersOf(notices)[0]).toMatchObject({ success: false, outcome: "contained", seam: seam.id })
    expect(answersOf(notices)[0]?.error).toContain("was taken back")
    expect(answersOf(notices)[1]).toEqual({ success: true, data: "b" })
    expect(await runtime.heals.find(seam.id)).toMatchObject({ status: "rolled_back" })
  })

  it("does not run when the author has edited the file since", async () => {
    const { module, data } = await planted(pluginOf("return text"), pluginOf(`return text + "!"`))
    await write(pluginOf("return text + text"))
    const { session, notices } = await open([call("a"), "done"], module, { data })
    await session.ask("go")
    expect(answersOf(notices)).toEqual([{ success: true, data: "aa" }])
  })
})

describe("a model as the one who proposes", () => {
  const known = `{ a: "alphabet soup", b: "bravo, encore", c: "charlie chaplin" }`
  const examples = `examples: [
    { input: { text: "a" }, output: "alphabet soup" },
    { input: { text: "b" }, output: "bravo, encore" },
    { input: { text: "c" }, output: "charlie chaplin" }
  ],`
  const faulty = pluginOf(`return String(${known}[text].value.of.it)`, examples)
  const answer = (body: string) => `Here it is.\n\n\`\`\`js\nexecute({ text }) {\n${body}\n}\n\`\`\`\n`
  const right = answer(`  const known = ${known}\n  return String(known[text])`)

  it("is asked when no template can be proved, and believed as far as the gate does", async () => {
    const module = await write(faulty)
    // The examples are looked at first, then the call comes.
    const { session, notices, runtime, model } = await open([right, right, call("a"), "done"], module)
    await expect.poll(async () => (await runtime.heals.list()).length, { timeout: 20_000 }).toBe(1)
    expect((await runtime.heals.list())[0]).toMatchObject({ origin: "model played/one", state: "healed" })
    const request = JSON.stringify(model.requests[0])
    expect(request).toContain("Repair this function of the tool say")
    expect(model.requests[0]?.tools).toEqual([])
    while (model.requests.length < 2) await session.ask("skip")
    await session.ask("go")
    expect(answersOf(notices).at(-1)).toMatchObject({ success: true, data: "alphabet soup", outcome: "healed" })
  })

  it.each([
    ["fetches", `fetch("http://127.0.0.1:9/" + text)\n  return String(${known}[text])`],
    [
      "knows the examples by heart",
      `return text === "a" ? "alphabet soup" : text === "b" ? "bravo, encore" : "charlie chaplin"`
    ],
    ["swallows", `try { return String(${known}[text].value.of.it) } catch { return "alphabet soup" }`]
  ])("is not believed when its code %s; it is told why, once", async (_, body) => {
    const module = await write(faulty)
    const { runtime, model } = await open([answer(body), answer(body), "done"], module)
    await expect.poll(async () => (await runtime.heals.list()).length, { timeout: 20_000 }).toBe(1)
    expect((await runtime.heals.list())[0]).not.toMatchObject({ status: "active" })
    expect(model.requests).toHaveLength(2)
    expect(JSON.stringify(model.requests[1])).toContain("was turned down because")
  })

  it("is not believed when it gives the function other parameters, which nobody would hand over", async () => {
    const module = await write(faulty)
    const other = right.replace("execute({ text })", "execute({ text }, more)")
    const { runtime, model } = await open([other, other, "done"], module)
    await expect.poll(async () => (await runtime.heals.list()).length, { timeout: 20_000 }).toBe(1)
    expect((await runtime.heals.list())[0]).toMatchObject({ status: "noted", state: "contained" })
    expect(JSON.stringify(model.requests[1])).toContain("other parameters than the function had")
  })

  it.each([
    ["when it may not be", { healing: { use_model: false } }],
    ["where a session has a budget, since none would pay for it", { llm: { max_cost: 5 } }]
  ])("is not asked %s", async (_, settings) => {
    const module = await write(faulty)
    const { runtime, model } = await open(["done"], module, { settings })
    await expect.poll(async () => (await runtime.heals.list()).length, { timeout: 20_000 }).toBe(1)
    expect((await runtime.heals.list())[0]).toMatchObject({ status: "noted", state: "contained" })
    expect(model.requests).toEqual([])
  })
})
