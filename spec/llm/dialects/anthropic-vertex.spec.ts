import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { anthropicMessages } from "../../../llm/dialects/anthropic.ts"
import { anthropicAtVertex, vertexHost } from "../../../llm/vertex.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { wireServer } from "../wire-server.ts"
import { messages } from "./speakers.ts"

const quirks = { messagesPath: "vertex", anthropicVersion: "2023-06-01", keyHeader: "authorization" } as const

describe("as a model", () => {
  modelContract((options) => anthropicMessages({ ...options, quirks }), {
    ...messages,
    isAsked: (path, body) =>
      path.endsWith("/publishers/anthropic/models/model:streamRawPredict") && body.stream === true && !("model" in body)
  })
})

describe("at Vertex", () => {
  it("the model stands in the address, the version in the body, and the token in its header alone", async () => {
    await using server = await wireServer()
    server.answer = { body: messages.say({ text: "hi" }) }
    const model = anthropicMessages({
      id: "google-vertex/claude-3-7-sonnet@20250219",
      provider: "Spec",
      model: "claude-3-7-sonnet@20250219",
      baseUrl: `${server.url}/v1/projects/p/locations/global/publishers/google`,
      token: async () => Promise.resolve("ya29.token"),
      variables: [],
      quirks,
      info: {},
      timeouts: { connect: 9_000, idle: 9_000, total: 9_000 }
    })
    await Effect.runPromise(Stream.runDrain(model.respond({ ...ask(), reasoning: "low" })))
    const [{ path, headers, body } = { path: "", headers: {}, body: "{}" }] = server.received
    expect(path).toBe(
      "/v1/projects/p/locations/global/publishers/anthropic/models/claude-3-7-sonnet@20250219:streamRawPredict"
    )
    expect(headers.authorization).toBe("Bearer ya29.token")
    expect(headers).not.toHaveProperty("x-api-key")
    const sent = JSON.parse(body) as Readonly<Record<string, unknown>>
    expect(sent).toMatchObject({
      anthropic_version: "vertex-2023-10-16",
      stream: true,
      max_tokens: expect.any(Number),
      thinking: { type: "enabled", budget_tokens: 2_048 }
    })
    expect(sent).not.toHaveProperty("model")
  })
})

describe("an address of Vertex", () => {
  const at = (host: string) => `https://${host}/v1/projects/p/locations/l`

  it.each([
    ["us-east5-aiplatform.googleapis.com", "us-east5-aiplatform.googleapis.com"],
    ["europe-west1-aiplatform.googleapis.com", "europe-west1-aiplatform.googleapis.com"],
    ["global-aiplatform.googleapis.com", "aiplatform.googleapis.com"],
    ["eu-aiplatform.googleapis.com", "aiplatform.eu.rep.googleapis.com"],
    ["global-aiplatform.googleapis.com.example", "global-aiplatform.googleapis.com.example"]
  ])("at %s is served at %s", (host, served) => {
    expect(vertexHost(at(host))).toBe(at(served))
  })

  it.each(["", "/", "/publishers/google", "/publishers/google/", "/publishers/anthropic/models"])(
    "that ends with %j leads to Anthropic's models",
    (tail) => {
      const host = "us-east5-aiplatform.googleapis.com"
      expect(anthropicAtVertex(at(host) + tail)).toBe(`${at(host)}/publishers/anthropic`)
    }
  )
})
