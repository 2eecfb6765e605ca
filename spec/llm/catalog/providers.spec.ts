import { describe, expect, it } from "vitest"
import { addressOf } from "../../../llm/address.ts"
import { addressParts } from "../../../llm/catalog/address-parts.ts"
import { lookUp } from "../../../llm/catalog/catalog.ts"
import { evidenceFor, type ExtraProvider, type Provider } from "../../../llm/catalog/provider.ts"
import { clashOf, findProvider, groups, providers } from "../../../llm/catalog/providers.ts"
import { chooseModel } from "../../../llm/choose.ts"
import { noKeys } from "../../../llm/keys.ts"
import { isSecret } from "../../../plugins/ports/environment.ts"
import { partsFor } from "../address-values.ts"

const provider = (id: string): Provider => findProvider(id)!

describe("the registry", () => {
  it("has at least 150 providers, each under an id and a name of its own", () => {
    expect(providers.length).toBeGreaterThanOrEqual(150)
    expect(new Set(providers.map(({ id }) => id)).size).toBe(providers.length)
    expect(new Set(providers.map(({ name }) => name)).size).toBe(providers.length)
    for (const { id } of providers) expect(id).toMatch(/^[a-z0-9]+([.-][a-z0-9]+)*$/)
    for (const one of providers) expect(findProvider(one.id)).toBe(one)
    for (const id of ["scripted", "nobody", "constructor", "__proto__"]) expect(findProvider(id)).toBeUndefined()
  })

  it("keeps the ids that were there before", () => {
    const ids = `anthropic openai google mistral deepseek xai moonshotai zai alibaba cohere perplexity groq cerebras together
      fireworks openrouter vercel nvidia huggingface github-models azure ollama lmstudio llama.cpp vllm litellm
      openai-compatible anthropic-compatible`
    for (const id of ids.split(/\s+/)) expect(findProvider(id)?.id).toBe(id)
  })

  it("has an address for everyone but those that the user gives one to", () => {
    const without = providers.filter(({ baseUrl }) => baseUrl === undefined).map(({ id }) => id)
    expect(without).toEqual(["openai-compatible", "anthropic-compatible"])
    for (const one of providers) {
      const ways = [one, ...(one.routes ?? []).map((route) => ({ ...one, ...route }))]
      for (const way of ways.filter(({ baseUrl }) => baseUrl !== undefined)) {
        const address = addressOf(one, way, partsFor(one), noKeys)
        const { protocol, hostname } = new URL(address)
        expect(address, one.id).not.toMatch(/[{}|\s]|\/$/)
        expect(hostname === "127.0.0.1" ? "http:" : "https:", one.id).toBe(protocol)
      }
    }
  })

  it("names variables as variables are named, and as shared only what it reads", () => {
    for (const { id, env, sharedEnv = [], baseUrlEnv = [], keyOptional, auth } of providers) {
      for (const name of [...env, ...baseUrlEnv]) expect(name, id).toMatch(/^[A-Z0-9]+(_[A-Z0-9]+)*$/)
      expect(new Set(env).size, id).toBe(env.length)
      expect(env, id).toEqual(expect.arrayContaining([...sharedEnv]))
      if (env.length === 0) expect(keyOptional ?? auth, id).toBeDefined()
    }
  })

  it("has one variable in two places only where one account serves both, or nobody is chosen by it", () => {
    const claims = new Map<string, Array<string>>()
    for (const { id, env, sharedEnv = [] } of providers)
      for (const name of env.filter((one) => !sharedEnv.includes(one)))
        claims.set(name, [...(claims.get(name) ?? []), id])
    const doubled = [...claims].filter(([, ids]) => ids.length > 1)
    expect(Object.fromEntries(doubled)).toEqual({
      MOONSHOT_API_KEY: ["moonshotai", "moonshotai-cn"],
      ZAI_API_KEY: ["zai", "zai-coding-plan", "zai-anthropic"],
      ZHIPU_API_KEY: ["zhipuai-coding-plan", "zhipuai"],
      DASHSCOPE_API_KEY: ["alibaba", "alibaba-cn"],
      MINIMAX_API_KEY: ["minimax", "minimax-cn"],
      XIAOMI_API_KEY: ["xiaomi", "xiaomi-token-plan-ams", "xiaomi-token-plan-cn", "xiaomi-token-plan-sgp"],
      PERPLEXITY_API_KEY: ["perplexity", "perplexity-agent"],
      STEPFUN_API_KEY: ["stepfun", "stepfun-plan", "stepfun-cn"],
      ALIBABA_CODING_PLAN_API_KEY: ["alibaba-coding-plan", "alibaba-coding-plan-cn"],
      ALIBABA_TOKEN_PLAN_API_KEY: ["alibaba-token-plan", "alibaba-token-plan-cn"],
      OPENCODE_API_KEY: ["opencode-go", "opencode"],
      OLLAMA_API_KEY: ["ollama-cloud", "ollama"],
      AZURE_API_KEY: ["azure", "azure-foundry"],
      AWS_BEARER_TOKEN_BEDROCK: ["amazon-bedrock", "bedrock-mantle"]
    })
  })

  it("keeps every key of everyone from the commands that a model runs", () => {
    for (const { id, env } of providers)
      for (const name of env) expect(isSecret(name, "plain"), `${id}: ${name}`).toBe(true)
    for (const one of providers)
      for (const name of addressParts(one).flat()) expect(isSecret(name, "plain"), `${one.id}: ${name}`).toBe(false)
  })

  it("stands whole under the headings that it is listed under", () => {
    expect(Object.values(groups).flat()).toEqual(providers)
    for (const members of Object.values(groups)) expect(members.length).toBeGreaterThan(0)
  })

  it("calls local what runs on this machine without a key, and nothing else", () => {
    const here = providers.filter((one) => one.local)
    expect(here.length).toBeGreaterThanOrEqual(5)
    for (const { id, baseUrl, keyOptional, defaultModel } of here) {
      expect(baseUrl, id).toMatch(/^http:\/\/127\.0\.0\.1:/)
      expect({ keyOptional, defaultModel }, id).toEqual({ keyOptional: true, defaultModel: undefined })
    }
    const classes = Map.groupBy(providers, evidenceFor)
    expect([...classes.keys()].toSorted()).toEqual(["local", "replayed", "unverified"])
    expect(evidenceFor(provider("openai"))).toBe("replayed")
    expect(evidenceFor(provider("chutes"))).toBe("unverified")
    expect(evidenceFor(provider("vllm"))).toBe("local")
  })
})

