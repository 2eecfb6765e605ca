import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { endings, step } from "../../../llm/dialects/bedrock-step.ts"
import { bedrock } from "../../../llm/dialects/bedrock.ts"
import { conclude } from "../../../llm/dialects/conclude.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { wireServer } from "../wire-server.ts"
import { converse, eventFrame, exceptionFrame, frame } from "./bedrock.speaker.ts"
import { nonsense, options, stepped } from "./histories.ts"

describe("as a model", () => {
  modelContract(bedrock, converse)
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
    ["ValidationException", "The text field is blank.", { kind: "refused", status: 400 }],
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
