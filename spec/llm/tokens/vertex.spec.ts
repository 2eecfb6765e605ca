/** Vertex as the registry has it: which door a model goes through, and with which credential. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { openModel } from "../../../llm/resolve.ts"
import { generateContent } from "../dialects/gemini.speaker.ts"
import { messages } from "../dialects/speakers.ts"
import { ask } from "../fakes.ts"
import { wireServer, type WireServer } from "../wire-server.ts"

let server: WireServer
beforeAll(async () => {
  server = await wireServer()
})
beforeEach(() => {
  server.received.length = 0
})
afterAll(() => server[Symbol.asyncDispose]())

const location = "/v1/projects/p/locations/us-east5"

const open = (name: string, base_url?: string, env: Readonly<Record<string, string>> = {}) =>
  openModel(`google-vertex/${name}`, {
    llm: { model: `google-vertex/${name}`, fallback: [], base_url, timeout: 9, idle_timeout: 9, max_retries: 0 },
    protocol: "native",
    env,
    cwd: "."
  })

const sent = async (name: string, body: string) => {
  server.answer = { body }
  const env = { GOOGLE_VERTEX_ACCESS_TOKEN: "ya29.of-mine" }
  const model = await open(name, `${server.url}${location}/publishers/google`, env)
  await Effect.runPromise(Stream.runDrain(model.respond(ask())))
  return server.received[0]!
}

describe("Vertex", () => {
  it("has Gemini and Claude behind one address, and takes a token of the environment for both", async () => {
    const gemini = await sent("gemini-2.5-pro", generateContent.say({ text: "hi" }))
    expect(gemini.path).toBe(`${location}/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse`)
    server.received.length = 0
    const claude = await sent("claude-sonnet-4-5@20250929", messages.say({ text: "hi" }))
    expect(claude.path).toBe(`${location}/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict`)
    for (const { headers } of [gemini, claude]) {
      expect(headers.authorization).toBe("Bearer ya29.of-mine")
      expect(headers).not.toHaveProperty("x-goog-api-key")
      expect(headers).not.toHaveProperty("x-api-key")
    }
  })

  it("opens without a key, since the machine may have credentials, but not without its address", async () => {
    const env = { GOOGLE_CLOUD_PROJECT: "p", GOOGLE_CLOUD_LOCATION: "global" }
    await expect(open("gemini-2.5-pro", undefined, env)).resolves.toMatchObject({ id: "google-vertex/gemini-2.5-pro" })
    await expect(open("gemini-2.5-pro")).rejects.toThrow(/GOOGLE_CLOUD_LOCATION and GOOGLE_CLOUD_PROJECT/)
  })
})
