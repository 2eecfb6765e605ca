/** One event of Cohere's stream. Parts of the content and calls are numbered apart from each other. */
import type { Usage } from "../model.ts"
import { count, fields, type Fields, text } from "../wire-value.ts"
import type { Endings } from "./conclude.ts"
import { annotate, callAt, continueCall, inOrder, openCall, quiet, type Reply, say, type Step } from "./reply.ts"

export const endings: Endings = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  TOOL_CALL: "calls",
  MAX_TOKENS: "length",
  ERROR_TOXIC: "filtered",
  ERROR_LIMIT: "context_overflow",
  ERROR: "truncated",
  TIMEOUT: "truncated",
  USER_CANCEL: "truncated"
}

export const step = (reply: Reply, wire: unknown): Step => {
  const event = fields(wire)
  const delta = fields(event.delta)
  const message = fields(delta.message)
  const place = String(count(event.index) ?? 0)
  switch (event.type) {
    case "content-start":
    case "content-delta":
      return speak(reply, place, fields(message.content))
    case "tool-plan-delta":
      return plan(reply, text(message.tool_plan))
    case "tool-call-start":
      return begin(reply, place, fields(message.tool_calls))
    case "tool-call-delta":
      return argue(reply, place, fields(message.tool_calls))
    case "message-end":
      return quiet(end(reply, delta))
    case undefined:
      // An error in the middle comes as it would outside of a stream: bare.
      return quiet(event.message === undefined ? reply : { ...reply, error: event })
    default:
      // Where it quotes from is not ours to tell.
      return quiet(reply)
  }
}

const speak = (reply: Reply, place: string, content: Fields): Step =>
  inOrder(
    reply,
    (now) => say(now, "thinking", `thinking${place}`, text(content.thinking)),
    (now) => say(now, "text", `text${place}`, text(content.text))
  )

/**
 * What it means to call and why: "a chain-of-thought style reflection", so it is thinking to us. It must go back under
 * its own name, beside its calls.
 */
const plan = (reply: Reply, delta: string): Step => {
  const [after, told] = say(reply, "thinking", "plan", delta)
  return [delta === "" ? after : annotate(after, "thinking", "plan", { plan: true }), told]
}

const begin = (reply: Reply, place: string, wire: Fields): Step => {
  const { name, arguments: json } = fields(wire.function)
  return inOrder(
    reply,
    (now) => openCall(now, { key: place, wireId: text(wire.id), name: text(name) }),
    (now) => argue(now, place, { function: { arguments: json } })
  )
}

const argue = (reply: Reply, place: string, wire: Fields): Step => {
  const call = callAt(reply, place)
  return call === undefined ? quiet(reply) : continueCall(reply, call, { delta: text(fields(wire.function).arguments) })
}

const end = (reply: Reply, delta: Fields): Reply => {
  const counts = fields(delta.usage)
  const tokens = fields(counts.tokens)
  const billed = fields(counts.billed_units)
  const usage = usageOf(tokens, count(counts.cached_tokens)) ?? usageOf(billed)
  const paid = usageOf(billed)
  const failed = text(delta.error)
  return {
    ...reply,
    ended: true,
    finish: text(delta.finish_reason),
    ...(failed === "" ? {} : { error: { message: failed } }),
    ...(usage === undefined ? {} : { usage }),
    // What Cohere writes around a conversation fills the window, but is not paid for.
    ...(paid === undefined ? {} : { billed: paid })
  }
}

const usageOf = ({ input_tokens, output_tokens }: Fields, cached = 0): Usage | undefined => {
  const input = count(input_tokens)
  const output = count(output_tokens)
  if (input === undefined && output === undefined) return undefined
  return { input: input ?? 0, output: output ?? 0, cacheRead: cached, cacheWrite: 0 }
}
