/** The conversation as plain data: which calls are open, how an answer reads, how open calls are closed. */
import { callsOf, type Message, type ToolCall, type ToolMessage } from "../llm/message.ts"
import { adviceOf, isOutcome, lossesOf, outcomes, stateOf, succeeded, type ToldAnswer } from "../plugins/outcome.ts"
import type { Answer, Outcome } from "../plugins/tool.ts"
import { isFromBackground } from "./background.ts"
import type { Transcript } from "./events.ts"
import { isSummary, summaryId } from "./room.ts"

/** Calls of the newest reply that have no answer yet. */
export const openCalls = (transcript: Transcript): ReadonlyArray<ToolCall> => {
  const at = transcript.findLastIndex((message) => message.role === "assistant")
  const reply = transcript[at]
  if (reply === undefined) return []
  const answered = new Set(
    transcript.slice(at + 1).map((message) => (message.role === "tool" ? message.callId : undefined))
  )
  return callsOf(reply).filter((call) => !answered.has(call.id))
}

export const openCall = (transcript: Transcript, callId: string): ToolCall | undefined =>
  openCalls(transcript).find((call) => call.id === callId)

/** What was heard of a reply before it was stopped stays in the conversation, marked so. */
export const interruptedReply = (transcript: Transcript, text: string, model: string): Transcript =>
  text === ""
    ? transcript
    : [...transcript, { role: "assistant", content: [{ type: "text", text }], model, interrupted: true }]

/** An answer as the model reads it: what broke stands before what came of it. */
export const toolMessage = (call: ToolCall, answer: Answer): ToolMessage => {
  const outcome = stateOf(answer)
  const { errorClass, images = [] } = answer
  const losses = namedLosses(answer)
  const seam = idOf(answer.seam)
  return {
    role: "tool",
    callId: call.id,
    name: call.name,
    success: succeeded(answer),
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(losses.length === 0 ? {} : { degraded: losses }),
    ...(seam === "" ? {} : { seam }),
    content: [
      ...(outcome === undefined ? [] : [{ type: "text" as const, text: caution(outcome, losses, seam) }]),
      { type: "text", text: readable(answer) },
      ...images.map(({ mime, data }) => ({ type: "image" as const, mime, data }))
    ]
  }
}

const readable = (answer: Answer): string => {
  const { data, error, errorClass, summary } = answer
  const body = typeof data === "string" ? data : data === undefined ? "" : JSON.stringify(data)
  if (succeeded(answer)) return body || summary || "Done."
  const failure = `${failed(errorClass)}${error ?? summary ?? "failed"}`
  return [failure, ...(body === "" ? [] : [body]), ...adviceLines(answer)].join("\n")
}

/** Marked as whose it is: it comes from plugins, neither from the tool nor from the user. */
const adviceLines = (answer: Answer): ReadonlyArray<string> =>
  adviceOf(answer).flatMap(({ plugin, diagnosis, fixes }) => [
    `[Advice of plugin ${plugin}] ${diagnosis}`.trimEnd(),
    ...fixes.map((fix) => `- try: ${fix}`)
  ])

const failed = (errorClass: string | undefined): string =>
  `Error${errorClass === undefined ? "" : ` (${errorClass})`}: `

/** What a model must know of a state before it reads on. */
const cautions: Readonly<Record<Outcome, string>> = {
  contained: "the tool itself broke; only this call failed",
  degraded: "this was skipped, invented or stubbed, do not take it for real",
  provisional: "repaired code on probation answered, check it before you build on it",
  healed: "repaired code answered, it passes the tool's own examples",
  false_heal: "this was called sound and is not, do not rely on it"
}

/** Losses that are named, and characters of each: a plugin wrote them, and the model pays for them. */
const lossLimits = { count: 20, length: 200 }

const namedLosses = (answer: Answer): ReadonlyArray<string> => {
  const all = lossesOf(answer)
  const losses = stateOf(answer) === "degraded" && all.length === 0 ? ["it does not say what"] : all
  const named = losses.slice(0, lossLimits.count).map((loss) => cut(loss, lossLimits.length))
  const rest = losses.length - named.length
  return rest === 0 ? named : [...named, `and ${rest} more`]
}

const caution = (outcome: Outcome, losses: ReadonlyArray<string>, seam: string): string => {
  const head = `[${outcomes[outcome].word}${seam === "" ? "" : `, after repair ${seam}`}: ${cautions[outcome]}]`
  return [head, ...losses.map((loss) => `- ${loss}`), ""].join("\n")
}

const cut = (text: string, limit: number): string => (text.length <= limit ? text : `${text.slice(0, limit - 1)}…`)

/** Letters that can close no bracket. */
const idOf = (seam: unknown): string => (typeof seam === "string" ? seam.replace(/[^\w.-]/g, "").slice(0, 64) : "")

/** What a message tells of the answer it was made from: its state as it was, its data or error as text. */
export const answerIn = ({ success, errorClass, outcome, degraded, seam, content }: ToolMessage): ToldAnswer => {
  const texts = content.flatMap((block) => (block.type === "text" ? [block.text] : []))
  const state = isOutcome(outcome) ? outcome : undefined
  // Before the answer stands the caution for the model.
  const body = texts.slice(state === undefined ? 0 : 1).join("")
  const lead = failed(errorClass)
  return {
    success,
    ...(success ? { data: body } : { error: body.startsWith(lead) ? body.slice(lead.length) : body }),
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(state === undefined ? {} : { outcome: state }),
    ...(degraded === undefined ? {} : { degraded }),
    ...(seam === undefined ? {} : { seam })
  }
}

/** Answers every open call, so that a provider accepts the conversation. */
export const closeCalls = (transcript: Transcript, answerFor: (call: ToolCall) => Answer): Transcript => [
  ...transcript,
  ...openCalls(transcript).map((call) => toolMessage(call, answerFor(call)))
]

/** What a compaction leaves besides its summary. */
export interface Kept {
  /** Newest messages that stay. */
  readonly newest: number
  /** Ids of the messages that the turn under way serves; none: no turn runs. */
  readonly served: ReadonlyArray<string>
}

/**
 * The conversation with a summary in place of its older part. Word for word stay the newest messages, and of the turn under
 * way what the user wants and what no reply has been given to yet, plugins' words included; an answer without its call does not.
 */
export const compacted = (transcript: Transcript, summary: string, { newest, served }: Kept): Transcript => {
  const earliest = Math.max(0, transcript.length - newest)
  const start = transcript.findIndex(({ role }, at) => at >= earliest && role !== "tool")
  const begin = start === -1 ? transcript.length : start
  const lastReply = transcript.findLastIndex(({ role }) => role === "assistant")
  const stays = (message: Message, at: number): boolean => {
    if (isSummary(message)) return false
    if (at >= begin) return true
    if (message.role !== "user") return false
    if (at > lastReply && message.from !== undefined) return true
    if (!served.includes(message.id)) return false
    return at > lastReply || !isFromBackground(message)
  }
  const rest = transcript.filter(stays)
  const text = `${served.length === 0 ? soFar : underWay}\n\n${summary}`
  return [{ role: "user", id: summaryId, content: [{ type: "text", text }] }, ...rest]
}

const soFar = "The conversation so far was replaced by this summary of it:"

/** What follows is read as new otherwise, and begun anew. */
const underWay =
  "The conversation so far was replaced by this summary of it. What follows was said word for word; work on it has begun " +
  "already, and the summary says how far it has come. Go on from there, do not begin anew:"
