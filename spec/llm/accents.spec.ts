/** The table of accents of Chat Completions: what each provider sends, and what it is read as. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { conclude } from "../../llm/dialects/conclude.ts"
import { endings, step } from "../../llm/dialects/openai-chat-step.ts"
import { openaiChat } from "../../llm/dialects/openai-chat.ts"
import { newReply, type Step } from "../../llm/dialects/reply.ts"
import type { ModelEvent } from "../../llm/model.ts"
import { speaking } from "./bodies.ts"
import { ask } from "./fakes.ts"
import { wireServer } from "./wire-server.ts"

type Json = Readonly<Record<string, unknown>>

interface Reading {
  /** Chunks as that provider sends them. */
  readonly chunks: ReadonlyArray<unknown>
  /** What the listener is told. */
  readonly told?: ReadonlyArray<ModelEvent>
  /** Of the finished reply. */
  readonly finished?: Json
}

const delta = (fields: Json, more: Json = {}): Json => ({ choices: [{ index: 0, delta: fields, ...more }] })
const tool = (...entries: ReadonlyArray<Json>): Json => delta({ tool_calls: entries })
const thinking = [{ type: "thinking", delta: "hm" }] as const
const counts = { prompt_tokens: 9, completion_tokens: 3 }
const counted = { usage: { input: 9, output: 3, cacheRead: 0, cacheWrite: 0 } }
const cached = { usage: { input: 9, output: 3, cacheRead: 5, cacheWrite: 0 } }
const two = {
  message: {
    content: [
      { id: "a", name: "x", input: { n: 1 } },
      { name: "y", input: {} }
    ]
  },
  finishReason: "calls"
}

const readings: Readonly<Record<string, Readonly<Record<string, Reading>>>> = {
  "counts of tokens": {
    "in a last chunk without choices (OpenAI)": {
      chunks: [delta({ content: "a" }), { choices: [], usage: counts }],
      finished: counted
    },
    "in the last chunk with choices (DeepSeek)": {
      chunks: [{ ...delta({ content: "a" }), usage: counts }],
      finished: counted
    },
    "in the choice (Moonshot)": { chunks: [delta({ content: "a" }, { usage: counts })], finished: counted },
    "in x_groq (Groq)": { chunks: [{ ...delta({ content: "a" }), x_groq: { usage: counts } }], finished: counted },
    "in every chunk, the last of which counts (Perplexity)": {
      chunks: [
        { ...delta({ content: "a" }), usage: { ...counts, completion_tokens: 1 } },
        { ...delta({}), usage: counts }
      ],
      finished: counted
    }
  },
  "tokens from the cache": {
    "in prompt_tokens_details (OpenAI)": {
      chunks: [{ usage: { ...counts, prompt_tokens_details: { cached_tokens: 5 } } }],
      finished: cached
    },
    "as prompt_cache_hit_tokens (DeepSeek)": {
      chunks: [{ usage: { ...counts, prompt_cache_hit_tokens: 5, prompt_cache_miss_tokens: 4 } }],
      finished: cached
    },
    "as cached_tokens (Kimi)": { chunks: [{ usage: { ...counts, cached_tokens: 5 } }], finished: cached },
    "and into it, with the price (OpenRouter)": {
      chunks: [
        { usage: { ...counts, cost: 0.01, prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 2 } } }
      ],
      finished: { usage: { input: 9, output: 3, cacheRead: 5, cacheWrite: 2 }, cost: 0.01 }
    }
  },
  reasoning: {
    "as reasoning_content (DeepSeek, xAI, llama.cpp)": {
      chunks: [delta({ reasoning_content: "hm", content: null })],
      told: thinking
    },
    "as reasoning (Groq)": { chunks: [delta({ reasoning: "hm", channel: "analysis" })], told: thinking },
    "as reasoning_text (Copilot)": { chunks: [delta({ reasoning_text: "hm" })], told: thinking },
    "as reasoning_details beside reasoning, once (OpenRouter)": {
      chunks: [delta({ reasoning: "hm", reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }] })],
      told: thinking
    },
    "in two fields at once, once (Chutes)": {
      chunks: [delta({ reasoning: "hm", reasoning_content: "hm" })],
      told: thinking
    },
    "as a part of the content (Mistral)": {
      chunks: [delta({ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] })],
      told: thinking
    }
  },
  "content as a list": {
    "of texts (Mistral, Databricks)": {
      chunks: [
        delta({
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" }
          ]
        })
      ],
      told: [
        { type: "text", delta: "a" },
        { type: "text", delta: "b" }
      ]
    }
  },
  calls: {
    "without an index (Gemini, Mistral)": {
      chunks: [
        tool({ id: "a", function: { name: "x", arguments: '{"n":' } }),
        tool({ id: "a", function: { arguments: "1}" } }),
        tool({ id: "b", function: { name: "y", arguments: "{}" } })
      ],
      finished: two
    },
    "all at index 0 (Ollama)": {
      chunks: [
        tool({ index: 0, id: "a", function: { name: "x", arguments: '{"n":1}' } }),
        tool({ index: 0, id: "b", function: { name: "y", arguments: "{}" } })
      ],
      finished: two
    },
    "without an id (gpt-oss on Ollama, Alibaba)": {
      chunks: [tool({ index: 0, id: "", function: { name: "x", arguments: '{"n":1}' } })],
      finished: { message: { content: [{ id: "seed00000", name: "x", input: { n: 1 } }] } }
    },
    "in one piece (Groq, xAI)": {
      chunks: [
        tool(
          { index: 0, id: "a", function: { name: "x", arguments: '{"n":1}' } },
          { index: 1, id: "b", function: { name: "y", arguments: "" } }
        )
      ],
      told: [
        { type: "call.started", id: "a", name: "x" },
        { type: "call.delta", id: "a", delta: '{"n":1}' },
        { type: "call.started", id: "b", name: "y" }
      ],
      finished: two
    },
    "with stop as the reason (several)": {
      chunks: [
        delta(
          { tool_calls: [{ index: 0, id: "a", function: { name: "x", arguments: "{}" } }] },
          { finish_reason: "stop" }
        )
      ],
      finished: { finishReason: "calls" }
    }
  }
}

