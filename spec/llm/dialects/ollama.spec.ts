import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { conclude } from "../../../llm/dialects/conclude.ts"
import { endings, step } from "../../../llm/dialects/ollama-step.ts"
import { ollama } from "../../../llm/dialects/ollama.ts"
import type { Message } from "../../../llm/message.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { wireServer } from "../wire-server.ts"
import { nonsense, options, png, stepped, user } from "./histories.ts"
import { ollamaChat } from "./ollama.speaker.ts"

describe("as a model", () => {
  modelContract(ollama, ollamaChat)
})

const end = (...lines: ReadonlyArray<unknown>) => conclude(stepped(step, lines)[0], options(), endings)
const done = (more: Record<string, unknown> = {}) => ({
  message: { role: "assistant", content: "" },
  done: true,
  done_reason: "stop",
  ...more
})

describe("a stream", () => {
  it.each([
    [{ done_reason: "stop" }, { finishReason: "stop" }],
    [{ done_reason: undefined }, { finishReason: "stop" }],
    [{ done_reason: "length" }, { finishReason: "length" }],
    [{ done_reason: "load" }, { kind: "truncated" }],
    [{ done_reason: "unload" }, { kind: "truncated" }],
    [{ done_reason: "something new" }, { finishReason: "other" }]
  ])("that is done with %j ends so: %j", (more, expected) => {
    expect(end({ message: { content: "x" }, done: false }, done(more))).toMatchObject(expected)
  })

  it("may be one line", () => {
    const message = {
      role: "assistant",
      content: "hi",
      thinking: "hm",
      tool_calls: [{ function: { name: "a", arguments: {} } }]
    }
    expect(end(done({ message, prompt_eval_count: 4, eval_count: 2 }))).toMatchObject({
      message: {
        content: [
          { type: "thinking", text: "hm" },
          { type: "text", text: "hi" },
          { type: "call", id: "seed00002", name: "a", input: {} }
        ]
      },
      usage: { input: 4, output: 2 },
      finishReason: "calls"
    })
  })

  it("gives calls without ids one each, and keeps what thinking and text take turns", () => {
    const say = (message: Record<string, unknown>) => ({ message, done: false })
    const two = {
      tool_calls: [{ function: { name: "a", arguments: { x: 1 } } }, { function: { name: "a", arguments: { x: 1 } } }]
    }
    const ended = end(say({ thinking: "1" }), say({ content: "2" }), say({ thinking: "3" }), say(two), done())
    if (!("type" in ended)) throw new Error(JSON.stringify(ended))
    expect(
      ended.message.content.map((block) => (block.type === "call" ? block.id : `${block.type} ${block.text}`))
    ).toEqual(["thinking 1", "text 2", "thinking 3", "seed00003", "seed00004"])
  })

  it("that breaks off behind its first line is no refusal, whatever that line says", async () => {
    await using server = await wireServer()
    server.answer = {
      body: `${JSON.stringify({ message: { content: "You exceeded your current quota" }, done: false })}\n`
    }
    const model = ollama(options({ baseUrl: server.url }))
    const result = await Effect.runPromise(Effect.result(Stream.runCollect(model.respond(ask()))))
    expect(result).toMatchObject({ failure: { reason: { kind: "truncated" } } })
  })

  it("may hold anything, without a throw", () => {
    const words = [
      "message",
      "content",
      "thinking",
      "tool_calls",
      "function",
      "name",
      "arguments",
      "id",
      "done",
      "done_reason",
      "error",
      "prompt_eval_count",
      "eval_count",
      "asked",
      "window",
      "length"
    ]
    fc.assert(
      fc.property(fc.array(nonsense(words), { maxLength: 6 }), (lines) => {
        expect(() => end(...lines, done())).not.toThrow()
      }),
      { numRuns: 300 }
    )
  })
})

describe("a conversation that was cut in silence", () => {
  const isCut = (input: number | undefined, asked: Record<string, unknown>) => {
    const last = done({ prompt_eval_count: input, eval_count: 1, asked })
    return stepped(step, [{ message: { content: "x" } }, last])[0].error !== undefined
  }

  it.each([
    ["fills the window", 4096, { window: 4096, length: 5000 }],
    ["fills it but for one", 4095, { window: 4096, length: 5000 }],
    ["is half of what could not have fitted", 2000, { window: 4096, length: 40_000 }]
  ])("is known by a prompt that %s", (_, input, asked) => {
    expect(isCut(input, asked)).toBe(true)
  })

  it.each([
    ["fits", 4000, { window: 4096, length: 16_000 }],
    ["is short of what was sent, which may have fitted", 10, { window: 4096, length: 16_000 }],
    ["is much, of letters that are cheap", 6000, { window: 8192, length: 40_000 }],
    ["was not counted", undefined, { window: 4096, length: 999_999 }],
    ["was not counted either", 0, { window: 4096, length: 999_999 }],
    ["had all the room there is", 4096, { window: undefined, length: 999_999 }],
    ["nobody measured", 4096, {}]
  ])("is not taken for one when it %s", (_, input, asked) => {
    expect(isCut(input, asked)).toBe(false)
  })

  it("is measured by what was sent, images apart", async () => {
    await using server = await wireServer()
    server.answer = {
      body: ollamaChat.say({ text: "hi", usage: { input: 900, output: 1, cacheRead: 0, cacheWrite: 0 } })
    }
    const model = ollama(options({ baseUrl: server.url, info: { contextWindow: 1000 } }))
    const outcome = async (message: Message) => {
      const request = { ...ask(), messages: [message] }
      const result = await Effect.runPromise(Effect.result(Stream.runCollect(model.respond(request))))
      return Result.isFailure(result) ? result.failure : "told"
    }
    expect(await outcome(user("x".repeat(8_000)))).toMatchObject({
      reason: { kind: "context_overflow" },
      detail: expect.stringContaining("window of 1000 tokens")
    })
    expect(await outcome(user("x".repeat(3_000)))).toBe("told")
    expect(await outcome(user("see", { ...png, data: "A".repeat(90_000) }))).toBe("told")
  })

  it("is refused by servers that can: their words are known", async () => {
    await using server = await wireServer()
    const model = ollama(options({ baseUrl: server.url }))
    for (const error of [
      "the prompt is longer than the context length currently available to the model; shorten the prompt, or use a model with a longer context length",
      "prompt too long; exceeded max context length by 17 tokens",
      "input length exceeds the context length"
    ]) {
      server.answer = { status: 400, headers: { "content-type": "application/json" }, body: JSON.stringify({ error }) }
      const result = await Effect.runPromise(Effect.result(Stream.runCollect(model.respond(ask()))))
      expect(result).toMatchObject({ failure: { reason: { kind: "context_overflow" } } })
    }
  })
})
