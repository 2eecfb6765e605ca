/** What the configuration says of providers and models reaches the wire, the price, and the user. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { filter, firstValueFrom } from "rxjs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type ModelsParts, openedModels } from "../../actors/models.ts"
import { toldOf } from "../../actors/local-models.ts"
import { createRuntime } from "../../actors/runtime.ts"
import { type SomeSettings, withDefaults } from "../../actors/settings.ts"
import { lookUp } from "../../llm/catalog/catalog.ts"
import { noKeys } from "../../llm/keys.ts"
import type { Model } from "../../llm/model.ts"
import { chat, messages } from "../llm/dialects/speakers.ts"
import { ask, collect } from "../llm/fakes.ts"
import { wireServer, type WireServer } from "../llm/wire-server.ts"

let server: WireServer
beforeEach(async () => {
  server = await wireServer()
  server.answer = {
    body: chat.say({ text: "hi", usage: { input: 1_000_000, output: 1_000_000, cacheRead: 0, cacheWrite: 0 } })
  }
})
afterEach(() => server[Symbol.asyncDispose]())

const said: Array<string> = []
const models = (llm: SomeSettings["llm"], parts: Partial<ModelsParts> = {}) => {
  said.length = 0
  return openedModels({
    own: undefined,
    settings: withDefaults({ llm }),
    env: {},
    keys: noKeys,
    cwd: "/",
    providers: async () => [],
    local: undefined,
    say: (session, message) => void said.push(`${session}: ${message}`),
    ...parts
  })
}
const office = (more: object = {}) => ({
  office: { base_url: `${server.url}/v1`, dialect: "openai-chat" as const, ...more }
})
const tool = { name: "look", description: "", parameters: { type: "object" } }
const costOf = async (model: Model) => {
  const events = Result.getOrThrow(await Effect.runPromise(collect(model, { ...ask(), tools: [tool] })))
  return Array.from(events).findLast((event) => event.type === "finished")?.cost
}

it("is asked with the key that is stored now, once another is stored", async () => {
  let key = "old"
  const keys = { ...noKeys, key: (provider: string) => (provider === "groq" ? key : undefined) }
  const { open } = models({ model: "groq/x", base_url: server.url }, { keys })
  const first = await open("groq/x")
  expect(await open("groq/x")).toBe(first)
  key = "new"
  await costOf(await open("groq/x"))
  expect(server.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer new"])
})

it("has a configured key and address to itself where no model is configured, if it is the first", async () => {
  const { open } = models({ api_key: "k", base_url: server.url })
  await expect(open("nobody/x")).rejects.toMatchObject({ reason: { kind: "not_configured" } })
  await costOf(await open("groq/x"))
  await costOf(await open("groq/y"))
  expect(server.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer k", "Bearer k"])
  await expect(open("mistral/x")).rejects.toMatchObject({ message: expect.stringContaining("MISTRAL_API_KEY") })
})

describe("a provider of the user's own", () => {
  it("serves any model, with its key and headers, at unknown cost", async () => {
    const { open, info } = models(
      { providers: office({ env: ["OFFICE_KEY"], headers: { "x-team": "t" } }) },
      { env: { OFFICE_KEY: "k" } }
    )
    expect(await costOf(await open("office/any/name"))).toBeUndefined()
    const [request] = server.received
    expect(request?.headers).toMatchObject({ authorization: "Bearer k", "x-team": "t" })
    expect(JSON.parse(request!.body)).toMatchObject({ model: "any/name", tools: [{ function: { name: "look" } }] })
    expect(info("office/any/name")).toEqual({})
  })

  it("needs no key, takes the one of the configuration first, and says which is missing", async () => {
    await costOf(await models({ providers: office() }).open("office/a"))
    expect(server.received[0]?.headers).not.toHaveProperty("authorization")
    const env = { OFFICE_KEY: "from the environment" }
    await costOf(
      await models({ providers: office({ api_key: "configured", env: ["OFFICE_KEY"] }) }, { env }).open("office/a")
    )
    expect(server.received[1]?.headers.authorization).toBe("Bearer configured")
    const { open } = models({ providers: office({ name: "The office", env: ["OFFICE_KEY"] }) })
    await expect(open("office/a")).rejects.toThrow("office/a needs a key for The office: set OFFICE_KEY")
  })

  it("comes before a plugin's of that name, and waits for no plugin", async () => {
    const asked: Array<ReadonlyArray<string>> = []
    const plugins = {
      id: "office",
      name: "P",
      env: [],
      dialect: "openai-chat" as const,
      baseUrl: "http://127.0.0.1:9",
      models: []
    }
    const llm = { providers: office(), fallback: ["office/b"], fallback_on: { refusal: ["other/c"] } }
    const { open } = models(llm, { providers: async (ids) => (asked.push(ids), [plugins]) })
    await expect(open("office/a")).rejects.toThrow('llm.fallback_on.refusal: there is no provider "other"')
    expect(asked).toEqual([["other/c"]])
    await costOf(await models({ providers: office() }, { providers: async () => [plugins] }).open("office/a"))
    expect(server.received).toHaveLength(1)
  })

  it("is refused by a runtime when it takes a registered one's place or keys", async () => {
    const refusal = (providers: object) =>
      createRuntime({ env: {}, settings: { llm: { providers: { ...providers } } } }).catch((error: unknown) =>
        String(error)
      )
    expect(await refusal({ openai: office().office })).toBe(
      "TypeError: llm.providers.openai: expected an id of its own: OpenAI is registered as openai; to reach it elsewhere, set llm.base_url"
    )
    expect(await refusal(office({ env: ["OPENAI_API_KEY"] }))).toMatch(
      /^TypeError: llm\.providers\.office: .*OPENAI_API_KEY is a variable of openai/
    )
  })
})

describe("what the user says of a model", () => {
  it("makes an unknown one known, and its cost", async () => {
    const facts = { context_window: 5, max_output: 4, price: { input: 2, output: 3, cache_read: 1 }, images: true }
    const { open, info } = models({ providers: office(), models: { "office/a": { ...facts, reasoning: false } } })
    expect(await costOf(await open("office/a"))).toBe(5)
    const price = { input: 2, output: 3, cacheRead: 1, cacheWrite: undefined }
    expect(info("office/a")).toEqual({ contextWindow: 5, maxOutput: 4, price, images: true, reasoning: false })
  })

  it("wins over the catalogue field by field", async () => {
    const env = { OPENAI_API_KEY: "k" }
    const known = lookUp("openai", "gpt-5.5")
    const { open, info } = models({ models: { "openai/gpt-5.5": { context_window: 7 } } }, { env })
    await open("openai/gpt-5.5")
    expect(info("openai/gpt-5.5")).toEqual({ ...known, contextWindow: 7 })
    expect(known.price).toBeDefined()
  })

  it("gives a model that calls no tools the text protocol, and says so once a session", async () => {
    const { open } = models({
      providers: office(),
      models: { "office/a": { tools: false }, "office/b": { tools: true } }
    })
    await costOf(await open("office/a", "s1"))
    expect(JSON.parse(server.received[0]!.body)).not.toHaveProperty("tools")
    expect(server.received[0]!.body).toContain("look")
    await open("office/a", "s1")
    await open("office/a", "s2")
    await open("office/a")
    const message = expect.stringMatching(/office\/a is not known to call tools .*llm\.models\."office\/a"\.tools$/)
    expect(said).toEqual([message, message])
    expect(said.map((line) => line.slice(0, 3))).toEqual(["s1:", "s2:"])
    await costOf(await open("office/b", "s1"))
    expect(JSON.parse(server.received[1]!.body)).toHaveProperty("tools")
    expect(said).toHaveLength(2)
  })
})

describe("a server on this machine", () => {
  const ollama = () => {
    const json = (value: unknown) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(value) })
    server.answerTo = ({ path }) =>
      path === "/api/tags"
        ? json({ models: [{ name: "small:1b", digest: "d", size: 5 }] })
        : path === "/api/show"
          ? json({ capabilities: ["completion", "vision"], parameters: "num_ctx 6000" })
          : { status: 404 }
    return { OLLAMA_HOST: server.url }
  }

  it("tells what its model can do, below what the user says, and costs nothing", async () => {
    const env = ollama()
    const llm = { models: { "ollama/small:1b": { images: false } } }
    const local = (id: string) => toldOf(id, withDefaults({ llm }).llm, env)
    const { open, info } = models(llm, { env, local })
    await open("ollama/small:1b")
    expect(info("ollama/small:1b")).toEqual({
      contextWindow: 6000,
      images: false,
      reasoning: false,
      tools: false,
      price: { input: 0, output: 0 }
    })
    expect(await toldOf("openai/gpt-5.5", withDefaults().llm, env)).toEqual({})
    expect(await toldOf("ollama/other", withDefaults().llm, env)).toEqual({})
  })

  it("gives a runtime its model when nothing chooses one, if it was asked to look", async () => {
    const env = ollama()
    const modelOf = async (options: object) => {
      await using runtime = await createRuntime({ env, ...options })
      return runtime.model
    }
    expect(await modelOf({})).toBeUndefined()
    expect(await modelOf({ local: true, model: "scripted/rehearsal" })).toMatchObject({ id: "scripted/rehearsal" })
    expect(server.received).toEqual([])
    expect(await modelOf({ local: true })).toEqual({
      id: "ollama/small:1b",
      reason: "found Ollama on this machine; kintsugi config set llm.model ollama/small:1b keeps it"
    })
  })
})

describe("another model in mid-session", () => {
  const thinking = "hmm, thought on the first"

  /** One provider of each dialect at one address: the first calls a tool and answers, the second answers. */
  const speak = () => {
    const calls = [{ id: "call_first_1", name: "read_file", json: JSON.stringify({ path: "a.txt" }) }]
    server.answerTo = ({ path, body }) => {
      if (path.endsWith("/messages")) return { body: messages.say({ text: "second" }) }
      return { body: body.includes("call_first_1") ? chat.say({ text: "first" }) : chat.say({ thinking, calls }) }
    }
  }

  it("goes on with all that was said and done, in its own words, and a name that is none changes nothing", async () => {
    speak()
    const cwd = mkdtempSync(join(tmpdir(), "kintsugi-switch-"))
    writeFileSync(join(cwd, "a.txt"), "what stands in the file")
    const base = { base_url: `${server.url}/v1`, dialect: "openai-chat" as const }
    const providers = { one: base, two: { ...base, dialect: "anthropic" as const } }
    const runtime = await createRuntime({ cwd, env: {}, settings: { llm: { providers } }, model: "one/a" })
    try {
      await using session = await runtime.open({ unattended: true })
      expect(await session.ask("read it")).toMatchObject({ type: "agent.replied", text: "first" })
      const told = (type: string) => firstValueFrom(session.events.pipe(filter((notice) => notice.type === type)))
      const refused = told("agent.warned")
      session.send({ type: "user.model", model: "nobody/b" })
      expect(await refused).toMatchObject({ failure: { message: expect.stringContaining('no provider "nobody"') } })
      const changed = told("agent.changed")
      session.send({ type: "user.model", model: "two/b" })
      expect(await changed).toMatchObject({ model: "two/b" })
      expect(await session.ask("and now?")).toMatchObject({ type: "agent.replied", text: "second" })
      expect(session.view().model).toBe("two/b")
    } finally {
      await runtime.close()
      rmSync(cwd, { recursive: true, force: true })
    }
    const last = server.received.at(-1)!
    expect(last.path).toBe("/v1/messages")
    const { model, messages: said } = JSON.parse(last.body)
    expect(model).toBe("b")
    expect(JSON.stringify(said)).not.toContain(thinking)
    const kinds = said.flatMap(({ role, content }: { role: string; content: string | Array<{ type: string }> }) =>
      typeof content === "string" ? [`${role} text`] : content.map(({ type }) => `${role} ${type}`)
    )
    expect(kinds).toEqual(["user text", "assistant tool_use", "user tool_result", "assistant text", "user text"])
    expect(last.body).toContain("what stands in the file")
  })
})
