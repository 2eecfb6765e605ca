import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll } from "vitest"
import { lookUp, modelsOf } from "../../llm/catalog/catalog.ts"
import type { ExtraProvider } from "../../llm/catalog/provider.ts"
import { callsOf } from "../../llm/message.ts"
import type { ModelEvent } from "../../llm/model.ts"
import { chooseModel } from "../../llm/choose.ts"
import { openModel, type LlmSettings, type OpenModelOptions } from "../../llm/resolve.ts"
import { ask, collect } from "./fakes.ts"

let cwd = ""
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "kintsugi-resolve-"))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const llm: LlmSettings = { fallback: [], timeout: 300, idle_timeout: 120, max_retries: 2 }
const options = (
  parts: Partial<Omit<OpenModelOptions, "llm">> & { readonly llm?: Partial<LlmSettings> } = {}
): OpenModelOptions => ({
  protocol: "native",
  env: {},
  cwd,
  ...parts,
  llm: { ...llm, ...parts.llm }
})

describe("the choice of a model", () => {
  const all = { flag: "a/1", configured: "b/2", lastUsed: "c/3", env: { OPENAI_API_KEY: "k" } }

  it("goes flag, configuration, last used, key, and gives its reason", () => {
    expect(chooseModel(all)).toEqual({ id: "a/1", reason: "chosen with -m" })
    expect(chooseModel({ ...all, flag: undefined })).toEqual({ id: "b/2", reason: "llm.model in the configuration" })
    expect(chooseModel({ lastUsed: "c/3", env: all.env })).toEqual({ id: "c/3", reason: "last used in this project" })
    expect(chooseModel({ env: all.env })).toEqual({
      id: expect.stringMatching(/^openai\//),
      reason: "OPENAI_API_KEY is set"
    })
    expect(chooseModel({ env: {} })).toBeUndefined()
  })

  it("takes the first provider of the registry, not of the environment", () => {
    const env = { OPENROUTER_API_KEY: "k", OPENAI_API_KEY: "k", ANTHROPIC_API_KEY: "k" }
    expect(chooseModel({ env })?.id).toMatch(/^anthropic\//)
    expect(chooseModel({ env: { ...env, ANTHROPIC_API_KEY: "" } })?.id).toMatch(/^openai\//)
  })

  it("never follows from a variable that people set for other purposes, nor from a local server's", () => {
    for (const name of ["HF_TOKEN", "GITHUB_TOKEN", "GOOGLE_API_KEY", "VERCEL_API_KEY", "OLLAMA_API_KEY"]) {
      expect(chooseModel({ env: { [name]: "k" } }), name).toBeUndefined()
    }
  })
})

describe("a model that cannot be opened", () => {
  const opening = (id: string, parts?: Parameters<typeof options>[0]) => openModel(id, options(parts))

  it.each([
    [
      "gpt-5.5",
      /"gpt-5.5" is not the id of a model, which is written provider\/model; did you mean .*openai\/gpt-5\.5/
    ],
    ["openai/", /"openai\/" is not the id of a model/],
    ["opnai/gpt-5.5", /no provider "opnai"; did you mean openai\/gpt-5\.5.*\? kintsugi providers lists/],
    ["OpnAI/new", /no provider "OpnAI"; did you mean openai\/new\b/],
    ["gemini/gemini-pro-latest", /no provider "gemini"; did you mean google\/gemini-pro-latest\?/],
    ["elsewhere/nothing", /no provider "elsewhere"\. kintsugi providers lists those that there are\.$/],
    [
      "openai/gpt-5.5",
      /^openai\/gpt-5\.5 needs a key for OpenAI: set OPENAI_API_KEY, or run kintsugi auth login openai$/
    ],
    [
      "azure/mine",
      /of Azure OpenAI is not known; set AZURE_RESOURCE_NAME, or AZURE_OPENAI_BASE_URL, or llm\.base_url, or run kintsugi auth/
    ],
    ["openai-compatible/mine", /address of OpenAI-compatible server is not known; set llm\.base_url/],
    ["scripted/missing.yaml", /cannot read the script .*missing\.yaml/]
  ])("%s says why and what to do", async (id, message) => {
    const refused = opening(id)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toMatchObject({ _tag: "ModelError", reason: { kind: "not_configured" } })
  })

  it("names every variable that could hold its key", async () => {
    await expect(opening("zai/glm-5.3")).rejects.toMatchObject({ variables: ["ZAI_API_KEY", "ZHIPU_API_KEY"] })
  })

  it("is found out at the start when it is a fallback", async () => {
    const refused = opening("scripted/rehearsal", { llm: { fallback: ["openai/gpt-5.5"] } })
    await expect(refused).rejects.toThrow(/^llm\.fallback: openai\/gpt-5\.5 needs a key/)
  })

  it("says of a broken script what is wrong with it", async () => {
    writeFileSync(join(cwd, "broken.yaml"), "rules: [{ when: a }]")
    await expect(opening("scripted/broken.yaml")).rejects.toThrow(/broken\.yaml is wrong: rules\[0\]\.turns: /)
  })
})

describe("an open model", () => {
  const script = (name: string, ...turns: ReadonlyArray<string>) => {
    writeFileSync(join(cwd, name), `rules: [{ when: ".*", turns: [${turns.map((turn) => `{ ${turn} }`).join(", ")}] }]`)
    return `scripted/${name}`
  }

  const run = (id: string, parts?: Parameters<typeof options>[0]) =>
    Effect.gen(function* () {
      const model = yield* Effect.promise(() => openModel(id, options(parts)))
      const fiber = yield* Effect.forkChild(
        collect(model, { ...ask(), tools: [{ name: "look", description: "", parameters: { type: "object" } }] })
      )
      yield* TestClock.adjust("1 hour")
      return yield* Fiber.join(fiber)
    })

  const types = (result: Result.Result<ReadonlyArray<ModelEvent>, unknown>) =>
    Result.getOrThrow(result).map(({ type }) => type)

  it("knows its limits and price from the catalogue", async () => {
    const name = modelsOf("openai")[0]!
    const { id, info } = await openModel(`openai/${name}`, options({ env: { OPENAI_API_KEY: "k" } }))
    expect({ id, info }).toEqual({ id: `openai/${name}`, info: lookUp("openai", name) })
  })

  it("may be one that nobody knows, at a price that nobody knows", async () => {
    const model = await openModel("openrouter/new/model:free", options({ env: { OPENROUTER_API_KEY: "k" } }))
    expect(model).toMatchObject({ id: "openrouter/new/model:free", info: {} })
  })

  it("is free on one's own machine only", async () => {
    const priceOf = async (id: string, parts?: Parameters<typeof options>[0]) =>
      (await openModel(id, options(parts))).info.price
    expect(await priceOf("ollama/qwen3")).toEqual({ input: 0, output: 0 })
    expect(await priceOf("ollama/gpt-oss:120b-cloud")).toBeUndefined()
    expect(await priceOf("ollama/qwen3", { llm: { base_url: "https://far.example/v1" } })).toBeUndefined()
  })

  it.effect("retries as often as llm.max_retries says", () =>
    Effect.gen(function* () {
      const id = script("flaky.yaml", "text: hi, error: { status: 503 }, times: 2")
      expect(types(yield* run(id))).toEqual(["retrying", "retrying", "text", "finished"])
      expect(Result.isFailure(yield* run(id, { llm: { max_retries: 1 } }))).toBe(true)
    })
  )

  it.effect("obeys llm.idle_timeout and llm.timeout, in seconds", () =>
    Effect.gen(function* () {
      const id = script("slow.yaml", "text: abc, chunk: 1, delay_ms: 2000")
      const none = { max_retries: 0 }
      expect(yield* run(id, { llm: { ...none, idle_timeout: 1 } })).toMatchObject({
        failure: { reason: { phase: "idle" } }
      })
      expect(yield* run(id, { llm: { ...none, timeout: 5 } })).toMatchObject({
        failure: { reason: { phase: "total" } }
      })
      expect(types(yield* run(id, { llm: { ...none, timeout: 6 } }))).toEqual(["text", "text", "text", "finished"])
    })
  )

  it.effect("is followed by the models of llm.fallback, each once", () =>
    Effect.gen(function* () {
      const broken = script("empty.yaml", "error: { status: 402 }")
      const result = yield* run(broken, { llm: { fallback: [broken, script("well.yaml", "text: hi")] } })
      expect(types(result)).toEqual(["retrying", "text", "finished"])
      expect(Result.getOrThrow(result).at(-1)).toMatchObject({ message: { model: "scripted/well.yaml" } })
    })
  )

  it.effect("speaks the text protocol where it is told to", () =>
    Effect.gen(function* () {
      const id = script("text.yaml", 'text: "Action: look\\nAction Input: {}"')
      const callsIn = (result: Result.Result<ReadonlyArray<ModelEvent>, unknown>) =>
        Result.getOrThrow(result).flatMap((event) => (event.type === "finished" ? callsOf(event.message) : []))
      expect(callsIn(yield* run(id))).toEqual([])
      expect(callsIn(yield* run(id, { protocol: "text" }))).toMatchObject([{ name: "look", input: {} }])
    })
  )

  it.effect("plays scripts at its pace", () =>
    Effect.gen(function* () {
      const id = script("paced.yaml", "text: hi, delay_ms: 5000")
      const model = yield* Effect.promise(() => openModel(id, options({ pace: 0 })))
      expect(types(yield* collect(model))).toEqual(["text", "finished"])
    })
  )
})

describe("a provider that is not registered here", () => {
  const acme: ExtraProvider = {
    id: "acme",
    name: "Acme",
    baseUrl: "https://acme.example/v1/{OPENAI_API_KEY}",
    dialect: "openai-chat",
    env: ["ACME_KEY"],
    models: [{ id: "one", contextWindow: 1000, price: { input: 1, output: 2 } }, { id: "two" }]
  }
  const opening = (id: string, more: Parameters<typeof options>[0] = {}) =>
    openModel(id, options({ providers: [acme], ...more }))

  it("opens its models, those that it did not name, too", async () => {
    const env = { ACME_KEY: "k" }
    expect(await opening("acme/one", { env })).toMatchObject({
      id: "acme/one",
      info: { contextWindow: 1000, price: { input: 1, output: 2 } }
    })
    for (const name of ["two", "three"]) expect((await opening(`acme/${name}`, { env })).info.price).toBeUndefined()
  })

  it("needs a key of its own, unless it names none", async () => {
    const llm = { model: "acme/one", api_key: "for another" }
    const refused = opening("acme/one", { llm, env: { OPENAI_API_KEY: "k" } })
    await expect(refused).rejects.toThrow(
      /^acme\/one needs a key for Acme: set ACME_KEY, or run kintsugi auth login acme$/
    )
    await expect(refused).rejects.toMatchObject({ variables: ["ACME_KEY"] })
    expect(await opening("acme/one", { providers: [{ ...acme, env: [] }] })).toMatchObject({ id: "acme/one" })
  })

  it("is known to whoever mistook a name", async () => {
    await expect(opening("acmee/one")).rejects.toThrow(/did you mean acme\/one/)
    await expect(opening("elsewhere/two")).rejects.toThrow("did you mean acme/two?")
  })

  it("stands behind none that is registered", async () => {
    await expect(opening("openai/one", { providers: [{ ...acme, id: "openai" }] })).rejects.toThrow(/key for OpenAI/)
  })
})
