import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { conclude } from "../../../llm/dialects/conclude.ts"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import { endings, step, whole } from "../../../llm/dialects/gemini-step.ts"
import { gemini } from "../../../llm/dialects/gemini.ts"
import { newReply, type Reply } from "../../../llm/dialects/reply.ts"
import type { ModelEvent } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { wireServer } from "../wire-server.ts"
import { generateContent as speaker } from "./gemini.speaker.ts"

describe("as a model", () => {
  modelContract(gemini, speaker)
})

const options = (more: Partial<DialectOptions> = {}): DialectOptions => ({
  id: "google/gemini-3-pro",
  provider: "Spec",
  model: "gemini-3-pro",
  baseUrl: "https://llm.example/v1beta",
  variables: [],
  quirks: {},
  info: {},
  timeouts: { connect: 9_000, idle: 9_000, total: 9_000 },
  ...more
})

const stepped = (...chunks: ReadonlyArray<unknown>): readonly [Reply, ReadonlyArray<ModelEvent>] =>
  chunks.reduce<readonly [Reply, ReadonlyArray<ModelEvent>]>(
    ([reply, told], chunk) => {
      const [next, more] = step(reply, chunk)
      return [next, [...told, ...more]]
    },
    [newReply("seed0000"), []]
  )

const end = (...chunks: ReadonlyArray<unknown>) => conclude(stepped(...chunks)[0], options(), endings)

const said = (...parts: ReadonlyArray<unknown>) => ({ candidates: [{ content: { role: "model", parts } }] })
const stop = (finishReason = "STOP", more: Record<string, unknown> = {}) => ({
  candidates: [{ finishReason }],
  ...more
})

const content = (...chunks: ReadonlyArray<unknown>) => {
  const ended = end(...chunks, stop())
  if (!("type" in ended)) throw new Error(JSON.stringify(ended))
  return ended.message.content
}

describe("signatures of thoughts", () => {
  it("are kept with the call they stand on, and with no other", () => {
    const calls = content(
      said(
        { functionCall: { name: "read", args: { path: "a" }, id: "x1" }, thoughtSignature: "U2ln" },
        { functionCall: { name: "read", args: { path: "b" }, id: "x2" } }
      )
    )
    expect(calls).toEqual([
      { type: "call", id: "x1", name: "read", input: { path: "a" }, providerMeta: { thoughtSignature: "U2ln" } },
      { type: "call", id: "x2", name: "read", input: { path: "b" } }
    ])
  })

  it("are kept with the text that they close, also when they come after it", () => {
    const text = content(said({ text: "so " }), said({ text: "be it" }), said({ text: "", thoughtSignature: "U2ln" }))
    expect(text).toEqual([{ type: "text", text: "so be it", providerMeta: { thoughtSignature: "U2ln" } }])
  })

  it("part what is signed from what follows", () => {
    const parts = content(
      said({ text: "one", thoughtSignature: "QQ==" }),
      said({ text: "two", thoughtSignature: "Qg==" })
    )
    expect(parts).toEqual([
      { type: "text", text: "one", providerMeta: { thoughtSignature: "QQ==" } },
      { type: "text", text: "two", providerMeta: { thoughtSignature: "Qg==" } }
    ])
  })

  it("without a word are kept too", () => {
    const parts = content(said({ text: "hm", thought: true }), said({ text: "", thoughtSignature: "QQ==" }))
    expect(parts).toEqual([
      { type: "thinking", text: "hm" },
      { type: "text", text: "", providerMeta: { thoughtSignature: "QQ==" } }
    ])
  })
})

