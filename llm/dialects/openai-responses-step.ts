/** One event of a Responses stream. Items are known by their place in the output: some servers change ids on the way. */
import type { Usage } from "../model.ts"
import { count, fields, type Fields, list, text } from "../wire-value.ts"
import type { Endings } from "./conclude.ts"
import {
  annotate,
  callAt,
  continueCall,
  inOrder,
  openCall,
  quiet,
  type Reply,
  say,
  spokenAt,
  type Step
} from "./reply.ts"

/** Of a status, or of the reason why a response is incomplete. */
export const endings: Endings = {
  completed: "stop",
  max_output_tokens: "length",
  content_filter: "filtered",
  cancelled: "truncated"
}

export const step = (reply: Reply, wire: unknown): Step => {
  const event = fields(wire)
  const place = placeOf(event)
  switch (event.type) {
    case "response.output_text.delta":
    case "response.refusal.delta":
      return say(reply, "text", `text${place}.${count(event.content_index) ?? 0}`, text(event.delta))
    case "response.reasoning_summary_part.added":
      return nextParagraph(reply, place)
    case "response.reasoning_summary_text.delta":
      return think(reply, place, "summary", text(event.delta))
    case "response.reasoning_text.delta":
      return think(reply, place, "thoughts", text(event.delta))
    case "response.function_call_arguments.delta":
      return argue(reply, place, text(event.delta))
    case "response.output_item.added":
      return begin(reply, place, fields(event.item))
    case "response.output_item.done":
      return finishItem(reply, place, fields(event.item))
    case "response.completed":
    case "response.incomplete":
      return finish(reply, fields(event.response))
    case "response.failed":
      return quiet({ ...reply, error: fields(event.response).error ?? event })
    case "error":
      return quiet({ ...reply, error: event })
    default:
      return quiet(reply)
  }
}

const placeOf = (event: Fields): string => count(event.output_index)?.toString() ?? (text(event.item_id) || "0")

/** Servers send the thoughts themselves, or a summary of them, or both. */
type Source = "thoughts" | "summary"

const thinkingAt = (reply: Reply, place: string, source: Source) => spokenAt(reply, `${source}${place}`)

/** A summary has several paragraphs, each a part of its own. */
const nextParagraph = (reply: Reply, place: string): Step =>
  thinkingAt(reply, place, "summary") === undefined ? quiet(reply) : say(reply, "thinking", `summary${place}`, "\n\n")

/** Whichever comes first is told; never both. */
const think = (reply: Reply, place: string, source: Source, delta: string): Step =>
  thinkingAt(reply, place, source === "summary" ? "thoughts" : "summary") === undefined
    ? say(reply, "thinking", `${source}${place}`, delta)
    : quiet(reply)

const argue = (reply: Reply, place: string, delta: string): Step => {
  const call = callAt(reply, `call${place}`)
  return call === undefined ? quiet(reply) : continueCall(reply, call, { delta })
}

const begin = (reply: Reply, place: string, item: Fields): Step =>
  item.type === "function_call" && callAt(reply, `call${place}`) === undefined
    ? openCall(reply, { key: `call${place}`, wireId: text(item.call_id), name: text(item.name) })
    : quiet(reply)

/** A finished item holds all of itself: for servers that did not stream it, and for what must travel back. */
const finishItem = (reply: Reply, place: string, item: Fields): Step => {
  switch (item.type) {
    case "function_call":
      return inOrder(
        reply,
        (now) => begin(now, place, item),
        (now) => finishCall(now, place, item)
      )
    case "reasoning":
      return finishThought(reply, place, item)
    case "message":
      return finishMessage(reply, place, item)
    default:
      return quiet(reply)
  }
}

const finishCall = (reply: Reply, place: string, item: Fields): Step => {
  const call = callAt(reply, `call${place}`)
  if (call === undefined) return quiet(reply)
  return continueCall(reply, call, { delta: call.json === "" ? text(item.arguments) : "", name: text(item.name) })
}

const finishThought = (reply: Reply, place: string, item: Fields): Step => {
  const { id, encrypted_content, summary } = item
  const paragraphs = list(summary).map((part) => text(fields(part).text))
  const thoughts = list(item.content).map((part) => text(fields(part).text))
  const streamed = thinkingAt(reply, place, "thoughts") ?? thinkingAt(reply, place, "summary")
  const key = streamed?.key ?? `summary${place}`
  const missing = streamed === undefined ? paragraphs.join("\n\n") || thoughts.join("") : ""
  const [after, told] = say(reply, "thinking", key, missing)
  if (typeof encrypted_content !== "string") return [after, told]
  return [annotate(after, "thinking", key, { reasoning: { id, encrypted_content, summary } }), told]
}

const finishMessage = (reply: Reply, place: string, item: Fields): Step => {
  const key = (index: number): string => `text${place}.${index}`
  const [after, told] = inOrder(
    reply,
    ...list(item.content).map((part, index) => (now: Reply): Step => {
      const whole = text(fields(part).text) || text(fields(part).refusal)
      const streamed = spokenAt(now, key(index))?.text ?? ""
      // The rest, too, where a stream lost its last pieces.
      return whole.startsWith(streamed) ? say(now, "text", key(index), whole.slice(streamed.length)) : quiet(now)
    })
  )
  const isKept = item.phase !== undefined && item.phase !== null && spokenAt(after, key(0)) !== undefined
  return [isKept ? annotate(after, "text", key(0), { phase: item.phase }) : after, told]
}

const finish = (reply: Reply, response: Fields): Step => {
  const usage = usageOf(fields(response.usage))
  const cost = count(fields(response.usage).cost)
  const why = text(fields(response.incomplete_details).reason) || text(response.status)
  const ended: Reply = {
    ...reply,
    ended: true,
    finish: why,
    ...(usage === undefined ? {} : { usage }),
    ...(cost === undefined ? {} : { cost })
  }
  // A server that streams no items at all sends them here.
  if (reply.parts.length > 0) return quiet(ended)
  return inOrder(
    ended,
    ...list(response.output).map((item, index) => (now: Reply) => finishItem(now, String(index), fields(item)))
  )
}

const usageOf = (counts: Fields): Usage | undefined => {
  const input = count(counts.input_tokens)
  if (input === undefined) return undefined
  const details = fields(counts.input_tokens_details)
  return {
    input,
    output: count(counts.output_tokens) ?? 0,
    cacheRead: count(details.cached_tokens) ?? 0,
    cacheWrite: count(details.cache_write_tokens) ?? 0
  }
}
