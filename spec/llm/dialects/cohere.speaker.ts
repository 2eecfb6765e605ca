/** The contract's replies in the words of Cohere's chat. */
import type { Usage } from "../../../llm/model.ts"
import type { Script, ServerError, Speaker } from "./speakers.ts"

type Json = Readonly<Record<string, unknown>>

const event = (data: Json): string => `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`

/** Three characters a piece, none of them torn. */
const pieces = (text: string): ReadonlyArray<string> => text.match(/[^]{1,3}/gu) ?? []

const message = (type: string, index: number, inner: Json): Json => ({ type, index, delta: { message: inner } })

const content = (type: "thinking" | "text", text: string, index: number): ReadonlyArray<Json> =>
  text === ""
    ? []
    : [
        message("content-start", index, { content: { type, [type]: "" } }),
        ...pieces(text).map((piece) => message("content-delta", index, { content: { [type]: piece } })),
        { type: "content-end", index }
      ]

const events = ({ thinking = "", text = "", calls = [], usage, finish }: Script): ReadonlyArray<Json> => [
  { type: "message-start", id: "m1", delta: { message: { role: "assistant", content: [], tool_plan: "" } } },
  ...content("thinking", thinking, 0),
  ...content("text", text, 1),
  ...calls.flatMap(({ id, name, json }, index) => [
    message("tool-call-start", index, { tool_calls: { id, type: "function", function: { name, arguments: "" } } }),
    ...pieces(json).map((piece) =>
      message("tool-call-delta", index, { tool_calls: { function: { arguments: piece } } })
    ),
    { type: "tool-call-end", index }
  ]),
  {
    type: "message-end",
    delta: {
      finish_reason: finishReason(calls, finish),
      ...(usage === undefined ? {} : { usage: counts(usage) })
    }
  }
]

const finishReason = (calls: ReadonlyArray<unknown>, finish: Script["finish"]): string =>
  finish === "length" ? "MAX_TOKENS" : calls.length > 0 ? "TOOL_CALL" : "COMPLETE"

const counts = ({ input, output, cacheRead }: Usage): Json => ({
  tokens: { input_tokens: input, output_tokens: output },
  cached_tokens: cacheRead
})

/** Cohere has words for its errors and nothing else. */
const words = ({ message: said, type }: ServerError): string =>
  type === "rate_limit_error" ? `You are past the rate limit: ${said}` : said

export const cohereChat: Speaker = {
  say: (script) => events(script).map(event).join(""),
  whole: ({ thinking = "", text = "", calls = [], usage, finish }) =>
    JSON.stringify({
      id: "m1",
      finish_reason: finishReason(calls, finish),
      message: {
        role: "assistant",
        content: [
          ...(thinking === "" ? [] : [{ type: "thinking", thinking }]),
          ...(text === "" ? [] : [{ type: "text", text }])
        ],
        tool_calls: calls.map(({ id, name, json }) => ({ id, type: "function", function: { name, arguments: json } }))
      },
      ...(usage === undefined ? {} : { usage: counts(usage) })
    }),
  complain: (error) => event({ type: "message-end", delta: { finish_reason: "ERROR", error: words(error) } }),
  refuse: (error) => JSON.stringify({ message: words(error) }),
  counted: (usage) => ({ ...usage, cacheWrite: 0 })
}
