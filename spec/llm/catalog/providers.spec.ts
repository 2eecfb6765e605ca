import * as fc from "fast-check"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { addressOf } from "../../../llm/address.ts"
import { addressParts } from "../../../llm/catalog/address-parts.ts"
import { lookUp } from "../../../llm/catalog/catalog.ts"
import { evidenceFor, type ExtraProvider, type Provider } from "../../../llm/catalog/provider.ts"
import { clashOf, findProvider, groups, providers } from "../../../llm/catalog/providers.ts"
import { chooseModel } from "../../../llm/choose.ts"
import { noKeys } from "../../../llm/keys.ts"
import { wayTo } from "../../../llm/open-provider.ts"
import { openModel, type OpenModelOptions } from "../../../llm/resolve.ts"
import { isSecret } from "../../../plugins/ports/environment.ts"
import { collect } from "../fakes.ts"
import { wireServer } from "../wire-server.ts"

const valuesFor = (provider: Provider): Record<string, string> =>
  Object.fromEntries(
    addressParts(provider).map(([name = ""]) => [name, name.endsWith("BASE_URL") ? "https://x.y" : "x"])
  )

const provider = (id: string): Provider => findProvider(id)!

const opening = (id: string, baseUrl: string | undefined, env: OpenModelOptions["env"]) =>
  openModel(id, {
    llm: { model: id, fallback: [], base_url: baseUrl, timeout: 20, idle_timeout: 20, max_retries: 0 },
    protocol: "native",
    env,
    cwd: "/"
  })

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
        const address = addressOf(one, way, valuesFor(one), noKeys)
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