describe("a call", () => {
  it("without arguments has none, and without an id gets one", () => {
    expect(content(said({ functionCall: { name: "now" } }))).toEqual([
      { type: "call", id: "seed00000", name: "now", input: {} }
    ])
  })

  it("without a name takes nothing from the one before it", () => {
    const [first] = content(
      said({ functionCall: { name: "now", args: { a: 1 } } }, { functionCall: { args: { b: 2 } } })
    )
    expect(first).toMatchObject({ name: "now", input: { a: 1 } })
  })

  const piece = (...partialArgs: ReadonlyArray<unknown>) => said({ functionCall: { partialArgs, willContinue: true } })

  it("may come in pieces, each with its place, and is told when it is whole", () => {
    const chunks = [
      said({ functionCall: { name: "write", willContinue: true }, thoughtSignature: "U2ln" }),
      piece({ jsonPath: "$.path", stringValue: "a", willContinue: true }),
      piece({ jsonPath: "$.path", stringValue: "/b" }, { jsonPath: "$.edits[0].line", numberValue: 3 }),
      piece({ jsonPath: "$.edits[1].all", boolValue: true }, { jsonPath: "$['a.b']", nullValue: "NULL_VALUE" }),
      said({ functionCall: {} }),
      said({ functionCall: { name: "now" } })
    ]
    const input = { path: "a/b", edits: [{ line: 3 }, { all: true }], "a.b": null }
    expect(content(...chunks)).toEqual([
      { type: "call", id: "seed00000", name: "write", input, providerMeta: { thoughtSignature: "U2ln" } },
      { type: "call", id: "seed00001", name: "now", input: {} }
    ])
    const told = stepped(...chunks)[1].flatMap((event) => (event.type === "call.delta" ? [event.delta] : []))
    expect(told).toEqual([JSON.stringify(input)])
  })

  it("whose last piece says nothing of the end has what came", () => {
    const call = said({ functionCall: { name: "write", willContinue: true } })
    expect(content(call, piece({ jsonPath: "$.path", stringValue: "a" }))).toMatchObject([{ input: { path: "a" } }])
  })

  it("is not led astray by places that cannot be", () => {
    const call = said({ functionCall: { name: "write", willContinue: true } })
    const odd = [
      { jsonPath: "$.__proto__.polluted", boolValue: true },
      { jsonPath: "$.list[4000000000]", numberValue: 1 },
      { jsonPath: "$.constructor", stringValue: "x" },
      { jsonPath: 7, stringValue: "x" },
      { jsonPath: "$" },
      null
    ]
    const [made] = content(call, piece(...odd))
    expect(JSON.stringify(made)).toContain('{"__proto__":{"polluted":true},"list":[1],"constructor":"x"}')
    expect({}).not.toHaveProperty("polluted")
  })
})

describe("the end", () => {
  it.each([
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "filtered"],
    ["RECITATION", "filtered"],
    ["PROHIBITED_CONTENT", "filtered"],
    ["a word of tomorrow", "other"]
  ])("%s is %s", (word, finishReason) => {
    expect(end(said({ text: "x" }), stop(word))).toMatchObject({ finishReason })
  })

  it("is missing when the stream broke off", () => {
    expect(end(said({ text: "x" }))).toEqual({ kind: "truncated" })
  })

  it("before the beginning is a question that was blocked", () => {
    const blocked = { promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: { promptTokenCount: 7 } }
    expect(end(blocked)).toMatchObject({ message: { content: [] }, finishReason: "filtered", usage: { input: 7 } })
  })

  it("may be said more than once, with more in between", () => {
    // Gemini 1 said STOP in every chunk.
    const [one, two] = [said({ text: "a" }), said({ text: "b" })].map(({ candidates }) => ({
      candidates: candidates.map((candidate) => ({ ...candidate, finishReason: "STOP" }))
    }))
    expect(end(one, two)).toMatchObject({ message: { content: [{ text: "ab" }] }, finishReason: "stop" })
  })
})

describe("tokens", () => {
  it("of thoughts are written ones, those of tools are read ones", () => {
    const usageMetadata = {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 5,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 7,
      totalTokenCount: 132
    }
    expect(end(said({ text: "x" }), stop("STOP", { usageMetadata }))).toMatchObject({
      usage: { input: 105, output: 27, cacheRead: 60, cacheWrite: 0 }
    })
  })

  it("may be counted after the end, and a count that is left out keeps its value", () => {
    const first = { ...said({ text: "x" }), usageMetadata: { promptTokenCount: 9, trafficType: "ON_DEMAND" } }
    const counts = [{ candidatesTokenCount: 3 }, { promptTokenCount: 9 }, {}]
    expect(end(first, stop(), ...counts.map((usageMetadata) => ({ usageMetadata })))).toMatchObject({
      usage: { input: 9, output: 3 }
    })
  })
})

describe("what came whole", () => {
  const chunks = [said({ text: "a" }), said({ text: "b" }), stop("STOP", { usageMetadata: { promptTokenCount: 1 } })]

  it("is one answer, or the list that a stream without alt=sse is", () => {
    for (const body of [
      chunks,
      [{ candidates: [{ ...said({ text: "ab" }).candidates[0], finishReason: "STOP" }] }][0]
    ]) {
      const [reply] = whole(newReply("seed0000"), body) ?? []
      expect(reply === undefined ? undefined : conclude(reply, options(), endings)).toMatchObject({
        message: { content: [{ type: "text", text: "ab" }] },
        finishReason: "stop"
      })
    }
  })

  it.each([[{}], [[]], [null], ["text"], [{ choices: [] }], [{ candidates: [] }]])("is none: %j", (body) => {
    expect(whole(newReply("seed0000"), body)).toBeUndefined()
  })
})

