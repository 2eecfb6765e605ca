/** The same reply said in each dialect's words: what the contract suite has servers say. */
import type { Usage } from "../../../llm/model.ts"

export interface Script {
  readonly thinking?: string
  readonly text?: string
  readonly calls?: ReadonlyArray<{ readonly id: string; readonly name: string; readonly json: string }>
  readonly usage?: Usage
  /** Default: for the calls, or because all is said. */
  readonly finish?: "length"
}

export interface Speaker {
  /** A whole stream. */
  readonly say: (script: Script) => string
  /** The same as one body of JSON; absent: the dialect has no such form, or a stream of one event is it. */
  readonly whole?: (script: Script) => string
  /** An error as an event of a stream. */
  readonly complain: (error: ServerError) => string
  /** The body of a refusal. */
  readonly refuse: (error: ServerError) => string
  /** What of these counts the dialect has words for; absent: all. */
  readonly counted?: (usage: Usage) => Usage
  /** Absent: text. `latin1`: what it says is bytes, each written as one letter. */
  readonly encoding?: "latin1"
  /** Some whole events of a stream without its end; absent: found by blank lines. */
  readonly begin?: (script: Script) => string
  /** An event that holds no JSON; absent: as event streams have it. */
  readonly broken?: string
  /** Says nothing and keeps a connection alive; absent: a comment. */
  readonly beat?: string
  /** Whether a stream of the model "model" is asked for; absent: its name and `stream: true` stand in the body. */
  readonly isAsked?: (path: string, body: Readonly<Record<string, unknown>>) => boolean
}

export interface ServerError {
  readonly message: string
  readonly type: string
  readonly code?: string
}

type Json = Readonly<Record<string, unknown>>

const anonymous = (data: Json): string => `data: ${JSON.stringify(data)}\n\n`
const named = (data: Json): string => `event: ${String(data.type)}\n${anonymous(data)}`

const lines = (events: ReadonlyArray<Json>, write: (data: Json) => string): string => events.map(write).join("")

/** Three characters a piece, none of them torn. */
const pieces = (text: string): ReadonlyArray<string> => text.match(/[^]{1,3}/gu) ?? []

export const chat: Speaker = {
  say: ({ thinking = "", text = "", calls = [], usage, finish }) => {
    const chunk = (delta: Json, more: Json = {}): Json => ({ id: "c1", choices: [{ index: 0, delta, ...more }] })
    const events = [
      chunk({ role: "assistant", content: "" }),
      ...pieces(thinking).map((piece) => chunk({ reasoning_content: piece })),
      ...pieces(text).map((piece) => chunk({ content: piece })),
      ...calls.flatMap(({ id, name, json }, index) => [
        chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }),
        ...pieces(json).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] }))
      ]),
      chunk({}, { finish_reason: finish ?? (calls.length > 0 ? "tool_calls" : "stop") }),
      ...(usage === undefined ? [] : [{ id: "c1", choices: [], usage: chatUsage(usage) }])
    ]
    return `: hello\n\n${lines(events, anonymous)}data: [DONE]\n\n`
  },
  whole: ({ thinking, text, calls = [], usage, finish }) => {
    const tool_calls = calls.map(({ id, name, json }) => ({
      id,
      type: "function",
      function: { name, arguments: json }
    }))
    const message = { role: "assistant", content: text, reasoning_content: thinking, tool_calls }
    const finish_reason = finish ?? (calls.length > 0 ? "tool_calls" : "stop")
    const counts = usage === undefined ? {} : { usage: chatUsage(usage) }
    return JSON.stringify({ id: "c1", choices: [{ index: 0, message, finish_reason }], ...counts })
  },
  complain: (error) => anonymous({ error }),
  refuse: (error) => JSON.stringify({ error })
}

const chatUsage = ({ input, output, cacheRead, cacheWrite }: Usage): Json => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite }
})

export const responses: Speaker = {
  say: ({ thinking = "", text = "", calls = [], usage, finish }) => {
    const items = [
      ...(thinking === "" ? [] : [(at: number) => reasoningItem(thinking, at)]),
      ...(text === "" ? [] : [(at: number) => messageItem(text, at)]),
      ...calls.map((call) => (at: number) => callItem(call, at))
    ]
    const status = finish === undefined ? "completed" : "incomplete"
    return lines(
      [
        { type: "response.created", response: { id: "r1", status: "in_progress" } },
        ...items.flatMap((item, at) => item(at)),
        {
          type: `response.${status}`,
          response: {
            id: "r1",
            status,
            incomplete_details: finish === undefined ? null : { reason: "max_output_tokens" },
            output: [],
            usage: usage === undefined ? null : responsesUsage(usage)
          }
        }
      ],
      named
    )
  },
  whole: ({ thinking = "", text = "", calls = [], usage, finish }) => {
    const reasoning = thinking === "" ? [] : [doneReasoning(thinking)]
    const message = text === "" ? [] : [doneMessage(text)]
    return JSON.stringify({
      id: "r1",
      error: null,
      status: finish === undefined ? "completed" : "incomplete",
      incomplete_details: finish === undefined ? null : { reason: "max_output_tokens" },
      output: [
        ...reasoning,
        ...message,
        ...calls.map((call, at) => ({ ...startedCall(call, at), arguments: call.json }))
      ],
      usage: usage === undefined ? null : responsesUsage(usage)
    })
  },
  complain: (error) => named({ type: "error", error, sequence_number: 2 }),
  refuse: (error) => JSON.stringify({ error })
}