describe("on the wire", () => {
  const paths: Record<Provider["dialect"], string> = {
    "openai-chat": "/chat/completions",
    "openai-responses": "/responses",
    anthropic: "/v1/messages",
    gemini: "/models/m:streamGenerateContent?alt=sse",
    bedrock: "/model/m/converse-stream",
    cohere: "/v2/chat",
    ollama: "/api/chat"
  }
  const headers: Record<string, string> = {
    anthropic: "authorization",
    google: "x-goog-api-key",
    azure: "api-key",
    "azure-foundry": "api-key",
    "azure-cognitive-services": "api-key",
    "cloudflare-ai-gateway": "cf-aig-authorization"
  }
  const key = "a-key-of-the-spec"

  /** Path, headers that hold the key, and its value, of the one request that a model sends. */
  const sent = async (id: string, { env }: Provider) => {
    await using server = await wireServer()
    server.answer = { status: 400, headers: { "content-type": "application/json" }, body: '{"error":{"message":"no"}}' }
    const model = await opening(id, `${server.url}/at`, Object.fromEntries(env.slice(0, 1).map((name) => [name, key])))
    await Effect.runPromise(collect(model))
    const [request, ...more] = server.received
    expect(more).toEqual([])
    const holding = Object.entries(request!.headers).filter(([, value]) => String(value).includes(key))
    return { path: request!.path, keys: Object.fromEntries(holding) }
  }

  // IBM's key goes to another server first: spec/llm/tokens/ibm.spec.ts.
  it.each(providers.filter(({ auth, env }) => auth !== "ibm" && env.length > 0).map((one) => [one.id, one] as const))(
    "%s is asked where its dialect says, with its key in one header",
    async (id, one) => {
      const header = headers[id] ?? (one.dialect === "anthropic" ? "x-api-key" : "authorization")
      expect(await sent(`${id}/m`, one)).toEqual({
        path: `/at${paths[one.dialect]}`,
        keys: { [header]: header.endsWith("authorization") ? `Bearer ${key}` : key }
      })
    }
  )

  it.each([
    ["azure/claude-opus-5", "https://x.services.ai.azure.com/anthropic", "/v1/messages", "x-api-key"],
    ["azure/gpt-5.5", "https://x.openai.azure.com/openai/v1", "/responses", "api-key"],
    ["azure-foundry/claude-opus-5", "https://x.services.ai.azure.com/anthropic", "/v1/messages", "x-api-key"],
    ["azure-foundry/gpt-5.5", "https://x.services.ai.azure.com/openai/v1", "/responses", "api-key"],
    ["azure-foundry/DeepSeek-V4", "https://x.services.ai.azure.com/openai/v1", "/chat/completions", "api-key"],
    [
      "bedrock-mantle/anthropic.claude-opus-5",
      "https://bedrock-mantle.x.api.aws/anthropic",
      "/v1/messages",
      "authorization"
    ],
    ["bedrock-mantle/openai.gpt-5.5", "https://bedrock-mantle.x.api.aws/openai/v1", "/responses", "authorization"],
    ["bedrock-mantle/openai.gpt-oss-120b", "https://bedrock-mantle.x.api.aws/v1", "/responses", "authorization"],
    ["bedrock-mantle/qwen.qwen3-32b", "https://bedrock-mantle.x.api.aws/v1", "/chat/completions", "authorization"],
    [
      "google-vertex/gemini-3-pro",
      `${vertexOf("x")}/publishers/google`,
      paths.gemini.replace("/m:", "/gemini-3-pro:"),
      "authorization"
    ],
    ["google-vertex/meta/llama-4-maas", `${vertexOf("x")}/endpoints/openapi`, "/chat/completions", "authorization"],
    ["databricks/databricks-claude-opus-5", "https://x/serving-endpoints/anthropic", "/v1/messages", "authorization"],
    ["databricks/databricks-qwen", "https://x/serving-endpoints", "/chat/completions", "authorization"],
    [
      "cloudflare-ai-gateway/claude-opus-5",
      "https://gateway.ai.cloudflare.com/v1/x/x/anthropic",
      "/v1/messages",
      "cf-aig-authorization"
    ],
    [
      "cloudflare-ai-gateway/gpt-5.5",
      "https://gateway.ai.cloudflare.com/v1/x/x/openai",
      "/responses",
      "cf-aig-authorization"
    ],
    [
      "cloudflare-ai-gateway/xai/grok-5",
      "https://gateway.ai.cloudflare.com/v1/x/x/compat",
      "/chat/completions",
      "cf-aig-authorization"
    ],
    ["opencode/claude-opus-5", "https://opencode.ai/zen", "/v1/messages", "x-api-key"],
    ["opencode/gpt-5.5", "https://opencode.ai/zen/v1", "/responses", "authorization"],
    [
      "opencode/gemini-3-pro",
      "https://opencode.ai/zen/v1",
      paths.gemini.replace("/m:", "/gemini-3-pro:"),
      "x-goog-api-key"
    ],
    ["zenmux/anthropic/claude-opus-5", "https://zenmux.ai/api/anthropic", "/v1/messages", "x-api-key"],
    ["freemodel/claude-opus-5", "https://cc.freemodel.dev", "/v1/messages", "x-api-key"]
  ])("%s takes its own way", async (id, address, path, header) => {
    const one = provider(id.split("/", 1)[0]!)
    const name = id.slice(one.id.length + 1)
    expect(addressOf(one, wayTo(one, name), valuesFor(one), noKeys)).toBe(address)
    const request = await sent(id, one)
    expect({ path: request.path, headers: Object.keys(request.keys) }).toEqual({
      path: `/at${path}`,
      headers: [header]
    })
  })

  it("lays a route's quirks over the provider's, where they speak one dialect", () => {
    expect(wayTo(provider("moonshotai"), "kimi-k2.7-code").quirks).toEqual({
      thinkingBack: "reasoning_content",
      effort: "thinking.type"
    })
    expect(wayTo(provider("moonshotai"), "kimi-k3").quirks).toEqual({
      thinkingBack: "reasoning_content",
      effort: "reasoning_effort",
      efforts: { none: null, medium: "high" }
    })
    expect(wayTo(provider("azure"), "claude-opus-5").quirks).toEqual({ anthropicVersion: "2023-06-01" })
    expect(wayTo(provider("groq"), "any").quirks).toEqual({ effort: "reasoning_effort", efforts: { none: null } })
  })
})

function vertexOf(x: string): string {
  return `https://${x}-aiplatform.googleapis.com/v1/projects/${x}/locations/${x}`
}

