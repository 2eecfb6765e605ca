/** Responses, read independently: from the items as they are in the end, never from deltas. Source: OpenAI's reference. */
import { at, items, num, str } from "./dig.ts"
import { argumentsIn, type Finish, finishOf, orderOf, type Reader, usageOf } from "./reading.ts"

const incomplete: Readonly<Record<string, Finish>> = { max_output_tokens: "length", content_filter: "filtered" }

const ends = new Set(["response.completed", "response.incomplete", "response.failed"])

const finishIn = (body: unknown): Finish | undefined => {
  if (str(body, "status") === "completed") return "stop"
  return incomplete[str(body, "incomplete_details", "reason")]
}

/** Items that were done, where the last event does not repeat them. */
const outputIn = (last: unknown, events: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const told = items(last, "output")
  return told.length > 0
    ? told
    : events.filter((event) => str(event, "type") === "response.output_item.done").map((event) => at(event, "item"))
}

const words = (item: unknown): string =>
  items(item, "content")
    .map((part) => str(part, "text") || str(part, "refusal"))
    .join("")

const thoughts = (item: unknown): string => {
  const summary = items(item, "summary").map((part) => str(part, "text"))
  return summary.length > 0 ? summary.join("\n\n") : words(item)
}

export const responses: Reader = {
  merge: (events) => {
    // What follows the end of a response is another one.
    const end = events.findIndex((event) => ends.has(str(event, "type")))
    const told = end === -1 ? events : events.slice(0, end + 1)
    const last = at(told.at(-1), "response")
    return { ...Object(last), output: outputIn(last, told) }
  },

  read: (body) => {
    const ofType = (type: string) => items(body, "output").filter((item) => str(item, "type") === type)
    const calls = ofType("function_call").map((item) => ({
      id: str(item, "call_id"),
      name: str(item, "name"),
      input: argumentsIn(str(item, "arguments"))
    }))
    const usage = at(body, "usage")
    const cost = at(usage, "cost")
    return {
      text: ofType("message").map(words).join(""),
      thinking: ofType("reasoning").map(thoughts).join(""),
      calls,
      order: orderOf(
        items(body, "output").flatMap((item) => [
          ["thinking", str(item, "type") === "reasoning" ? thoughts(item) : ""],
          ["text", str(item, "type") === "message" ? words(item) : ""],
          ["call", str(item, "type") === "function_call" ? "." : ""]
        ])
      ),
      ...usageOf({
        input: num(usage, "input_tokens"),
        output: num(usage, "output_tokens"),
        cacheRead: num(usage, "input_tokens_details", "cached_tokens"),
        cacheWrite: num(usage, "input_tokens_details", "cache_write_tokens")
      }),
      ...(typeof cost === "number" ? { cost } : {}),
      finish: finishOf(finishIn(body), calls)
    }
  }
}
