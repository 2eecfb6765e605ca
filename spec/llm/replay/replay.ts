/** One recording through the adapter of its dialect, and where what comes out differs from what it says. */
import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { anthropicMessages } from "../../../llm/dialects/anthropic.ts"
import { bedrock } from "../../../llm/dialects/bedrock.ts"
import { cohere } from "../../../llm/dialects/cohere.ts"
import type { Dialect, DialectOptions } from "../../../llm/dialects/dialect.ts"
import { gemini } from "../../../llm/dialects/gemini.ts"
import { openaiChat } from "../../../llm/dialects/openai-chat.ts"
import { openaiResponses } from "../../../llm/dialects/openai-responses.ts"
import { callsOf, textOf } from "../../../llm/message.ts"
import type { ModelError } from "../../../llm/model-error.ts"
import type { ModelEvent } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { flow } from "../flow.ts"
import { expectedFailures, readingOf } from "./expected.ts"
import { orderOf, type Reading } from "./reading.ts"
import type { Recording } from "./recordings.ts"
import { dialectOf, quirksFor } from "./registered.ts"

const dialects: Readonly<Record<ReturnType<typeof dialectOf>, Dialect>> = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  anthropic: anthropicMessages,
  gemini,
  bedrock,
  cohere
}

/** Answers a request with a recording. */
const answering =
  ({ status, headers, body }: Recording, pieces: ReadonlyArray<Uint8Array>): DialectOptions["fetch"] =>
  async () =>
    new Response(pieces.length === 0 ? new Uint8Array(body) : flow(pieces), { status, headers })

export type Outcome = Result.Result<ReadonlyArray<ModelEvent>, ModelError>

/** @param pieces How the body comes; default: at once. */
export const play = (
  recording: Recording,
  pieces: ReadonlyArray<Uint8Array> = [],
  more: Partial<DialectOptions> = {}
): Promise<Outcome> => {
  const model = dialects[dialectOf(recording)]({
    id: `${recording.provider}/${recording.model}`,
    provider: recording.provider,
    model: recording.model,
    baseUrl: "https://recorded.invalid/v1",
    apiKey: "none needed",
    variables: [],
    quirks: quirksFor(recording),
    info: {},
    timeouts: { connect: 9_000, idle: 9_000, total: 9_000 },
    fetch: answering(recording, pieces),
    ...more
  })
  return Effect.runPromise(Effect.result(Stream.runCollect(model.respond(ask()))))
}

/** Each a line for people; none when the adapter reads what was said. */
export const differences = (recording: Recording, outcome: Outcome): ReadonlyArray<string> => {
  const expected = expectedFailures[recording.name]
  if (expected !== undefined) {
    if (Result.isSuccess(outcome)) return ["is a failure, and was read as a reply"]
    const { reason, detail = "" } = outcome.failure
    return [
      ...differing("reason", expected.reason, reason),
      ...(expected.detail.test(detail) ? [] : [`detail: ${expected.detail} does not match ${shown(detail)}`])
    ]
  }
  if (Result.isFailure(outcome)) return [`failed: ${outcome.failure.message}`]
  const told = toldIn(outcome.success)
  return typeof told === "string" ? [told] : compared(readingOf(recording), told)
}

/** @returns Differences; an adapter that dies of a recording is one. */
export const replay = async (recording: Recording): Promise<ReadonlyArray<string>> => {
  try {
    return differences(recording, await play(recording))
  } catch (bug) {
    return [`died of it: ${bug instanceof Error ? bug.stack : String(bug)}`]
  }
}

const compared = (said: Reading, told: Reading): ReadonlyArray<string> => [
  ...differing("text", said.text, told.text),
  ...differing("thinking", said.thinking, told.thinking),
  ...differing("calls", said.calls, withoutOwnIds(said, told)),
  ...(said.order === undefined ? [] : differing("order", said.order, told.order)),
  ...differing("usage", said.usage, told.usage),
  ...differing("cost", said.cost, told.cost),
  ...differing("finish", said.finish, told.finish)
]

/** Where the server gave no id, ours are as good as any. */
const withoutOwnIds = (said: Reading, told: Reading): Reading["calls"] =>
  told.calls.map((call, at) => (said.calls[at]?.id === "" ? { ...call, id: "" } : call))

/** What an adapter told, in the words of a reading; a text says how it contradicts itself. */
export const toldIn = (all: ReadonlyArray<ModelEvent>): Reading | string => {
  // A server that began again said its first words in vain.
  const events = all.slice(all.findLastIndex(({ type }) => type === "retrying") + 1)
  const last = events.at(-1)
  if (last?.type !== "finished") return `ended with ${shown(last)}`
  const { message, usage, cost, finishReason } = last
  const thinking = message.content.flatMap((block) => (block.type === "thinking" ? [block.text] : [])).join("")
  const calls = callsOf(message).map(({ id, name, input }) => ({ id, name, input }))
  if (joined(events, "text") !== textOf(message)) return "streamed another text than it told in the end"
  if (joined(events, "thinking") !== thinking) return "streamed other thinking than it told in the end"
  const started = events.flatMap((event) => (event.type === "call.started" ? [`${event.id} ${event.name}`] : []))
  if (
    !isDeepStrictEqual(
      started,
      calls.map(({ id, name }) => `${id} ${name}`)
    )
  )
    return "started other calls than it made"
  if (new Set(["", ...calls.map(({ id }) => id)]).size <= calls.length) return "gave calls no ids of their own"
  return {
    text: textOf(message),
    thinking,
    calls,
    order: orderOf(message.content.map((block) => [block.type, block.type === "call" ? "." : block.text])),
    ...(usage === undefined ? {} : { usage }),
    ...(cost === undefined ? {} : { cost }),
    finish: finishReason
  }
}

const joined = (events: ReadonlyArray<ModelEvent>, type: "text" | "thinking"): string =>
  events.flatMap((event) => (event.type === type ? [event.delta] : [])).join("")

const shown = (value: unknown, from = 0): string => {
  const text = JSON.stringify(value) ?? "nothing"
  const cut = text.slice(from, from + 120)
  return `${from > 0 ? "…" : ""}${cut}${from + 120 < text.length ? "…" : ""}`
}

/** Shows both from a little before the place where they part. */
const differing = (what: string, said: unknown, told: unknown): ReadonlyArray<string> => {
  if (isDeepStrictEqual(said, told)) return []
  const [left, right] = [JSON.stringify(said) ?? "", JSON.stringify(told) ?? ""]
  const parting = [...left].findIndex((letter, at) => letter !== right[at])
  const from = Math.max(0, (parting === -1 ? left.length : parting) - 30)
  return [`${what}: recorded ${shown(said, from)}, read ${shown(told, from)}`]
}
