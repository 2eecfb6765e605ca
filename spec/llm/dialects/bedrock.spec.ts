import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { toBody } from "../../../llm/dialects/bedrock-body.ts"
import { frames } from "../../../llm/dialects/bedrock-frames.ts"
import { endings, step } from "../../../llm/dialects/bedrock-step.ts"
import { bedrock } from "../../../llm/dialects/bedrock.ts"
import { conclude } from "../../../llm/dialects/conclude.ts"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import type { Message } from "../../../llm/message.ts"
import type { ModelRequest } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { wireServer } from "../wire-server.ts"
import { converse, eventFrame, exceptionFrame, frame } from "./bedrock.speaker.ts"
import { answer, assistant, call, history, nonsense, options, png, stepped, user } from "./histories.ts"

describe("as a model", () => {
  modelContract(bedrock, converse)
})

const claude = "us.anthropic.claude-sonnet-4-6"
const point = { cachePoint: { type: "default" } }
const tool = { name: "read", description: "Reads.", parameters: { type: "object", properties: {} } }

const body = (request: Partial<ModelRequest>, model = "mistral.large", more: Partial<DialectOptions> = {}) =>
  toBody(options({ model, ...more }), { ...ask(), ...request })

describe("the body", () => {
  const turns = (...messages: ReadonlyArray<Message>) => body({ messages }).messages

  it("is as plain as the request", () => {
    expect(body({})).toEqual({ messages: [{ role: "user", content: [{ text: "hello" }] }] })
  })

  it("has each thing in its place", () => {
    expect(body({ system: "Be brief.", tools: [tool], maxTokens: 9, temperature: 0 })).toEqual({
      messages: [{ role: "user", content: [{ text: "hello" }] }],
      system: [{ text: "Be brief." }],
      toolConfig: {
        tools: [{ toolSpec: { name: "read", description: "Reads.", inputSchema: { json: tool.parameters } } }]
      },
      inferenceConfig: { maxTokens: 9, temperature: 0 }
    })
  })

  it("has the answers of tools in the user's next turn, by the ids of their calls", () => {
    expect(
      turns(
        user("a"),
        assistant([{ type: "text", text: "I" }, call("1"), call("2", { b: 1 })]),
        answer("1"),
        answer("2"),
        user("b")
      )
    ).toEqual([
      { role: "user", content: [{ text: "a" }] },
      {
        role: "assistant",
        content: [
          { text: "I" },
          { toolUse: { toolUseId: "1", name: "x", input: {} } },
          { toolUse: { toolUseId: "2", name: "x", input: { b: 1 } } }
        ]
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "1", content: [{ text: "ok" }] } },
          { toolResult: { toolUseId: "2", content: [{ text: "ok" }] } },
          { text: "b" }
        ]
      }
    ])
  })

  it("marks answers that are errors for those who read the mark, and says something where a tool said nothing", () => {
    const told = [user("a"), assistant([call("1")]), answer("1", [], false)]
    const result = (model: string) => body({ messages: told }, model).messages.at(-1)?.content[0]
    expect(result("meta.llama")).toEqual({ toolResult: { toolUseId: "1", content: [{ text: "(nothing)" }] } })
    for (const model of [claude, "amazon.nova-lite-v1:0"])
      expect(result(model)).toMatchObject({ toolResult: { status: "error" } })
  })

  it("shows images, the user's and those of answers, and says what it cannot show", () => {
    const picture = { image: { format: "png", source: { bytes: "AAAA" } } }
    const [first, , last] = turns(
      user("see", png),
      assistant([call("1")]),
      answer("1", [png, { ...png, mime: "image/tiff" }])
    )
    expect(first?.content).toEqual([{ text: "see" }, picture])
    expect(last?.content[0]).toEqual({
      toolResult: {
        toolUseId: "1",
        content: [picture, { text: "[image/tiff image: this model takes JPEG, PNG, GIF and WebP]" }]
      }
    })
  })

  it("sends thinking back as it was signed or sealed, and what is neither not at all", () => {
    const thought = (providerMeta: Record<string, unknown>) => ({ type: "thinking", text: "hm", providerMeta }) as const
    const [, said] = turns(
      user("a"),
      assistant([thought({ signature: "s" }), thought({ redacted: "AAAA" }), thought({}), call("1")]),
      answer("1")
    )
    expect(said?.content.slice(0, -1)).toEqual([
      { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
      { reasoningContent: { redactedContent: "AAAA" } }
    ])
  })

  it("offers a tool to a conversation with calls when no other is offered: it would be refused", () => {
    expect(body({ messages: [user("a"), assistant([call("1")]), answer("1")] }).toolConfig?.tools).toHaveLength(1)
    expect(body({ messages: [user("a")] })).not.toHaveProperty("toolConfig")
  })

  it.each([
    [claude, { system: true, tools: true, messages: true }],
    [
      "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0",
      { system: true, tools: true, messages: true }
    ],
    ["anthropic.claude-3-5-haiku-20241022-v1:0", { system: true, tools: true, messages: true }],
    ["anthropic.claude-3-5-sonnet-20240620-v1:0", { system: false, tools: false, messages: false }],
    ["anthropic.claude-3-haiku-20240307-v1:0", { system: false, tools: false, messages: false }],
    ["us.amazon.nova-pro-v1:0", { system: true, tools: false, messages: true }],
    ["openai.gpt-oss-120b-1:0", { system: false, tools: false, messages: false }],
    ["arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", { system: false, tools: false, messages: false }]
  ])("marks for the prompt cache of %s only what it may: %j", (model, caches) => {
    const marked = body(
      { system: "s", tools: [tool], messages: [user("a"), assistant([call("1")]), answer("1")] },
      model
    )
    expect({
      system: marked.system?.at(-1),
      tools: marked.toolConfig?.tools.at(-1),
      messages: marked.messages.at(-1)?.content.at(-1)
    }).toEqual({
      system: caches.system ? point : { text: "s" },
      tools: caches.tools ? point : expect.objectContaining({ toolSpec: expect.anything() }),
      messages: caches.messages ? point : { toolResult: { toolUseId: "1", content: [{ text: "ok" }] } }
    })
    expect(JSON.stringify(marked).split("cachePoint")).toHaveLength(1 + Object.values(caches).filter(Boolean).length)
  })

  it.each([
    ["us.anthropic.claude-sonnet-4-6", "high", { thinking: { type: "adaptive" }, output_config: { effort: "high" } }],
    [
      "us.anthropic.claude-opus-4-7",
      "low",
      { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } }
    ],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "low", { thinking: { type: "enabled", budget_tokens: 2048 } }],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "none", undefined],
    ["us.amazon.nova-2-lite-v1:0", "medium", { reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" } }],
    ["us.amazon.nova-2-lite-v1:0", "none", undefined],
    ["us.amazon.nova-pro-v1:0", "high", undefined],
    ["openai.gpt-oss-120b-1:0", "none", { reasoning_effort: "low" }],
    ["qwen.qwen3-32b-v1:0", "high", { reasoning_config: "high" }],
    ["meta.llama4-maverick", "high", undefined]
  ] as const)("asks %s to think %s in its maker's words", (model, reasoning, expected) => {
    expect(body({ reasoning }, model).additionalModelRequestFields).toEqual(expected)
    expect(body({ reasoning }, model, { info: { reasoning: false } }).additionalModelRequestFields).toBeUndefined()
    expect(body({}, model).additionalModelRequestFields).toBeUndefined()
  })

  it("asks for no budget in a turn that began without thinking, and for no temperature beside thinking", () => {
    const old = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    const running = [user("a"), assistant([call("1")]), answer("1")]
    expect(body({ messages: running, reasoning: "high" }, old).additionalModelRequestFields).toBeUndefined()
    expect(body({ reasoning: "low", temperature: 0.5 }, old).inferenceConfig).toBeUndefined()
    expect(body({ temperature: 0.5 }, old).inferenceConfig).toEqual({ temperature: 0.5 })
    expect(body({ temperature: 0.5 }, "us.anthropic.claude-opus-4-7").inferenceConfig).toBeUndefined()
    const nova = "us.amazon.nova-2-lite-v1:0"
    expect(body({ reasoning: "high", temperature: 0.5, maxTokens: 9 }, nova).inferenceConfig).toBeUndefined()
    expect(body({ reasoning: "low", maxTokens: 9 }, nova).inferenceConfig).toEqual({ maxTokens: 9 })
  })

  it("obeys the API's rules, whatever the conversation", () => {
    fc.assert(
      fc.property(history, fc.constantFrom("mistral.large", claude), (messages, model) => {
        const { messages: turns, toolConfig } = body({ messages }, model)
        expect(turns.map(({ role }) => role)).toEqual(turns.map((_, at) => (at % 2 === 0 ? "user" : "assistant")))
        turns.forEach(({ content }, at) => {
          expect(content.length).toBeGreaterThan(0)
          const made = content.flatMap((block) => ("toolUse" in block ? [block.toolUse.toolUseId] : []))
          const next = turns[at + 1]?.content ?? []
          expect(next.flatMap((block) => ("toolResult" in block ? [block.toolResult.toolUseId] : []))).toEqual(made)
          for (const id of made) expect(id).toMatch(/^[\w-]{1,64}$/)
          if (made.length > 0) expect(toolConfig?.tools.length).toBeGreaterThan(0)
          for (const block of content) {
            if ("text" in block) expect(block.text.trim()).not.toBe("")
            if ("toolUse" in block) expect(block.toolUse.input).toBeTypeOf("object")
            if ("toolResult" in block) expect(block.toolResult.content.length).toBeGreaterThan(0)
          }
        })
      }),
      { numRuns: 200 }
    )
  })
})

