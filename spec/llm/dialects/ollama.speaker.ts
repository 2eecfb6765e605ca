/** The contract's replies in the words of Ollama's chat: lines of JSON. */
import type { Script, ServerError, Speaker } from "./speakers.ts"

type Json = Readonly<Record<string, unknown>>

const line = (data: Json): string => `${JSON.stringify({ model: "model", ...data })}\n`

/** Three characters a piece, none of them torn. */
const pieces = (text: string): ReadonlyArray<string> => text.match(/[^]{1,3}/gu) ?? []

/** Arguments are an object there; what is none stays a string, as broken servers send it. */
const argumentsOf = (json: string): unknown => {
  try {
    return json === "" ? undefined : JSON.parse(json)
  } catch {
    return json
  }
}

const said = (message: Json): Json => ({ message: { role: "assistant", content: "", ...message }, done: false })

const lines = ({ thinking = "", text = "", calls = [], usage, finish }: Script): ReadonlyArray<string> => [
  ...pieces(thinking).map((piece) => line(said({ thinking: piece }))),
  ...pieces(text).map((piece) => line(said({ content: piece }))),
  ...calls.map(({ id, name, json }) =>
    line(
      said({
        tool_calls: [{ ...(id === "" ? {} : { id }), function: { index: 0, name, arguments: argumentsOf(json) } }]
      })
    )
  ),
  line({
    ...said({}),
    done: true,
    done_reason: finish ?? "stop",
    ...(usage === undefined
      ? {}
      : { prompt_eval_count: usage.input, prompt_eval_cached_count: usage.cacheRead, eval_count: usage.output })
  })
]

/** Ollama has words for its errors and nothing else. */
const error = ({ message, type }: ServerError): string =>
  line({ error: type === "rate_limit_error" ? `too many requests: ${message}` : message })

export const ollamaChat: Speaker = {
  say: (script) => lines(script).join(""),
  begin: (script) => lines(script).slice(0, 9).join(""),
  broken: "{oops\n",
  beat: "\n",
  complain: error,
  refuse: error,
  counted: (usage) => ({ ...usage, cacheWrite: 0 })
}
