/** How each provider is asked, at the wire: the address, the header with the key, the version, the name of the model. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { providers } from "../../llm/catalog/providers.ts"
import { anthropicMessages } from "../../llm/dialects/anthropic.ts"
import type { Dialect, Quirks } from "../../llm/dialects/dialect.ts"
import { openaiChat } from "../../llm/dialects/openai-chat.ts"
import { openaiResponses } from "../../llm/dialects/openai-responses.ts"
import { openProvided } from "../../llm/open-provider.ts"
import { speaking } from "./bodies.ts"
import { chat as chatSpeaker, messages as messagesSpeaker, responses as responsesSpeaker } from "./dialects/speakers.ts"
import { ask } from "./fakes.ts"
import { wireServer, type WireServer } from "./wire-server.ts"

type Json = Readonly<Record<string, unknown>>
type Spoken = "openai-chat" | "openai-responses" | "anthropic"

const dialects: Readonly<Record<Spoken, readonly [Dialect, string]>> = {
  "openai-chat": [openaiChat, chatSpeaker.say({ text: "hi" })],
  "openai-responses": [openaiResponses, responsesSpeaker.say({ text: "hi" })],
  anthropic: [anthropicMessages, messagesSpeaker.say({ text: "hi" })]
}

const timeouts = { connect: 9_000, idle: 9_000, total: 9_000 }

describe("a request", () => {
  let server: WireServer
  beforeAll(async () => {
    server = await wireServer()
  })
  beforeEach(() => {
    server.received.length = 0
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const credentials = ["authorization", "x-api-key", "api-key", "cf-aig-authorization", "anthropic-version"]
  const seen = () => {
    const { path = "", headers = {}, body = "{}" } = server.received[0] ?? {}
    return {
      path,
      headers: Object.fromEntries(
        credentials.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))
      ),
      model: (JSON.parse(body) as Json).model
    }
  }

  const bearer = { authorization: "Bearer k-1" }
  const old = { "anthropic-version": "2023-06-01" }
  const newest = { "anthropic-version": "2026-10-21" }

  it.each<[Spoken, Quirks, Json, Json]>([
    ["openai-chat", { keyHeader: "api-key" }, bearer, { "api-key": "k-1" }],
    ["openai-chat", { keyHeader: "cf-aig-authorization" }, bearer, { "cf-aig-authorization": "Bearer k-1" }],
    ["openai-responses", { keyHeader: "api-key" }, bearer, { "api-key": "k-1" }],
    ["openai-responses", { keyHeader: "x-api-key" }, bearer, { "x-api-key": "k-1" }],
    ["anthropic", { anthropicVersion: "2023-06-01" }, { ...newest, ...bearer }, { ...old, "x-api-key": "k-1" }],
    ["anthropic", { keyHeader: "x-api-key" }, { ...newest, ...bearer }, { ...newest, "x-api-key": "k-1" }],
    [
      "anthropic",
      { keyHeader: "authorization", anthropicVersion: "2023-06-01" },
      { ...newest, ...bearer },
      { ...old, ...bearer }
    ],
    [
      "anthropic",
      { keyHeader: "api-key", anthropicVersion: "2023-06-01" },
      { ...newest, ...bearer },
      { ...old, "api-key": "k-1" }
    ]
  ])("the key of %s stands elsewhere with %j", async (name, quirks, before, after) => {
    const [dialect, body] = dialects[name]
    server.answer = { body }
    for (const [known, headers] of [
      [{}, before],
      [quirks, after]
    ] as const) {
      server.received.length = 0
      const model = dialect(speaking(name, { baseUrl: server.url, apiKey: "k-1", timeouts, quirks: known }))
      await Effect.runPromise(Stream.runDrain(model.respond(ask())))
      expect(seen().headers).toEqual(headers)
    }
  })

  it("a fetched credential stands where a key would", async () => {
    const [dialect, body] = dialects.anthropic
    server.answer = { body }
    const quirks = { anthropicVersion: "2023-06-01" }
    const model = dialect(speaking("anthropic", { baseUrl: server.url, token: async () => "t-1", timeouts, quirks }))
    await Effect.runPromise(Stream.runDrain(model.respond(ask())))
    expect(seen().headers).toEqual({ ...old, "x-api-key": "t-1" })
  })

  /** Those that stand in paths; hosts are ours. */
  const variables = { CLOUDFLARE_ACCOUNT_ID: "acc", CLOUDFLARE_GATEWAY_ID: "gate" }

  it.each<[string, Spoken, { path: string; headers: Json }]>([
    ["azure/gpt-5.5", "openai-responses", { path: "/openai/v1/responses", headers: { "api-key": "k-1" } }],
    ["azure/claude-sonnet", "anthropic", { path: "/anthropic/v1/messages", headers: { ...old, "x-api-key": "k-1" } }],
    [
      "azure-foundry/DeepSeek-V4",
      "openai-chat",
      { path: "/openai/v1/chat/completions", headers: { "api-key": "k-1" } }
    ],
    ["azure-foundry/gpt-5.5", "openai-responses", { path: "/openai/v1/responses", headers: { "api-key": "k-1" } }],
    [
      "azure-foundry/claude-sonnet",
      "anthropic",
      { path: "/anthropic/v1/messages", headers: { ...old, "x-api-key": "k-1" } }
    ],
    ["databricks/databricks-llama", "openai-chat", { path: "/serving-endpoints/chat/completions", headers: bearer }],
    [
      "databricks/databricks-claude-sonnet",
      "anthropic",
      { path: "/serving-endpoints/anthropic/v1/messages", headers: { ...old, ...bearer } }
    ],
    [
      "cloudflare-workers-ai/@cf/openai/gpt-oss-120b",
      "openai-chat",
      { path: "/client/v4/accounts/acc/ai/v1/chat/completions", headers: bearer }
    ],
    [
      "cloudflare-ai-gateway/groq/llama",
      "openai-chat",
      { path: "/v1/acc/gate/compat/chat/completions", headers: { "cf-aig-authorization": "Bearer k-1" } }
    ],
    [
      "cloudflare-ai-gateway/claude-sonnet",
      "anthropic",
      { path: "/v1/acc/gate/anthropic/v1/messages", headers: { ...old, "cf-aig-authorization": "Bearer k-1" } }
    ],
    ["snowflake/llama", "openai-chat", { path: "/api/v2/cortex/v1/chat/completions", headers: bearer }],
    ["watsonx/granite", "openai-chat", { path: "/ml/gateway/v1/chat/completions", headers: bearer }],
    ["github-models/openai/gpt-5", "openai-chat", { path: "/inference/chat/completions", headers: bearer }],
    ["bedrock-mantle/openai.gpt-oss-120b", "openai-responses", { path: "/v1/responses", headers: bearer }],
    ["openrouter/anthropic/claude-sonnet-5.5", "openai-chat", { path: "/api/v1/chat/completions", headers: bearer }]
  ])("%s is asked in its own way", async (id, spoken, expected) => {
    const [providerId = "", ...rest] = id.split("/")
    const name = rest.join("/")
    const registered = providers.find((provider) => provider.id === providerId)
    if (registered === undefined) throw new Error(`no ${providerId}`)
    // The same addresses, but for the host.
    const here = <Place extends { readonly baseUrl?: string }>(place: Place): Place => ({
      ...place,
      ...(place.baseUrl === undefined ? {} : { baseUrl: place.baseUrl.replace(/^https:\/\/[^/]+/, server.url) })
    })
    // How a key becomes a token is another matter: tokens/*.spec.ts.
    const provider = { ...here(registered), auth: undefined, routes: registered.routes?.map(here) }
    server.answer = { body: dialects[spoken][1] }
    const env = { ...variables, [provider.env[0] ?? ""]: "k-1" }
    const model = await openProvided(provider, {}, { id, name, env, timeouts })
    await Effect.runPromise(Stream.runDrain(model.respond(ask())))
    expect(seen()).toEqual({ ...expected, model: name })
  })
})