describe("a stream", () => {
  const delta = (contentBlockIndex: number, inner: Record<string, unknown>) => ({
    contentBlockDelta: { contentBlockIndex, delta: inner }
  })
  const start = (contentBlockIndex: number, toolUse: Record<string, unknown>) => ({
    contentBlockStart: { contentBlockIndex, start: { toolUse } }
  })
  const stop = (stopReason: string) => ({ messageStop: { stopReason } })
  const end = (...events: ReadonlyArray<unknown>) => conclude(stepped(step, events)[0], options(), endings)

  it.each([
    ["end_turn", { finishReason: "stop" }],
    ["stop_sequence", { finishReason: "stop" }],
    ["max_tokens", { finishReason: "length" }],
    ["guardrail_intervened", { finishReason: "filtered" }],
    ["content_filtered", { finishReason: "filtered" }],
    ["model_context_window_exceeded", { kind: "context_overflow" }],
    ["malformed_tool_use", { kind: "truncated" }],
    ["malformed_model_output", { kind: "truncated" }],
    ["something_new", { finishReason: "other" }]
  ])("that stops with %s ends so: %j", (reason, expected) => {
    expect(end(delta(0, { text: "x" }), stop(reason))).toMatchObject(expected)
  })

  it("keeps what must travel back with each thought", () => {
    const ended = end(
      delta(0, { reasoningContent: { text: "hm" } }),
      delta(0, { reasoningContent: { signature: "s" } }),
      delta(1, { reasoningContent: { redactedContent: "AAAA" } }),
      delta(2, { text: "x" }),
      stop("end_turn")
    )
    expect(ended).toMatchObject({
      message: {
        content: [
          { type: "thinking", text: "hm", providerMeta: { signature: "s" } },
          { type: "thinking", text: "", providerMeta: { redacted: "AAAA" } },
          { type: "text", text: "x" }
        ]
      }
    })
  })

  it("leaves to Bedrock what its own tools do", () => {
    const ended = end(
      start(0, { name: "nova_code_interpreter", toolUseId: "t1", type: "server_tool_use" }),
      delta(0, { toolUse: { input: '{"snippet":"1"}' } }),
      { contentBlockStart: { contentBlockIndex: 1, start: { toolResult: { toolUseId: "t1" } } } },
      delta(1, { toolResult: [{ json: {} }] }),
      start(2, { name: "mine", toolUseId: "t2", type: "tool_use" }),
      delta(2, { toolUse: { input: '{"a":1}' } }),
      stop("tool_use")
    )
    expect(ended).toMatchObject({ message: { content: [{ type: "call", id: "t2", name: "mine", input: { a: 1 } }] } })
  })

  it("counts what its caches knew among the prompt, before or after the stop", () => {
    const metadata = {
      metadata: { usage: { inputTokens: 5, outputTokens: 2, cacheReadInputTokens: 100, cacheWriteInputTokens: 10 } }
    }
    const usage = { input: 115, output: 2, cacheRead: 100, cacheWrite: 10 }
    expect(end(delta(0, { text: "x" }), stop("end_turn"), metadata)).toMatchObject({ usage })
    expect(end(metadata, delta(0, { text: "x" }), stop("end_turn"))).toMatchObject({ usage })
  })

  it("may hold anything, without a throw", () => {
    const words = [
      "contentBlockStart",
      "contentBlockDelta",
      "messageStop",
      "metadata",
      "failure",
      "contentBlockIndex",
      "start",
      "delta",
      "toolUse",
      "input",
      "text",
      "reasoningContent",
      "signature",
      "usage",
      "inputTokens",
      "stopReason",
      "code",
      "message",
      "name",
      "toolUseId"
    ]
    fc.assert(
      fc.property(fc.array(nonsense(words), { maxLength: 6 }), (events) => {
        expect(() => end(...events, stop("end_turn"))).not.toThrow()
      }),
      { numRuns: 300 }
    )
  })
})

