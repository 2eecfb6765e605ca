/** Both SDKs read keys, addresses and headers from the environment: none of that may reach a server it was not meant for. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { anthropicMessages } from "../../../llm/dialects/anthropic.ts"
import { openaiChat } from "../../../llm/dialects/openai-chat.ts"
import { openaiResponses } from "../../../llm/dialects/openai-responses.ts"
import { ask } from "../fakes.ts"
import { wireServer, type WireServer } from "../wire-server.ts"
import { chat, messages, responses } from "./speakers.ts"

const stray = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_PROFILE",
  "OPENAI_API_KEY",
  "OPENAI_ADMIN_KEY",
  "OPENAI_BASE_URL",
  "OPENAI_ORG_ID",
  "OPENAI_PROJECT_ID",
  "OPENAI_WEBHOOK_SECRET"
]

describe.each([
  ["openai-chat", openaiChat, chat],
  ["openai-responses", openaiResponses, responses],
  ["anthropic", anthropicMessages, messages]
] as const)("%s", (_, dialect, speaker) => {
  let server: WireServer
  beforeAll(async () => {
    server = await wireServer()
    for (const name of stray) vi.stubEnv(name, "stray")
    for (const maker of ["OPENAI", "ANTHROPIC"]) {
      vi.stubEnv(`${maker}_CUSTOM_HEADERS`, "x-team: stray\nauthorization: Bearer stray\nno header")
      vi.stubEnv(`${maker}_LOG`, "debug")
    }
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await server[Symbol.asyncDispose]()
  })

  it.each([
    ["a key", "k-1"],
    ["no key", undefined]
  ])("sends nothing stray with %s, and prints nothing", async (_, apiKey) => {
    const printed = (["log", "debug", "info", "warn", "error"] as const).map((level) => vi.spyOn(console, level))
    server.answer = { body: speaker.say({ text: "hi" }) }
    const model = dialect({
      id: "local/model",
      provider: "Local",
      // Old enough for the SDK to warn about it at each request.
      model: "claude-sonnet-4-5",
      baseUrl: server.url,
      ...(apiKey === undefined ? {} : { apiKey }),
      variables: [],
      quirks: {},
      info: {},
      timeouts: { connect: 9_000, idle: 9_000, total: 9_000 }
    })
    await Effect.runPromise(Stream.runDrain(model.respond(ask())))
    const headers = JSON.stringify(server.received.at(-1)?.headers)
    expect(headers).not.toContain("stray")
    expect(server.received.at(-1)?.headers.authorization).toBe(apiKey === undefined ? undefined : "Bearer k-1")
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })
})
