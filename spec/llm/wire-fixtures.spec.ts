/** Traffic that real servers sent, served again: what our adapters make of it. It proves reading, not that requests are accepted. */
import { existsSync, readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { anthropicMessages } from "../../llm/dialects/anthropic.ts"
import type { Dialect } from "../../llm/dialects/dialect.ts"
import { openaiChat } from "../../llm/dialects/openai-chat.ts"
import { openaiResponses } from "../../llm/dialects/openai-responses.ts"
import { callsOf } from "../../llm/message.ts"
import type { ModelErrorReason } from "../../llm/model-error.ts"
import type { ModelEvent } from "../../llm/model.ts"
import { ask } from "./fakes.ts"
import { wireServer, type WireServer } from "./wire-server.ts"

const folder = new URL("../../../shared/wire-fixtures/", import.meta.url)
const isHere = existsSync(folder)

const dialects: Readonly<Record<string, Dialect>> = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  "anthropic-messages": anthropicMessages
}

interface Listed {
  readonly file: string
  readonly n: number
  readonly provider: string
  readonly dialect: string
  readonly stream: boolean
  readonly status: number | null
}

interface Recording {
  readonly kind: "http" | "chunks"
  readonly interactions: ReadonlyArray<{
    readonly status: number | null
    readonly responseHeaders: Readonly<Record<string, string>> | null
    readonly responseBody: string
  }>
}

/** By file and number: what was recorded there is a failure, and must come out as one. */
const failures: Readonly<Record<string, { readonly reason: ModelErrorReason; readonly detail: RegExp }>> = {
  // The server could not read the call that its model wrote: another try may do.
  "groq/pydantic-ai__models_test_groq_test_tool_use_failed_error_streaming.json#0": {
    reason: { kind: "truncated" },
    detail: /^Tool call validation failed/
  },
  "groq/pydantic-ai__models_test_groq_test_tool_use_failed_error_streaming_with_text.json#0": {
    reason: { kind: "truncated" },
    detail: /^Tool choice is required/
  },
  // An error with the code 400 between the chunks.
  "openrouter/pydantic-ai__models_test_openrouter_test_openrouter_stream_error.json#0": {
    reason: { kind: "refused", status: 400 },
    detail: /^Token limit reached$/
  },
  "openai/vercel-ai__openai_responses_openai-error.1.chunks.json#0": {
    reason: { kind: "quota_exceeded" },
    detail: /^You exceeded your current quota/
  },
  // Synthetic: its first line lacks a brace.
  "openai/vercel-ai__openai_responses_parallel-tool-call-wrapper.1.chunks.json#0": {
    reason: { kind: "truncated" },
    detail: /malformed/
  }
}

/** Nothing is left of a reply that holds only what a server's own tools did, or a refusal without words. */
const empty = new Set([
  "anthropic/vercel-ai__anthropic_anthropic-refusal.chunks.json#0",
  "openai/pydantic-ai__test_tool_search_test_openai_client_tool_search_streaming.json#0",
  "openai/vercel-ai__openai_responses_openai-apply-patch-tool-delete.1.chunks.json#0",
  "openai/vercel-ai__openai_responses_openai-apply-patch-tool.1.chunks.json#0",
  "openai/vercel-ai__openai_responses_openai-custom-tool.1.chunks.json#0"
])

const read = <Content>(file: string): Content => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Content

/** Chunks were recorded without their framing. */
const frame = (line: string): string => {
  const [type] = /(?<="type":")[\w.]+/.exec(line) ?? []
  return `${type === undefined ? "" : `event: ${type}\n`}data: ${line}\n\n`
}

const listed = isHere
  ? read<ReadonlyArray<Listed>>("index.json").filter(({ stream, dialect }) => stream && dialect in dialects)
  : []
const files = Map.groupBy(listed, ({ file }) => file)

describe.skipIf(!isHere)("recorded streams (needs ../shared/wire-fixtures)", () => {
  let server: WireServer
  beforeAll(async () => {
    server = await wireServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const replay = async ({ dialect, provider, file, n }: Listed) => {
    const { kind, interactions } = read<Recording>(file)
    const { status, responseBody, responseHeaders } = interactions[n] ?? {
      status: null,
      responseBody: "",
      responseHeaders: null
    }
    const type = responseHeaders?.["content-type"] ?? "text/event-stream"
    server.answer = {
      status: status ?? 200,
      headers: { "content-type": type },
      body:
        kind === "http"
          ? responseBody
          : responseBody
              .split("\n")
              .filter((line) => line !== "")
              .map(frame)
              .join("")
    }
    const model = dialects[dialect]?.({
      id: `${provider}/recorded`,
      provider,
      model: "recorded",
      baseUrl: server.url,
      apiKey: "none needed",
      variables: [],
      quirks: {},
      info: {},
      timeouts: { connect: 9_000, idle: 9_000, total: 9_000 }
    })
    return Effect.runPromise(Effect.result(Stream.runCollect(model?.respond(ask()) ?? Stream.empty)))
  }

  it("are all there", () => {
    expect(listed.length).toBeGreaterThanOrEqual(334)
    const known = new Set(listed.map(({ file, n }) => `${file}#${n}`))
    for (const key of [...Object.keys(failures), ...empty]) expect(known, key).toContain(key)
  })

  it.each([...files.keys()])("%s", async (file) => {
    for (const entry of files.get(file) ?? []) {
      const result = await replay(entry)
      const key = `${file}#${entry.n}`
      const failure = failures[key]
      if (failure === undefined) check(Result.getOrThrow(result), key)
      else {
        expect(result).toMatchObject({ _tag: "Failure" })
        if (Result.isFailure(result))
          expect(result.failure).toMatchObject({
            reason: failure.reason,
            detail: expect.stringMatching(failure.detail)
          })
      }
    }
  })
})

const check = (all: ReadonlyArray<ModelEvent>, key: string): void => {
  // A server that began again said its first words in vain.
  const events = all.slice(all.findLastIndex(({ type }) => type === "retrying") + 1)
  const last = events.at(-1)
  if (last?.type !== "finished") throw new Error(`ended with ${JSON.stringify(last)}`)
  const { message, usage } = last
  const calls = callsOf(message)
  const call = { id: expect.stringMatching(/./), name: expect.stringMatching(/./), input: expect.any(Object) }
  expect(calls).toMatchObject(calls.map(() => call))
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length)
  expect(events.filter(({ type }) => type === "call.started")).toHaveLength(calls.length)
  // Every one of these servers counted.
  expect(usage?.input).toBeGreaterThan(0)
  expect(last.finishReason === "calls").toBe(calls.length > 0)
  for (const type of ["text", "thinking"] as const) {
    const told = events.flatMap((event) => (event.type === type ? [event.delta] : []))
    const whole = message.content.flatMap((block) => (block.type === type ? [block.text] : []))
    expect(whole.join("")).toBe(told.join(""))
  }
  expect(message.content.length === 0).toBe(empty.has(key))
}