describe("a failure inside the stream", () => {
  const reasonOf = async (bytes: string) => {
    await using server = await wireServer(converse)
    server.answer = { body: bytes }
    const model = bedrock(options({ baseUrl: server.url, apiKey: "key" }))
    const result = await Effect.runPromise(Effect.result(Stream.runCollect(model.respond(ask()))))
    return Result.isFailure(result) ? result.failure : undefined
  }
  const begun = eventFrame("messageStart", { role: "assistant" })

  it.each([
    ["throttlingException", "Too many tokens, please wait before trying again.", { kind: "rate_limited" }],
    ["ThrottlingException", "Too many requests", { kind: "rate_limited" }],
    ["validationException", "Input is too long for requested model.", { kind: "context_overflow" }],
    ["validationException", "The text field is blank.", { kind: "refused", status: 400 }],
    ["modelStreamErrorException", "The stream broke.", { kind: "unavailable", status: 503 }],
    ["internalServerException", "Oh.", { kind: "unavailable", status: 500 }],
    ["serviceUnavailableException", "Later.", { kind: "unavailable", status: 503 }],
    ["modelTimeoutException", "Slow.", { kind: "unavailable", status: 408 }],
    ["accessDeniedException", "No.", { kind: "unauthorized" }],
    ["somethingNewException", "Who knows.", { kind: "unavailable" }]
  ])("%s (%s) is told as one", async (type, message, reason) => {
    expect(await reasonOf(begun + exceptionFrame(type, { message }))).toMatchObject({ reason, detail: message })
  })

  it("has the model's own words where Bedrock has them", async () => {
    const broken = exceptionFrame("modelStreamErrorException", {
      message: "m",
      originalMessage: "the model's",
      originalStatusCode: 500
    })
    expect(await reasonOf(begun + broken)).toMatchObject({ detail: "the model's" })
  })

  it("without a type of Bedrock's is one too", async () => {
    const headers = { ":message-type": "error", ":error-code": "InternalFailure", ":error-message": "It broke." }
    expect(await reasonOf(begun + frame(headers, ""))).toMatchObject({
      reason: { kind: "unavailable" },
      detail: "It broke."
    })
  })

  it("is told by a body that is no JSON as well", async () => {
    const headers = { ":message-type": "exception", ":exception-type": "internalServerException" }
    expect(await reasonOf(begun + frame(headers, "plain words"))).toMatchObject({ detail: "plain words" })
  })
})

