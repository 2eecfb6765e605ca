import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { addressOf } from "../../llm/address.ts"
import type { Provider } from "../../llm/catalog/provider.ts"
import { findProvider, providers } from "../../llm/catalog/providers.ts"
import { noKeys } from "../../llm/keys.ts"
import { wayTo } from "../../llm/open-provider.ts"
import { openModel, type OpenModelOptions } from "../../llm/resolve.ts"
import { partsFor } from "./address-values.ts"
import { collect } from "./fakes.ts"
import { wireServer } from "./wire-server.ts"

const provider = (id: string): Provider => findProvider(id)!

const opening = (id: string, baseUrl: string | undefined, env: OpenModelOptions["env"]) =>
  openModel(id, {
    llm: { model: id, fallback: [], base_url: baseUrl, timeout: 20, idle_timeout: 20, max_retries: 0 },
    protocol: "native",
    env,
    cwd: "/"
  })

const vertex = "https://x-aiplatform.googleapis.com/v1/projects/x/locations/x"

describe("every registered provider", () => {
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
      `${vertex}/publishers/google`,
      paths.gemini.replace("/m:", "/gemini-3-pro:"),
      "authorization"
    ],
    ["google-vertex/meta/llama-4-maas", `${vertex}/endpoints/openapi`, "/chat/completions", "authorization"],
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
    expect(addressOf(one, wayTo(one, name), partsFor(one), noKeys)).toBe(address)
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

describe("an address with a name and a password", () => {
  it.each([
    ["groq/m", "https://me:hidden-word@llm.example/v1", {}],
    ["openai/m", undefined, { OPENAI_BASE_URL: "https://me:hidden-word@llm.example/v1", OPENAI_API_KEY: "k" }],
    ["ollama/m", undefined, { OLLAMA_HOST: "me:hidden-word@llm.example:11434" }]
  ])("of %s is refused, and not repeated", async (id, baseUrl, env) => {
    const failed = await opening(id, baseUrl, { GROQ_API_KEY: "k", ...env }).catch((error: unknown) => error)
    expect(failed).toMatchObject({ message: expect.stringMatching(/may hold no name and no password/) })
    expect(String(failed)).not.toContain("hidden-word")
  })
})

describe("a key", () => {
  const opened = (key: string) => opening("openai/gpt-5", "http://127.0.0.1:9", { OPENAI_API_KEY: key })

  it.each([
    ["with an ellipsis", "sk-…"],
    ["with a space of no width", "sk-\u200bx"],
    ["with a line break inside", "sk-a\nb"]
  ])("%s is refused before anything is sent, in words, and is not shown", async (_, key) => {
    const refused = await opened(key).catch((error: Error) => error.message)
    expect(refused).toContain("is no key: it holds spaces or other signs; check OPENAI_API_KEY or llm.api_key")
    expect(refused).not.toContain("sk-")
  })

  it.each([
    ["in its own configuration", { apiKey: "k-own", env: ["OFFICE_KEY"] }, "check llm.providers.office.api_key"],
    ["in a variable", { env: ["OFFICE_KEY"] }, "check OFFICE_KEY"],
    ["nowhere", { env: [] }, "check llm.providers.office.api_key"]
  ])("of one's own provider, %s, is named when it is refused", async (_, more, advice) => {
    await using server = await wireServer()
    server.answer = { status: 401, headers: { "content-type": "application/json" }, body: '{"error":"no"}' }
    const office = { id: "office", name: "office", baseUrl: server.url, dialect: "openai-chat" as const, models: [] }
    const model = await openModel("office/m", {
      llm: { model: undefined, fallback: [], timeout: 20, idle_timeout: 20, max_retries: 0 },
      protocol: "native",
      env: { OFFICE_KEY: "k-env" },
      cwd: "/",
      providers: [{ ...office, ...more }]
    })
    const answered = await Effect.runPromise(collect(model))
    expect(answered).toMatchObject({ failure: { message: `office refused the key; ${advice} (no)` } })
  })

  it("that is blank counts as none, and blanks around one do not", async () => {
    await expect(opened(" \n")).rejects.toThrow("needs a key")
    await expect(opened(" sk-x\n")).resolves.toBeDefined()
  })
})
