/** The contract's replies in the words of Bedrock's Converse: binary frames, written as Latin letters. */
import { EventStreamCodec } from "@smithy/core/event-streams"
import type { Usage } from "../../../llm/model.ts"
import type { Script, ServerError, Speaker } from "./speakers.ts"

type Json = Readonly<Record<string, unknown>>

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString("utf8"),
  (text) => Buffer.from(text, "utf8")
)

/** @param headers Of the frame, besides the type of its body. */
export const frame = (headers: Readonly<Record<string, string>>, body: Json | string): string =>
  Buffer.from(
    codec.encode({
      headers: Object.fromEntries(
        Object.entries({ ...headers, ":content-type": "application/json" }).map(([name, value]) => [
          name,
          { type: "string" as const, value }
        ])
      ),
      body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body))
    })
  ).toString("latin1")

/** With the padding that Bedrock adds against those who measure lengths. */
export const eventFrame = (type: string, body: Json): string =>
  frame({ ":message-type": "event", ":event-type": type }, { ...body, p: "abcdef" })

export const exceptionFrame = (type: string, body: Json): string =>
  frame({ ":message-type": "exception", ":exception-type": type }, body)

/** Three characters a piece, none of them torn. */
const pieces = (text: string): ReadonlyArray<string> => text.match(/[^]{1,3}/gu) ?? []

const delta = (contentBlockIndex: number, inner: Json): string =>
  eventFrame("contentBlockDelta", { contentBlockIndex, delta: inner })

const block = (index: number, text: string, inner: (piece: string) => Json): ReadonlyArray<string> =>
  text === ""
    ? []
    : [
        ...pieces(text).map((piece) => delta(index, inner(piece))),
        eventFrame("contentBlockStop", { contentBlockIndex: index })
      ]

const frames = ({ thinking = "", text = "", calls = [], usage, finish }: Script): ReadonlyArray<string> => [
  eventFrame("messageStart", { role: "assistant" }),
  ...block(0, thinking, (piece) => ({ reasoningContent: { text: piece } })),
  ...(thinking === "" ? [] : [delta(0, { reasoningContent: { signature: "signed" } })]),
  ...block(1, text, (piece) => ({ text: piece })),
  ...calls.flatMap(({ id, name, json }, at) => [
    eventFrame("contentBlockStart", { contentBlockIndex: at + 2, start: { toolUse: { toolUseId: id, name } } }),
    ...block(at + 2, json, (piece) => ({ toolUse: { input: piece } }))
  ]),
  eventFrame("messageStop", { stopReason: stopReason(calls, finish) }),
  ...(usage === undefined ? [] : [eventFrame("metadata", { usage: counts(usage), metrics: { latencyMs: 1 } })])
]

const stopReason = (calls: ReadonlyArray<unknown>, finish: Script["finish"]): string =>
  finish === "length" ? "max_tokens" : calls.length > 0 ? "tool_use" : "end_turn"

const counts = ({ input, output, cacheRead, cacheWrite }: Usage): Json => ({
  inputTokens: input - cacheRead - cacheWrite,
  outputTokens: output,
  cacheReadInputTokens: cacheRead,
  cacheWriteInputTokens: cacheWrite,
  totalTokens: input + output
})

const types: Readonly<Record<string, string>> = {
  overloaded_error: "serviceUnavailableException",
  insufficient_quota: "throttlingException",
  rate_limit_error: "throttlingException",
  invalid_request_error: "validationException"
}

const typeOf = ({ type }: ServerError): string => types[type] ?? type

export const converse: Speaker = {
  encoding: "latin1",
  say: (script) => frames(script).join(""),
  begin: (script) => frames(script).slice(0, 9).join(""),
  whole: ({ thinking = "", text = "", calls = [], usage, finish }) => {
    const content = [
      ...(thinking === "" ? [] : [{ reasoningContent: { reasoningText: { text: thinking, signature: "signed" } } }]),
      ...(text === "" ? [] : [{ text }]),
      ...calls.map(({ id, name, json }) => ({
        toolUse: { toolUseId: id, name, input: JSON.parse(json) as unknown }
      }))
    ]
    return JSON.stringify({
      output: { message: { role: "assistant", content } },
      stopReason: stopReason(calls, finish),
      ...(usage === undefined ? {} : { usage: counts(usage) })
    })
  },
  broken: frame({ ":message-type": "event", ":event-type": "messageStart" }, "{oops"),
  beat: delta(1, { text: "" }),
  complain: (error) => exceptionFrame(typeOf(error), { message: error.message }),
  refuse: (error) => JSON.stringify({ message: error.message, code: typeOf(error) }),
  isAsked: (path) => path.endsWith("/model/model/converse-stream")
}