describe("an address with the user's own in it", () => {
  const at = (id: string, env: Record<string, string>, keys = noKeys, model = "m") => {
    const one = provider(id)
    return () => addressOf(one, wayTo(one, model), env, keys)
  }

  it("is filled from the environment, then from what is stored", () => {
    const keys = {
      ...noKeys,
      value: (id: string, name: string) => (id === "azure" && name === "AZURE_RESOURCE_NAME" ? "kept" : undefined)
    }
    expect(at("azure", {}, keys)()).toBe("https://kept.openai.azure.com/openai/v1")
    expect(at("azure", { AZURE_RESOURCE_NAME: " mine " }, keys)()).toBe("https://mine.openai.azure.com/openai/v1")
    expect(at("azure", { AZURE_OPENAI_BASE_URL: "https://proxy.example/v1", AZURE_RESOURCE_NAME: "mine" })()).toBe(
      "https://proxy.example/v1"
    )
  })

  it("takes the first name of several that is set", () => {
    const bedrock = (env: Record<string, string>) => at("amazon-bedrock", env)()
    expect(bedrock({ AWS_DEFAULT_REGION: "eu-west-1" })).toBe("https://bedrock-runtime.eu-west-1.amazonaws.com")
    expect(bedrock({ AWS_DEFAULT_REGION: "eu-west-1", AWS_REGION: "us-east-1" })).toMatch("us-east-1")
    expect(bedrock({ AWS_DEFAULT_REGION: "eu-west-1", AWS_REGION: "" })).toMatch("eu-west-1")
  })

  it("says all that is missing at once, and how to give it", () => {
    expect(at("cloudflare-ai-gateway", {})).toThrow(
      "the address of Cloudflare AI Gateway is not known; set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_GATEWAY_ID, or llm.base_url, or run kintsugi auth login cloudflare-ai-gateway"
    )
    expect(at("cloudflare-ai-gateway", { CLOUDFLARE_ACCOUNT_ID: "a" })).toThrow("; set CLOUDFLARE_GATEWAY_ID, or")
    expect(at("google-vertex", {})).toThrow("set GOOGLE_CLOUD_LOCATION and GOOGLE_CLOUD_PROJECT, or")
    expect(at("openai-compatible", {})).toThrow(/is not known; set llm\.base_url$/)
  })

  it("does not let the address of one way stand in for another's", () => {
    const env = { AZURE_OPENAI_BASE_URL: "https://proxy.example/openai/v1" }
    expect(at("azure", env, noKeys, "claude-opus-5")).toThrow(/; set AZURE_RESOURCE_NAME, or llm\.base_url/)
  })

  it("takes a host with its scheme, as it is copied, and Google's name for everywhere", () => {
    expect(at("databricks", { DATABRICKS_HOST: "https://dbc-1.cloud.databricks.com/" })()).toBe(
      "https://dbc-1.cloud.databricks.com/serving-endpoints"
    )
    expect(at("neon", { NEON_AI_GATEWAY_BASE_URL: "https://n.example/" })()).toBe(
      "https://n.example/ai-gateway/mlflow/v1"
    )
    expect(at("google-vertex", { GOOGLE_CLOUD_LOCATION: "global", GOOGLE_CLOUD_PROJECT: "p" })()).toBe(
      "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google"
    )
  })

  it("refuses what would lead the key elsewhere", () => {
    expect(at("azure", { AZURE_RESOURCE_NAME: "evil.example/" + "x" })).toThrow(
      /AZURE_RESOURCE_NAME cannot stand in the address/
    )
    expect(at("neon", { NEON_AI_GATEWAY_BASE_URL: "n.example" })).toThrow(/takes an address that begins with https/)
    expect(at("openai", { OPENAI_BASE_URL: "localhost:8080" })).toThrow(
      /OPENAI_BASE_URL is not the address of a server/
    )
    expect(at("ollama", { OLLAMA_HOST: "0.0.0.0:1" })()).toBe("0.0.0.0:1")
  })

  it("keeps its host, whatever is put into it", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        try {
          const { hostname, username } = new URL(at("azure", { AZURE_RESOURCE_NAME: value })())
          expect({ username, ends: hostname.endsWith(".openai.azure.com") }).toEqual({ username: "", ends: true })
        } catch (error) {
          expect(error).toMatchObject({ _tag: "ModelError" })
        }
      })
    )
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
    expect(clashOf({ ...acme, env: ["KINTSUGI_LLM_API_KEY"] })).toMatch(/variable of Kintsugi/)
  })
})
