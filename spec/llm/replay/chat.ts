/** Chat Completions, read independently. Source: OpenAI's reference, and what DeepSeek, Mistral, OpenRouter, xAI document beside it. */
import { at, firstNum, items, num, str } from "./dig.ts"
import { argumentsIn, type Finish, finishOf, type Reader, usageOf } from "./reading.ts"

const finishes: Readonly<Record<string, Finish>> = {
  stop: "stop",
  length: "length",
  tool_calls: "calls",
  function_call: "calls",
  content_filter: "filtered"
}

interface Call {
  readonly index: unknown
  id: string
  type: string
  function: { name: string; arguments: string }
}

/** Which call a piece belongs to: the one of its index; without an index the one of its id; without both the last. */
const callOf = (calls: Array<Call>, piece: unknown): Call => {
  const index = at(piece, "index")
  const id = str(piece, "id")
  const known = calls.find((call) => (index === undefined ? call.id === id : call.index === index))
  const call = known ?? (index === undefined && id === "" ? calls.at(-1) : undefined)
  if (call !== undefined) return call
  const fresh = { index, id, type: str(piece, "type"), function: { name: "", arguments: "" } }
  calls.push(fresh)
  return fresh
}

const textIn = (content: unknown): string =>
  typeof content === "string"
    ? content
    : items(content)
        .map((part) => str(part, "text"))
        .join("")

/** Mistral writes its thoughts among the parts of the content. */
const thoughtsIn = (message: unknown): string => {
  const said = str(message, "reasoning_content") || str(message, "reasoning")
  if (said !== "") return said
  const parts = items(message, "content").flatMap((part) => items(part, "thinking"))
  return [...items(message, "reasoning_details"), ...parts]
    .map((part) => str(part, "text") || str(part, "summary"))
    .join("")
}

/** xAI states ten-thousand-millionths of a dollar; OpenRouter its own fee, beside what the owner of a key pays upstream. */
const costOf = (usage: unknown): { readonly cost?: number } => {
  const ticks = at(usage, "cost_in_usd_ticks")
  if (typeof ticks === "number") return { cost: ticks / 10_000_000_000 }
  if (typeof at(usage, "cost") !== "number") return {}
  const upstream = at(usage, "is_byok") === true ? num(usage, "cost_details", "upstream_inference_cost") : 0
  return { cost: num(usage, "cost") + upstream }
}

export const chat: Reader = {
  merge: (events) => {
    const calls: Array<Call> = []
    const message = { content: "", reasoning: "", refusal: "", tool_calls: calls }
    let finish_reason = ""
    let usage: unknown
    for (const event of events) {
      const choice = items(event, "choices")[0]
      const delta = at(choice, "delta")
      message.content += textIn(at(delta, "content"))
      message.refusal += str(delta, "refusal")
      message.reasoning += thoughtsIn(delta)
      for (const piece of items(delta, "tool_calls")) {
        const call = callOf(calls, piece)
        call.function.name ||= str(piece, "function", "name")
        call.function.arguments += str(piece, "function", "arguments")
      }
      finish_reason = str(choice, "finish_reason") || finish_reason
      usage = at(event, "usage") ?? at(choice, "usage") ?? usage
    }
    return { choices: [{ message, finish_reason }], usage }
  },

  read: (body) => {
    const choice = items(body, "choices")[0]
    const message = at(choice, "message")
    const usage = at(body, "usage")
    const calls = items(message, "tool_calls")
      .filter((call) => at(call, "function") !== undefined)
      .map((call) => ({
        id: str(call, "id"),
        name: str(call, "function", "name"),
        input: argumentsIn(str(call, "function", "arguments"))
      }))
    const input = num(usage, "prompt_tokens")
    return {
      text: textIn(at(message, "content")) + str(message, "refusal"),
      thinking: thoughtsIn(message),
      calls,
      ...usageOf({
        input,
        // The total also holds what xAI leaves out of `completion_tokens`: reasoning.
        output: num(usage, "total_tokens") - input,
        cacheRead: firstNum(
          usage,
          ["prompt_tokens_details", "cached_tokens"],
          ["prompt_cache_hit_tokens"],
          ["cached_tokens"]
        ),
        cacheWrite: firstNum(usage, ["prompt_tokens_details", "cache_write_tokens"], ["cache_creation_input_tokens"])
      }),
      ...costOf(usage),
      finish: finishOf(finishes[str(choice, "finish_reason")], calls)
    }
  }
}
