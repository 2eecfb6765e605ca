/** What `run --output json` and `stream-json` print, held against the published schema, and the page about it. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Ajv2020 } from "ajv/dist/2020.js"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { runSchema } from "../../../channels/cli/run-schema.ts"
import { conduct } from "../../../channels/cli/run.ts"
import { runSchemaFile } from "../../../scripts/docs.ts"
import { played } from "../../actors/played-model.ts"
import { broken, calls, makeStage, plugin, tool } from "../../actors/stage.ts"
import { makeWorld, type World } from "../../actors/world.ts"
import { answers, heardIo } from "./heard.ts"
import { commandLine } from "./in-process.ts"

const root = join(import.meta.dirname, "../../..")
const page = readFileSync(join(root, "docs/json.md"), "utf8")
const schema = runSchema({ exact: true })

const ajv = new Ajv2020({ allErrors: true, strict: false, formats: { base64: true } })
ajv.addSchema({ ...schema, $id: "run" })
const isReport = ajv.compile({ $ref: "run#/$defs/report" })
const isLine = ajv.compile({ $ref: "run#/$defs/line" })

const report = (text: string) => {
  const read = JSON.parse(text)
  expect(isReport(read), ajv.errorsText(isReport.errors)).toBe(true)
  return read
}

const lines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const read = JSON.parse(line)
      expect(isLine(read), `${line}: ${ajv.errorsText(isLine.errors)}`).toBe(true)
      return read
    })

const stage = makeStage()

/** One run of a model here, in both forms. */
const both = async (
  make: () => ReturnType<typeof played>,
  more: Parameters<typeof stage.open>[1] = [],
  settings = {}
) => {
  const run = async (format: "json" | "stream-json") => {
    const { session } = await stage.open(make(), more, settings)
    const io = heardIo()
    const code = await conduct(io, session, "go", format)
    return { code, out: io.out() }
  }
  const [json, stream] = [await run("json"), await run("stream-json")]
  const [whole, all] = [report(json.out), lines(stream.out)]
  expect(all[0].type).toBe("session")
  const { steps: _steps, ...rest } = whole
  const { type, ...result } = all.at(-1)
  expect({ type, exit: result.exit_code }).toEqual({ type: "result", exit: stream.code })
  expect(whole.exit_code).toBe(json.code)
  const timeless = { session_id: "", duration_ms: 0 }
  expect({ ...result, ...timeless }).toEqual({ ...rest, ...timeless })
  return { whole, all, code: json.code }
}

describe("what run prints", () => {
  it("is a report of a run that is done, with a step for each call", async () => {
    const { whole, all } = await both(() => calls("fine", "fine"), [plugin("p", [tool("fine", () => "well")])])
    expect(whole).toMatchObject({ status: "done", final_answer: "done", rounds: 3, exit_code: 0, needs: [] })
    expect(whole.steps).toHaveLength(2)
    expect(all.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["agent.started", "agent.said", "agent.settled"])
    )
  })

  it("is a report of a run in which all there is broke", async () => {
    const tools = [...Object.entries(answers).map(([name, answer]) => tool(name, () => answer)), tool("bug", broken)]
    const { whole } = await both(() => calls(...Object.keys(answers), "bug"), [plugin("p", tools)])
    expect(whole.steps.map(({ observation }: { observation: { success: boolean } }) => observation.success)).toContain(
      false
    )
    expect(whole.exit_code).toBe(0)
  })

  it("is a report of a run that failed", async () => {
    const { whole, code } = await both(() => played([{ text: "" }]))
    expect({ code, ...whole }).toMatchObject({
      code: 1,
      status: "failed",
      final_answer: null,
      error: { code: "empty" }
    })
  })

  it("is a report of a run that needed permission, and says which", async () => {
    const world = [plugin("p", [tool("risky", () => "x", { risk: "execute" })])]
    const { whole, code } = await both(() => calls("risky"), world, { permissions: { mode: "ask" } })
    expect({ code, ...whole }).toMatchObject({ code: 3, status: "done", needs: ["risky"], exit_code: 3 })
  })

  it("is a report of a run that was cancelled", async () => {
    const model = played(["stalls"])
    const { session } = await stage.open(model, [])
    const io = heardIo()
    const run = conduct(io, session, "go", "json")
    await model.stalled
    session.send({ type: "user.cancel" })
    expect(await run).toBe(130)
    expect(report(io.out())).toMatchObject({ status: "cancelled", final_answer: null, exit_code: 130 })
  })
})

describe("what run prints when it cannot begin", () => {
  let world: World
  beforeEach(() => {
    world = makeWorld()
  })
  afterEach(() => world.remove())

  const cannot = async (args: ReadonlyArray<string>, files: Readonly<Record<string, string>> = {}) => {
    for (const [path, text] of Object.entries(files)) world.write(path, text)
    const json = await commandLine(world)(["run", ...args, "--output", "json"])
    const stream = await commandLine(world)(["run", ...args, "--output", "stream-json"])
    const whole = report(json.out)
    expect(lines(stream.out)).toHaveLength(1)
    expect({ json: json.code, stream: stream.code }).toEqual({ json: whole.exit_code, stream: whole.exit_code })
    expect(whole).toMatchObject({ status: "failed", session_id: null, steps: [] })
    expect(json.err).toContain(whole.error.message)
    return whole
  }

  it("is a report that says why", async () => {
    expect(await cannot(["hello"])).toMatchObject({ exit_code: 2, error: { code: "not_configured" } })
    expect(await cannot(["hello", "-C", "/nowhere"])).toMatchObject({ exit_code: 2, error: { code: "usage" } })
    expect(await cannot(["-r", "none", "hello"])).toMatchObject({ exit_code: 1, error: { code: "not_begun" } })
    const wrong = { [world.userFile]: "llm: [" }
    expect(await cannot(["hello"], wrong)).toMatchObject({ exit_code: 2, error: { code: "config" } })
  })

  it("is nothing on standard output for people", async () => {
    expect(await commandLine(world)(["run", "hello"])).toMatchObject({ code: 2, out: "" })
  })
})

describe("docs/json.md and docs/run.schema.json", () => {
  it("are what npm run docs writes", () => {
    expect(readFileSync(join(root, "docs/run.schema.json"), "utf8")).toBe(runSchemaFile())
  })

  it("name every field, and show what the schema allows", () => {
    const { properties } = schema.$defs.report as { properties: object }
    for (const name of Object.keys(properties)) expect(page).toContain(`\`${name}\``)
    const block = (language: string) => new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? ""
    report(block("json"))
    expect(lines(block("jsonl")).length).toBeGreaterThan(5)
  })

  it("name every notice", () => {
    for (const [, type] of JSON.stringify(schema).matchAll(/"const":"(agent\.\w+)"/g))
      expect(page).toContain(`\`${type}\``)
  })
})
