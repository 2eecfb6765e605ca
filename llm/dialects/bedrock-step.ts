/** One event of a Converse stream. Blocks are known by their index. */
import type { Usage } from "../model.ts"
import { count, fields, type Fields, text } from "../wire-value.ts"
import type { Endings } from "./conclude.ts"
import { annotate, callAt, continueCall, inOrder, openCall, quiet, type Reply, say, type Step } from "./reply.ts"

export const endings: Endings = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "calls",
  max_tokens: "length",
  guardrail_intervened: "filtered",
  content_filtered: "filtered",
  model_context_window_exceeded: "context_overflow",
  // The model wrote what Bedrock could not read: another try may do.
  malformed_model_output: "truncated",
  malformed_tool_use: "truncated"
}

/** An event is an object with one field, which is named for what happened. */
export const step = (reply: Reply, wire: unknown): Step => {
  const { contentBlockStart, contentBlockDelta, messageStop, metadata, failure } = fields(wire)
  return inOrder(
    reply,
    (now) => begin(now, placeOf(contentBlockStart), fields(fields(fields(contentBlockStart).start).toolUse)),
    (now) => goOn(now, placeOf(contentBlockDelta), fields(fields(contentBlockDelta).delta)),
    (now) => quiet(messageStop === undefined ? now : end(now, fields(messageStop))),
    (now) => quiet(metadata === undefined ? now : withUsage(now, fields(fields(metadata).usage))),
    (now) => quiet(failure === undefined ? now : { ...now, error: errorOf(fields(failure)) })
  )
}

const placeOf = (event: unknown): string => String(count(fields(event).contentBlockIndex) ?? 0)

const end = (reply: Reply, { stopReason }: Fields): Reply => ({ ...reply, ended: true, finish: text(stopReason) })

/** Only calls need a start. Calls of tools that Bedrock runs itself are not ours to answer. */
const begin = (reply: Reply, place: string, { toolUseId, name, type }: Fields): Step =>
  name === undefined || type === "server_tool_use"
    ? quiet(reply)
    : openCall(reply, { key: place, wireId: text(toolUseId), name: text(name) })

const goOn = (reply: Reply, place: string, delta: Fields): Step => {
  const { text: thought, signature, redactedContent } = fields(delta.reasoningContent)
  return inOrder(
    reply,
    (now) => say(now, "thinking", `thinking${place}`, text(thought)),
    (now) => quiet(keep(now, place, { signature, redacted: redactedContent })),
    (now) => say(now, "text", `text${place}`, text(delta.text)),
    (now) => argue(now, place, text(fields(delta.toolUse).input))
  )
}

/** What must travel back with thinking. */
const keep = (reply: Reply, place: string, state: Fields): Reply => {
  const said = Object.entries(state).filter(([, value]) => text(value) !== "")
  return said.length === 0 ? reply : annotate(reply, "thinking", `thinking${place}`, Object.fromEntries(said))
}

const argue = (reply: Reply, place: string, delta: string): Step => {
  const call = callAt(reply, place)
  return call === undefined ? quiet(reply) : continueCall(reply, call, { delta })
}

/** `inputTokens` are those that no cache knew. */
const withUsage = (reply: Reply, counts: Fields): Reply => {
  const fresh = count(counts.inputTokens)
  const output = count(counts.outputTokens)
  if (fresh === undefined && output === undefined) return reply
  const cacheRead = count(counts.cacheReadInputTokens) ?? 0
  const cacheWrite = count(counts.cacheWriteInputTokens) ?? 0
  const usage: Usage = { input: (fresh ?? 0) + cacheRead + cacheWrite, output: output ?? 0, cacheRead, cacheWrite }
  return { ...reply, usage }
}

/**
 * The status that a failure would have had outside of the stream (API reference, ConverseStream: errors). It knows 424
 * for a stream that broke and 429 for a model that is not ready; both are told to be tried again.
 */
const statuses: Readonly<Record<string, number>> = {
  accessDeniedException: 403,
  internalServerException: 500,
  modelErrorException: 503,
  modelNotReadyException: 503,
  modelStreamErrorException: 503,
  modelTimeoutException: 408,
  resourceNotFoundException: 404,
  serviceUnavailableException: 503,
  throttlingException: 429,
  validationException: 400
}

const errorOf = ({ code, message, originalMessage }: Fields): Fields => {
  const name = text(code).replace(/^\w/, (letter) => letter.toLowerCase())
  return {
    code: name,
    message: text(originalMessage) || text(message) || name,
    ...(Object.hasOwn(statuses, name) ? { status_code: statuses[name] } : {})
  }
}
