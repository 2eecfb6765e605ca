import { describe, expect, it } from "vitest"
import type { ExtraProvider } from "../../llm/catalog/provider.ts"
import { chooseModel } from "../../llm/choose.ts"
import { type KeyStore, noKeys } from "../../llm/keys.ts"
import { openModel, type OpenModelOptions } from "../../llm/resolve.ts"
import { tryModel } from "../../llm/try-model.ts"
import { wireServer } from "./wire-server.ts"

/** By provider; `address` binds a key. */
const storeOf = (stored: Readonly<Record<string, string>>, address?: string): KeyStore => ({
  ...noKeys,
  ids: () => Object.keys(stored),
  key: (provider, at) => (at === address ? stored[provider] : undefined)
})

const reply = { headers: { "content-type": "application/json" }, status: 401, body: '{"error":{"message":"no"}}' }

interface Asked extends Partial<Pick<OpenModelOptions, "env" | "keys" | "providers">> {
  readonly apiKey?: string
  readonly model?: string
}

/** Where the key stood, and which, when a model was asked once. */
const sentBy = async ({ apiKey, model = "openai/gpt-5.5", ...options }: Asked): Promise<string | undefined> => {
  await using server = await wireServer()
  server.answer = reply
  const base = { env: {}, cwd: "/", protocol: "native" as const, ...options }
  const providers = base.providers?.map((one) => ({ ...one, baseUrl: server.url }))
  const llm = {
    model,
    base_url: server.url,
    api_key: apiKey,
    fallback: [],
    timeout: 9,
    idle_timeout: 9,
    max_retries: 0
  }
  const opened = await openModel(model, { ...base, providers, llm })
  expect(server.received).toEqual([])
  await tryModel(opened, 9_000)
  const { authorization, "x-api-key": own } = server.received[0]?.headers ?? {}
  return authorization ?? (own === undefined ? undefined : `x-api-key ${String(own)}`)
}

describe("the key of a provider", () => {
  const env = { OPENAI_API_KEY: "from-the-variable" }
  const keys = storeOf({ openai: "from-the-store" })

  it("is that of the configuration, else a variable's, else the stored one", async () => {
    expect(await sentBy({ apiKey: "from-the-file", env, keys })).toBe("Bearer from-the-file")
    expect(await sentBy({ env, keys })).toBe("Bearer from-the-variable")
    expect(await sentBy({ env: { OPENAI_API_KEY: "" }, keys })).toBe("Bearer from-the-store")
  })

  it("may be a command in the configuration and in the store, run when it is needed; a variable is taken as it stands", async () => {
    expect(await sentBy({ apiKey: "!echo printed-one" })).toBe("Bearer printed-one")
    expect(await sentBy({ keys: storeOf({ openai: "!echo printed-two" }) })).toBe("Bearer printed-two")
    expect(await sentBy({ env: { OPENAI_API_KEY: "!true" } })).toBe("Bearer !true")
    const claude = { model: "anthropic-compatible/x", apiKey: "!echo printed-three" }
    expect(await sentBy(claude)).toBe("x-api-key printed-three")
  })

  it("of a provider that is not ours comes from its entry, its variable, or the store for its address", async () => {
    const mine: ExtraProvider = {
      id: "mine",
      name: "Mine",
      dialect: "openai-chat",
      baseUrl: "",
      env: ["MINE_KEY"],
      models: []
    }
    const model = "mine/m"
    const providers = (apiKey?: string) => [{ ...mine, ...(apiKey !== undefined && { apiKey }) }]
    expect(await sentBy({ model, providers: providers("!echo of-the-entry"), env: { MINE_KEY: "v" } })).toBe(
      "Bearer of-the-entry"
    )
    expect(await sentBy({ model, providers: providers(), env: { MINE_KEY: "of-the-variable" } })).toBe(
      "Bearer of-the-variable"
    )
    const here = {
      ...noKeys,
      key: (id: string, at = "") => (/^http:..127/.test(at) ? `of-the-store-for-${id}` : undefined)
    }
    expect(await sentBy({ model, providers: providers(), keys: here })).toBe("Bearer of-the-store-for-mine")
    const elsewhere = storeOf({ mine: "of-the-store" }, "https://elsewhere.example")
    await expect(sentBy({ model, providers: providers(), keys: elsewhere })).rejects.toThrow(
      /needs a key for Mine: set MINE_KEY/
    )
  })

  it("that is missing is said to be so, with what keeps the stored ones from being read", async () => {
    const damaged = { ...noKeys, problem: () => "/x/auth.json is damaged" }
    await expect(sentBy({ keys: damaged })).rejects.toThrow(
      "openai/gpt-5.5 needs a key for OpenAI: set OPENAI_API_KEY, or run kintsugi auth login openai; stored keys are not used: /x/auth.json is damaged"
    )
    expect(await sentBy({ env, keys: damaged })).toBe("Bearer from-the-variable")
  })

  it("that a command cannot print is told as the failure of the request", async () => {
    const llm = { fallback: [], api_key: "!echo locked >&2; exit 1", timeout: 9, idle_timeout: 9, max_retries: 2 }
    const model = await openModel("openai/gpt-5.5", { env: {}, cwd: "/", protocol: "native", llm })
    const told = await tryModel(model, 9_000)
    expect(told.ok ? "" : told.error.message).toMatch(
      /^the key for OpenAI could not be had: `echo .*` ended with 1: locked/
    )
  })

  it("chooses a model when it is stored, after those of variables of providers before it", () => {
    expect(chooseModel({ env: {}, keys: storeOf({ groq: "k" }) })).toEqual({
      id: expect.stringMatching(/^groq\//),
      reason: "a key for groq is stored"
    })
    expect(chooseModel({ env: { OPENAI_API_KEY: "k" }, keys: storeOf({ groq: "k" }) })?.id).toMatch(/^openai\//)
    expect(chooseModel({ env: {}, keys: storeOf({ huggingface: "k" }) })).toBeUndefined()
  })
})
