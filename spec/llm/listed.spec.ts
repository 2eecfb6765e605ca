import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { DialectName } from "../../llm/catalog/provider.ts"
import type { DialectOptions } from "../../llm/dialects/dialect.ts"
import { listedBy } from "../../llm/listed.ts"
import { type Answer, wireServer, type WireServer } from "./wire-server.ts"

let server: WireServer
beforeEach(async () => {
  server = await wireServer()
})
afterEach(() => server[Symbol.asyncDispose]())

const patience = 10_000
const listed = (dialect: DialectName, parts: Partial<DialectOptions> = {}) => {
  const timeouts = { connect: patience, idle: patience, total: patience }
  const known = { id: "p/", provider: "P", model: "", apiKey: "the-key", variables: [], quirks: {}, info: {}, timeouts }
  const options = { ...known, baseUrl: `${server.url}/v1`, ...parts }
  return listedBy({ dialect, options }, AbortSignal.timeout(patience))
}
const json = (value: unknown): Answer => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value)
})
const asked = () => server.received.at(-1)!

describe("a provider's own list of models", () => {
  it.each<readonly [DialectName, string, string, unknown]>([
    ["openai-chat", "/v1/models", "authorization", { data: [{ id: "b" }, { id: "a" }, { id: "b" }] }],
    ["openai-chat", "/v1/models", "authorization", [{ id: "a" }, { id: "b" }, { id: "" }, null, 3]],
    ["openai-responses", "/v1/models", "authorization", { data: [{ id: "a" }, { id: "b" }, {}] }],
    ["anthropic", "/v1/models?limit=1000", "authorization", { data: [{ id: "a" }, { id: "b" }] }],
    [
      "gemini",
      "/v1/models?pageSize=1000",
      "x-goog-api-key",
      {
        models: [
          { name: "models/a", supportedGenerationMethods: ["generateContent"] },
          { name: "models/b", supportedGenerationMethods: ["countTokens", "generateContent"] },
          { name: "models/aqa", supportedGenerationMethods: ["generateAnswer"] }
        ]
      }
    ],
    ["cohere", "/v1/models?page_size=1000&endpoint=chat", "authorization", { models: [{ name: "a" }, { name: "b" }] }],
    ["ollama", "/api/tags", "authorization", { models: [{ name: "a" }, { name: "b" }] }]
  ])("is asked for in the words of %s at %s", async (dialect, path, header, answer) => {
    server.answer = json(answer)
    expect(await listed(dialect)).toEqual(["a", "b"])
    expect(asked().path).toBe(path)
    expect(asked().headers[header]).toContain("the-key")
  })

  it("is asked for with the headers that the provider wants, and the key in one of them", async () => {
    server.answer = json({ data: [{ id: "a" }] })
    const quirks = { anthropicVersion: "2023-06-01" }
    await listed("anthropic", { quirks, baseUrl: server.url, headers: { "x-team": "t", "x-none": null } })
    expect(asked().path).toBe("/v1/models?limit=1000")
    expect(asked().headers).toMatchObject({
      "x-api-key": "the-key",
      "anthropic-version": "2023-06-01",
      "x-team": "t"
    })
    expect(asked().headers).not.toHaveProperty("authorization")
    expect(asked().headers).not.toHaveProperty("x-none")
    await listed("openai-chat", { apiKey: undefined, token: async () => "fetched" })
    expect(asked().headers.authorization).toBe("Bearer fetched")
    await listed("openai-chat", { apiKey: undefined })
    expect(asked().headers).not.toHaveProperty("authorization")
  })

  it("leaves out what is obviously not for talking", async () => {
    const names = [
      "text-embedding-3-large",
      "whisper-1",
      "tts-1-hd",
      "dall-e-3",
      "omni-moderation-latest",
      "rerank-v3",
      "sora-2"
    ]
    server.answer = json({ data: [...names, "o3", "embedded-coder"].map((id) => ({ id })) })
    expect(await listed("openai-chat")).toEqual(["embedded-coder", "o3"])
  })

  it.each<readonly [string, Answer, RegExp]>([
    ["a refusal", { status: 401, body: "bad key the-key" }, /^it answered with status 401$/],
    ["a page", { headers: { "content-type": "text/html" }, body: "<h1>" }, /^what it answered is no list of models$/],
    ["nothing in it", json({ data: [] }), /^it listed no models$/],
    ["other things in it", json({ data: "a", models: [1] }), /^it listed no models$/]
  ])("that is none for %s says so, without the key", async (_, answer, message) => {
    server.answer = answer
    const error: unknown = await listed("openai-chat").catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toContain("the-key")
    expect(error).toHaveProperty("message", expect.stringMatching(message))
  })

  it("is not fetched elsewhere, where the key would go, too", async () => {
    await using other = await wireServer()
    other.answer = json({ data: [{ id: "a" }] })
    server.answer = { status: 307, headers: { location: `${other.url}/v1/models` } }
    await expect(listed("openai-chat")).rejects.toThrow(/^it cannot be reached$/)
    expect(other.received).toEqual([])
  })

  it("is not waited for when it does not come", async () => {
    server.answer = { ending: "silent" }
    const options = { baseUrl: server.url, id: "p/", provider: "P", model: "", variables: [], quirks: {}, info: {} }
    const reach = {
      dialect: "openai-chat" as const,
      options: { ...options, timeouts: { connect: 1, idle: 1, total: 1 } }
    }
    await expect(listedBy(reach, AbortSignal.timeout(30))).rejects.toThrow("it did not answer in time")
  })

  it("is not asked for where there is none", async () => {
    await expect(listed("bedrock")).rejects.toThrow("it has no list of models")
    await expect(listed("gemini", { quirks: { messagesPath: "vertex" } })).rejects.toThrow("it has no list of models")
    expect(server.received).toEqual([])
  })
})