describe("an event", () => {
  it("of whatever form throws nothing and loses nothing", () => {
    const anything = fc.anything({ withNullPrototype: true })
    const chunk = fc.record(
      {
        candidates: fc.oneof(
          anything,
          fc.array(
            fc.record(
              {
                content: fc.record({ parts: fc.oneof(anything, fc.array(part)) }, { requiredKeys: [] }),
                finishReason: anything
              },
              { requiredKeys: [] }
            )
          )
        ),
        usageMetadata: anything,
        promptFeedback: anything
      },
      { requiredKeys: [] }
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(anything, chunk), { maxLength: 6 }), (chunks) => {
        const [reply, told] = stepped(said({ text: "kept" }), ...chunks)
        expect(reply.parts[0]).toMatchObject({ type: "text" })
        expect(told[0]).toEqual({ type: "text", delta: "kept" })
      })
    )
  })

  it("of code, media and tools of Google's own is passed over", () => {
    const odd = [
      { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "QQ==" },
      { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1" } },
      { inlineData: { mimeType: "image/png", data: "AAAA" } },
      { toolCall: { toolType: "GOOGLE_SEARCH_WEB", id: "t" } },
      { toolResponse: { id: "t" } },
      {}
    ]
    expect(content(said({ text: "a" }, ...odd, { text: "b" }))).toEqual([{ type: "text", text: "ab" }])
  })
})

const nonsense = fc.anything()
const part: fc.Arbitrary<unknown> = fc.oneof(
  nonsense,
  fc.record(
    {
      text: fc.oneof(fc.string(), nonsense),
      thought: fc.oneof(fc.boolean(), nonsense),
      thoughtSignature: nonsense,
      functionCall: fc.record(
        {
          name: fc.oneof(fc.string(), nonsense),
          args: nonsense,
          id: nonsense,
          willContinue: nonsense,
          partialArgs: fc.array(
            fc.record(
              {
                jsonPath: fc.oneof(fc.string(), fc.constant("$.a[0]['b']"), nonsense),
                stringValue: nonsense,
                numberValue: nonsense
              },
              { requiredKeys: [] }
            )
          )
        },
        { requiredKeys: [] }
      )
    },
    { requiredKeys: [] }
  )
)

describe("on the wire", () => {
  it.each(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"])(
    "a reply that ends with %s is tried again, and tells what the server said of it",
    async (finishReason) => {
      await using server = await wireServer()
      const candidates = [{ finishReason, finishMessage: "Malformed function call: print(" }]
      server.answer = { body: `data: ${JSON.stringify({ ...said({ text: "x" }), candidates })}\n\n` }
      const result = await Effect.runPromise(
        Effect.result(Stream.runDrain(gemini(options({ baseUrl: server.url })).respond(ask())))
      )
      expect(result).toMatchObject({
        failure: { reason: { kind: "truncated" }, detail: "Malformed function call: print(", retryable: true }
      })
    }
  )

  const send = async (more: Partial<DialectOptions>) => {
    await using server = await wireServer()
    server.answer = { body: speaker.say({ text: "hi" }) }
    const baseUrl = `${server.url}/v1beta/`
    await Effect.runPromise(Stream.runDrain(gemini(options({ baseUrl, ...more })).respond(ask())))
    return server.received[0]!
  }

  it("what comes after the end is waited for", async () => {
    await using server = await wireServer()
    const chunks = [said({ text: "x" }), stop(), { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1 } }]
    server.answer = { body: chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("") }
    const told = await Effect.runPromise(Stream.runCollect(gemini(options({ baseUrl: server.url })).respond(ask())))
    expect(told.at(-1)).toMatchObject({ type: "finished", usage: { input: 5, output: 1 } })
  })

  it("the key stands in its header and never in the address", async () => {
    const { path, headers } = await send({ apiKey: " secret-key\n" })
    expect(path).toBe("/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse")
    expect(headers["x-goog-api-key"]).toBe("secret-key")
    expect(headers).not.toHaveProperty("authorization")
  })

  it("a token that is fetched is a bearer's where the provider says so", async () => {
    const quirks = { keyHeader: "authorization" } as const
    const { headers } = await send({ quirks, token: async () => Promise.resolve("ya29.token") })
    expect(headers.authorization).toBe("Bearer ya29.token")
    expect(headers).not.toHaveProperty("x-goog-api-key")
  })

  it("names with a slash say themselves what they are, and cannot leave their place", async () => {
    expect((await send({ model: "tunedModels/mine" })).path).toBe(
      "/v1beta/tunedModels/mine:streamGenerateContent?alt=sse"
    )
    expect((await send({ model: "a?b#c" })).path).toBe("/v1beta/models/a%3Fb%23c:streamGenerateContent?alt=sse")
  })
})
