/** One event of a Messages stream. Blocks are known by their index. */
import type { ModelEvent, Usage } from "../model.ts"
import { count, fields, type Fields, text } from "../wire-value.ts"
import type { Endings } from "./conclude.ts"
import { annotate, callAt, continueCall, openCall, quiet, type Reply, say, type Step } from "./reply.ts"

export const endings: Endings = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "calls",
  max_tokens: "length",
  // A long turn that its server breaks off: what was said stays, and goes on when it is sent back.
  pause_turn: "length",
  refusal: "filtered",
  model_context_window_exceeded: "context_overflow"
}

export const step = (reply: Reply, wire: unknown): Step => {
  const event = fields(wire)
  const place = String(count(event.index) ?? 0)
  switch (event.type) {
    case "message_start":
      return start(reply, fields(event.message))
    case "content_block_start":
      return begin(reply, place, fields(event.content_block))
    case "content_block_delta":
      return goOn(reply, place, fields(event.delta))
    case "message_delta":
      return quiet({
        ...withUsage(reply, fields(event.usage)),
        finish: text(fields(event.delta).stop_reason) || reply.finish
      })
    case "message_stop":
      return quiet({ ...reply, ended: true })
    case "error":
      return quiet({ ...reply, error: event })
    default:
      return quiet(reply)
  }
}

/** A second start after a part of the answer: the server took another try, and the first one's words are void. */
const start = (reply: Reply, message: Fields): Step => {
  const voided: ReadonlyArray<ModelEvent> =
    reply.parts.length === 0
      ? []
      : [{ type: "retrying", attempt: 1, delay: 0, reason: "the provider began its answer again" }]
  return [withUsage({ ...reply, parts: [] }, fields(message.usage)), voided]
}

const begin = (reply: Reply, place: string, block: Fields): Step => {
  switch (block.type) {
    case "text":
      return say(reply, "text", place, text(block.text))
    case "thinking":
      return sign(say(reply, "thinking", place, text(block.thinking)), place, block.signature)
    case "redacted_thinking":
      return quiet(annotate(reply, "thinking", place, { redacted: block.data }))
    case "tool_use":
      return openCall(reply, { key: place, wireId: text(block.id), name: text(block.name), whole: block.input })
    default:
      // What servers do with tools of their own is not ours to tell.
      return quiet(reply)
  }
}

const goOn = (reply: Reply, place: string, delta: Fields): Step => {
  switch (delta.type) {
    case "text_delta":
      return say(reply, "text", place, text(delta.text))
    case "thinking_delta":
      return say(reply, "thinking", place, text(delta.thinking))
    case "signature_delta":
      return sign(quiet(reply), place, delta.signature)
    case "input_json_delta":
      return argue(reply, place, text(delta.partial_json))
    default:
      return quiet(reply)
  }
}

const sign = ([reply, told]: Step, place: string, signature: unknown): Step =>
  text(signature) === "" ? [reply, told] : [annotate(reply, "thinking", place, { signature }), told]

const argue = (reply: Reply, place: string, delta: string): Step => {
  const call = callAt(reply, place)
  return call === undefined ? quiet(reply) : continueCall(reply, call, { delta })
}

/** Counts are of the whole reply so far; a field that is missing or null keeps its earlier value. */
const withUsage = (reply: Reply, counts: Fields): Reply => {
  const before = reply.usage
  const cacheRead = count(counts.cache_read_input_tokens) ?? before?.cacheRead ?? 0
  const cacheWrite = written(counts) ?? before?.cacheWrite ?? 0
  const fresh =
    count(counts.input_tokens) ??
    (before === undefined ? undefined : before.input - before.cacheRead - before.cacheWrite)
  const output = count(counts.output_tokens) ?? before?.output
  if (fresh === undefined && output === undefined) return reply
  const usage: Usage = { input: (fresh ?? 0) + cacheRead + cacheWrite, output: output ?? 0, cacheRead, cacheWrite }
  return { ...reply, usage }
}

/** Newer servers may count by lifetime alone. */
const written = ({ cache_creation_input_tokens, cache_creation }: Fields): number | undefined => {
  const { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long } = fields(cache_creation)
  const split =
    count(short) === undefined && count(long) === undefined ? undefined : (count(short) ?? 0) + (count(long) ?? 0)
  return count(cache_creation_input_tokens) ?? split
}
