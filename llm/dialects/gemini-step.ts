/** One `GenerateContentResponse`: a chunk of a stream, or all of an answer; both have the same form. */
import type { Usage } from "../model.ts"
import { count, fields, type Fields, list, text } from "../wire-value.ts"
import type { Endings } from "./conclude.ts"
import { withPiece } from "./gemini-arguments.ts"
import {
  annotate,
  type CallPart,
  continueCall,
  inOrder,
  openCall,
  quiet,
  type Reply,
  say,
  type SpokenPart,
  type Step
} from "./reply.ts"

/** What we call the end of an answer that never began, because its question was blocked. */
const blocked = "PROMPT_BLOCKED"

export const endings: Endings = {
  STOP: "stop",
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  [blocked]: "filtered",
  SAFETY: "filtered",
  RECITATION: "filtered",
  LANGUAGE: "filtered",
  BLOCKLIST: "filtered",
  PROHIBITED_CONTENT: "filtered",
  SPII: "filtered",
  MODEL_ARMOR: "filtered",
  IMAGE_SAFETY: "filtered",
  IMAGE_PROHIBITED_CONTENT: "filtered",
  IMAGE_RECITATION: "filtered"
}

/**
 * The model wrote a call that its server cannot read, or of a tool that nobody offered. Nothing is wrong with the request,
 * and another try mostly does.
 */
const unreadable: ReadonlyArray<string> = ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"]

export const step = (reply: Reply, chunk: unknown): Step => {
  const wire = fields(chunk)
  if (wire.error !== undefined) return quiet({ ...reply, error: wire })
  const candidate = fields(list(wire.candidates)[0])
  return inOrder(
    withUsage(withFinish(reply, wire, candidate), fields(wire.usageMetadata)),
    ...list(fields(candidate.content).parts).map((part) => (now: Reply) => read(now, fields(part)))
  )
}

const withFinish = (reply: Reply, wire: Fields, { finishReason, finishMessage }: Fields): Reply => {
  const finish = text(finishReason) || (isBlocked(wire) ? blocked : "")
  if (finish === "") return reply
  const ended = { ...reply, finish, ended: true }
  const message = text(finishMessage) || finish
  return unreadable.includes(finish) ? { ...ended, error: { error: { status: finish, message } } } : ended
}

/** An answer that came whole, or a stream's chunks as one list, which is the form of a stream without `alt=sse`. */
export const whole = (reply: Reply, body: unknown): Step | undefined => {
  const chunks = Array.isArray(body) ? body : [body]
  const isAnswer = chunks.some((chunk) => list(fields(chunk).candidates).length > 0 || isBlocked(fields(chunk)))
  return isAnswer ? inOrder(reply, ...chunks.map((chunk: unknown) => (now: Reply) => step(now, chunk))) : undefined
}

const isBlocked = ({ promptFeedback }: Fields): boolean => text(fields(promptFeedback).blockReason) !== ""

/** Code that ran at the server, what it gave, media and tools of Google's own are passed over: we ask for none of them. */
const read = (reply: Reply, part: Fields): Step => {
  const meta = text(part.thoughtSignature) === "" ? undefined : { thoughtSignature: part.thoughtSignature }
  if (part.functionCall !== undefined) return call(reply, fields(part.functionCall), meta)
  return typeof part.text === "string"
    ? speak(reply, part.thought === true ? "thinking" : "text", part.text, meta)
    : quiet(reply)
}

type Meta = CallPart["meta"]

/** A signature closes the part that it stands on: what follows is another. One on an empty part is of what came before. */
const speak = (reply: Reply, type: SpokenPart["type"], delta: string, meta: Meta): Step => {
  const last = reply.parts.at(-1)
  const key = last?.type === type && last.meta === undefined ? last.key : `${type}${reply.parts.length}`
  const [now, told] = say(reply, type, key, delta)
  return [meta === undefined ? now : annotate(now, type, key, meta), told]
}

const call = (reply: Reply, wire: Fields, meta: Meta): Step => {
  const name = text(wire.name)
  // What comes without a name, and not whole, goes on with the call before it.
  const isMore = name === "" && wire.args === undefined
  const key = `call${reply.parts.length}`
  return inOrder(
    reply,
    (now) => (isMore ? quiet(now) : openCall(now, { key, wireId: text(wire.id), name })),
    (now) => {
      const target = now.parts.findLast((part) => part.type === "call")
      return target === undefined ? quiet(now) : argue(now, target, wire, meta)
    }
  )
}

const argue = (reply: Reply, before: CallPart, { args, partialArgs, willContinue }: Fields, meta: Meta): Step => {
  const whole = list(partialArgs).reduce(withPiece, before.whole)
  const after = { ...before, whole }
  // Arguments that came in pieces are told when the last has come.
  const value = args ?? (willContinue === true || before.json !== "" ? undefined : whole)
  const delta = typeof value === "string" ? value : (JSON.stringify(value) ?? "")
  return continueCall({ ...reply, parts: reply.parts.with(reply.parts.lastIndexOf(before), after) }, after, {
    delta,
    meta
  })
}

/** Counts are of the whole answer so far; a chunk may leave out some, or all. */
const withUsage = (reply: Reply, counts: Fields): Reply => {
  const {
    promptTokenCount,
    toolUsePromptTokenCount,
    candidatesTokenCount,
    thoughtsTokenCount,
    cachedContentTokenCount
  } = counts
  const prompt = count(promptTokenCount)
  const written = [candidatesTokenCount, thoughtsTokenCount].flatMap((one) => count(one) ?? [])
  const before = reply.usage
  if (prompt === undefined && written.length === 0) return reply
  const usage: Usage = {
    // Cached tokens are among them.
    input: prompt === undefined ? (before?.input ?? 0) : prompt + (count(toolUsePromptTokenCount) ?? 0),
    output: written.length === 0 ? (before?.output ?? 0) : written.reduce((sum, one) => sum + one, 0),
    cacheRead: count(cachedContentTokenCount) ?? before?.cacheRead ?? 0,
    cacheWrite: 0
  }
  return { ...reply, usage }
}