const reasoningItem = (thinking: string, output_index: number): ReadonlyArray<Json> => [
  { type: "response.output_item.added", output_index, item: { type: "reasoning", id: "rs1", summary: [] } },
  { type: "response.reasoning_summary_part.added", output_index, summary_index: 0 },
  ...pieces(thinking).map((delta) => ({ type: "response.reasoning_summary_text.delta", output_index, delta })),
  { type: "response.output_item.done", output_index, item: doneReasoning(thinking) }
]

const doneReasoning = (thinking: string): Json => ({
  type: "reasoning",
  id: "rs1",
  encrypted_content: "sealed",
  summary: [{ type: "summary_text", text: thinking }]
})

const doneMessage = (text: string): Json => ({
  type: "message",
  id: "m1",
  content: [{ type: "output_text", text }]
})

const messageItem = (text: string, output_index: number): ReadonlyArray<Json> => [
  { type: "response.output_item.added", output_index, item: { type: "message", id: "m1", content: [] } },
  ...pieces(text).map((delta) => ({ type: "response.output_text.delta", output_index, content_index: 0, delta })),
  { type: "response.output_item.done", output_index, item: doneMessage(text) }
]

type Call = NonNullable<Script["calls"]>[number]

const startedCall = ({ id, name }: Call, at: number): Json => ({
  type: "function_call",
  id: `fc${at}`,
  call_id: id,
  name
})

const callItem = (call: Call, output_index: number): ReadonlyArray<Json> => {
  const { json } = call
  const item = startedCall(call, output_index)
  return [
    { type: "response.output_item.added", output_index, item: { ...item, arguments: "" } },
    ...pieces(json).map((delta) => ({ type: "response.function_call_arguments.delta", output_index, delta })),
    { type: "response.output_item.done", output_index, item: { ...item, arguments: json } }
  ]
}

const responsesUsage = ({ input, output, cacheRead, cacheWrite }: Usage): Json => ({
  input_tokens: input,
  output_tokens: output,
  input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite }
})

export const messages: Speaker = {
  say: ({ thinking = "", text = "", calls = [], usage, finish }) => {
    const blocks = [
      ...(thinking === "" ? [] : [(at: number) => thinkingBlock(thinking, at)]),
      ...(text === "" ? [] : [(at: number) => textBlock(text, at)]),
      ...calls.map((call) => (at: number) => toolBlock(call, at))
    ]
    return lines(
      [
        {
          type: "message_start",
          message: { id: "m1", content: [], usage: usage === undefined ? null : inputUsage(usage) }
        },
        { type: "ping" },
        ...blocks.flatMap((block, at) => [...block(at), { type: "content_block_stop", index: at }]),
        {
          type: "message_delta",
          delta: { stop_reason: stopReason(calls, finish) },
          usage: usage === undefined ? null : { output_tokens: usage.output }
        },
        { type: "message_stop" }
      ],
      named
    )
  },
  whole: ({ thinking = "", text = "", calls = [], usage, finish }) =>
    JSON.stringify({
      id: "m1",
      type: "message",
      content: [
        ...(thinking === "" ? [] : [{ type: "thinking", thinking, signature: "signed" }]),
        ...(text === "" ? [] : [{ type: "text", text }]),
        ...calls.map(({ id, name, json }) => ({ type: "tool_use", id, name, input: JSON.parse(json) as unknown }))
      ],
      stop_reason: stopReason(calls, finish),
      usage: usage === undefined ? null : { ...inputUsage(usage), output_tokens: usage.output }
    }),
  complain: (error) => named({ type: "error", error }),
  refuse: (error) => JSON.stringify({ type: "error", error })
}

const stopReason = (calls: ReadonlyArray<unknown>, finish: Script["finish"]): string =>
  finish === "length" ? "max_tokens" : calls.length > 0 ? "tool_use" : "end_turn"

const thinkingBlock = (thinking: string, index: number): ReadonlyArray<Json> => [
  { type: "content_block_start", index, content_block: { type: "thinking", thinking: "" } },
  ...pieces(thinking).map((piece) => blockDelta(index, { type: "thinking_delta", thinking: piece })),
  blockDelta(index, { type: "signature_delta", signature: "signed" })
]

const textBlock = (text: string, index: number): ReadonlyArray<Json> => [
  { type: "content_block_start", index, content_block: { type: "text", text: "" } },
  ...pieces(text).map((piece) => blockDelta(index, { type: "text_delta", text: piece }))
]

const toolBlock = (
  { id, name, json }: { readonly id: string; readonly name: string; readonly json: string },
  index: number
): ReadonlyArray<Json> => [
  { type: "content_block_start", index, content_block: { type: "tool_use", id, name, input: {} } },
  ...pieces(json).map((piece) => blockDelta(index, { type: "input_json_delta", partial_json: piece }))
]

const blockDelta = (index: number, delta: Json): Json => ({ type: "content_block_delta", index, delta })

const inputUsage = ({ input, cacheRead, cacheWrite }: Usage): Json => ({
  input_tokens: input - cacheRead - cacheWrite,
  output_tokens: 1,
  cache_read_input_tokens: cacheRead,
  cache_creation_input_tokens: cacheWrite
})