describe("frames", () => {
  const read = async (bytes: Uint8Array, size: number): Promise<ReadonlyArray<unknown>> => {
    const pieces = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const events: Array<unknown> = []
    for await (const event of frames(pieces())) events.push(event)
    return events
  }
  const whole = Buffer.from(converse.say({ text: "Gefäß 🏺", thinking: "hm", usage: undefined }), "latin1")

  it("give the same events, wherever they are cut", async () => {
    const events = await read(whole, whole.length)
    expect(events.length).toBeGreaterThan(5)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (size) => {
        expect(await read(whole, size)).toEqual(events)
      }),
      { numRuns: 30, examples: [[1], [3], [4]] }
    )
  })

  it("are not believed when a bit of them is wrong", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: whole.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const bad = Uint8Array.from(whole)
          bad[at] = (bad[at] ?? 0) ^ (1 << bit)
          await expect(read(bad, 64)).rejects.toThrow(/checksum|no event stream|within a frame/)
        }
      ),
      { numRuns: 60 }
    )
  })

  it("that are no frames are refused before room is made for them", async () => {
    await expect(read(Uint8Array.from([0, 0, 0, 3, 1, 1, 1, 1]), 8)).rejects.toThrow("no event stream")
    await expect(read(Uint8Array.from([...whole, 255, 255, 255, 255]), 64)).rejects.toThrow("no event stream")
  })
})

describe("a request", () => {
  it("names the model in the path, however its name is written, and carries the key as bearer", async () => {
    await using server = await wireServer(converse)
    server.answer = { body: converse.say({ text: "hi" }) }
    const model = "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-4-6"
    await Effect.runPromise(
      Stream.runDrain(bedrock(options({ baseUrl: `${server.url}/`, apiKey: " key ", model })).respond(ask()))
    )
    expect(server.received[0]).toMatchObject({
      path: `/model/${encodeURIComponent(model)}/converse-stream`,
      headers: { authorization: "Bearer key" }
    })
  })
})