describe("the choice by a key alone", () => {
  it("prefers makers to hosts and hosts to gateways", () => {
    const chosen = providers.filter((one) => one.defaultModel !== undefined).map(({ id }) => id)
    const at = (id: string) => chosen.indexOf(id)
    for (const [first, second] of [
      ["anthropic", "openai"],
      ["openai", "google"],
      ["zai", "groq"],
      ["fireworks", "openrouter"],
      ["openrouter", "vercel"]
    ] as const)
      expect(at(first), `${first} before ${second}`).toBeLessThan(at(second))
    expect(Math.min(...chosen.map(at))).toBe(0)
  })

  it("takes models that the catalogue knows, and gives everyone its own key", () => {
    for (const { id, defaultModel, env, sharedEnv = [] } of providers.filter((one) => one.defaultModel !== undefined)) {
      expect(lookUp(id, defaultModel!).contextWindow, `${id}/${defaultModel}`).toBeGreaterThan(8000)
      const [own] = env.filter((name) => !sharedEnv.includes(name))
      expect(chooseModel({ env: { [own!]: "k" } })?.id).toBe(`${id}/${defaultModel}`)
    }
  })

  it("never follows from a key that people set for other purposes", () => {
    for (const { sharedEnv = [] } of providers)
      for (const name of sharedEnv) {
        const chosen = chooseModel({ env: { [name]: "k" } })?.id.split("/")[0]
        // Somebody else's own variable may be another's second one.
        if (chosen !== undefined) expect(provider(chosen).sharedEnv ?? [], name).not.toContain(name)
      }
    for (const name of ["HF_TOKEN", "GITHUB_TOKEN", "GOOGLE_API_KEY", "CLOUDFLARE_API_TOKEN", "DATABRICKS_TOKEN"])
      expect(chooseModel({ env: { [name]: "k" } }), name).toBeUndefined()
  })
})

describe("a provider that somebody brings", () => {
  const acme: ExtraProvider = {
    id: "acme",
    name: "Acme",
    baseUrl: "https://acme.example/v1",
    dialect: "openai-chat",
    env: ["ACME_KEY"],
    models: []
  }

  it("may not take the id or any variable of one that is registered", () => {
    expect(clashOf(acme)).toBeUndefined()
    expect(clashOf({ ...acme, env: [] })).toBeUndefined()
    expect(clashOf({ ...acme, id: "scripted" })).toBe("there is a provider scripted already; it needs another id")
    for (const one of providers) {
      expect(clashOf({ ...acme, id: one.id })).toBe(`there is a provider ${one.id} already; it needs another id`)
      for (const name of [...one.env, ...(one.baseUrlEnv ?? []), ...addressParts(one).flat()])
        expect(clashOf({ ...acme, env: ["ACME_KEY", name] }), name).toMatch(`${name} is a variable of `)
    }
    expect(clashOf({ ...acme, env: ["ACME_KEY", "ANTHROPIC_API_KEY"] })).toMatch(
      /^ANTHROPIC_API_KEY .* of anthropic, .*own$/
    )
    expect(clashOf({ ...acme, env: ["ZHIPU_API_KEY"] })).toMatch(/ of zai,/)
    expect(clashOf({ ...acme, env: ["KINTSUGI_LLM_API_KEY"] })).toMatch(/variable of Kintsugi/)
  })
})