describe.each(Object.entries(readings))("reading %s", (_, rows) => {
  it.each(Object.entries(rows))("%s", (_name, { chunks, told, finished }) => {
    const [reply, events] = chunks.reduce<Step>(
      ([before, all], chunk) => {
        const [now, more] = step(before, chunk)
        return [now, [...all, ...more]]
      },
      [newReply("seed0000"), []]
    )
    if (told !== undefined) expect(events).toEqual(told)
    const end = conclude({ ...reply, ended: true }, speaking("openai-chat"), endings)
    expect(end).toMatchObject({ type: "finished", ...finished })
  })
})

describe("reading a stream", () => {
  const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`
  const text = event(delta({ content: "4" }))
  const done = "data: [DONE]\n\n"

  it.each<[string, string, Json]>([
    [
      "that never says why it ends, but counts and closes (Snowflake)",
      text + event({ choices: [], usage: counts }) + done,
      { _tag: "Success" }
    ],
    ["that ends without a reason and without counts", text + done, { failure: { reason: { kind: "truncated" } } }],
    [
      "with a call that the server could not read (Groq)",
      text + event({ error: { message: "Tool call validation failed", code: "tool_use_failed" } }),
      { failure: { reason: { kind: "truncated" }, detail: "Tool call validation failed" } }
    ],
    [
      "with an error beside a choice (OpenRouter)",
      event({
        ...delta({ content: "" }, { finish_reason: "error" }),
        error: { code: 502, message: "Provider is gone" }
      }),
      { failure: { reason: { kind: "unavailable" }, detail: "Provider is gone" } }
    ],
    [
      "with comments, an empty first chunk and padding (OpenRouter, Azure, OpenAI)",
      `: OPENROUTER PROCESSING\n\n${event({ choices: [], prompt_filter_results: [{}] })}${event({
        ...delta({ content: "4" }, { finish_reason: "stop" }),
        obfuscation: "x"
      })}${done}`,
      { _tag: "Success" }
    ]
  ])("%s", async (_, body, outcome) => {
    await using server = await wireServer()
    server.answer = { body }
    const timeouts = { connect: 9_000, idle: 9_000, total: 9_000 }
    const model = openaiChat(speaking("openai-chat", { baseUrl: server.url, timeouts }))
    expect(await Effect.runPromise(Effect.result(Stream.runCollect(model.respond(ask()))))).toMatchObject(outcome)
  })
})
