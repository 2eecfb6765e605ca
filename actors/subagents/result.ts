/** What came of a subagent: from the notice that ended it, or from what it had said when it was stopped. */
import { callsOf, textOf } from "../../llm/message.ts"
import type { Spent, TerminalNotice, Transcript } from "../../machines/events.ts"
import type { AgentResult } from "../../plugins/ports.ts"
import { headTail } from "../../plugins/ports/head-tail.ts"
import { callLine } from "./call-line.ts"

export interface Ended {
  readonly result: AgentResult
  readonly spent: Spent
}

/** Characters of a result; the whole is in its session. */
const mostText = 20_000

/** What is known of it when it is over. */
export interface Known {
  /** Id. */
  readonly session: string
  /** All that was said in it. */
  readonly transcript: Transcript
  readonly spent: Spent
  /** Rules that it lacked. */
  readonly needs?: ReadonlyArray<string>
}

/** It came to its end by itself. */
export const endedBy = (notice: TerminalNotice, known: Known): Ended => {
  switch (notice.type) {
    case "agent.replied":
      return ended("replied", notice.text.trim() || saidIn(known) || "It ended without a word.", known)
    case "agent.failed":
      return ended("failed", soFar(notice.failure.message, known), known)
    case "agent.cancelled":
      return cutOff("cancelled", known)
  }
}

const reasons = {
  cancelled: "It was stopped before its end.",
  timed_out: "Its time was over before its end.",
  interrupted: "The program ended before it did."
} as const

/** It was ended by something else. */
export const cutOff = (end: keyof typeof reasons, known: Known): Ended => ended(end, soFar(reasons[end], known), known)

/** It could not even begin. */
export const unopened = (error: unknown, known: Known): Ended =>
  ended("failed", `It could not be begun: ${error instanceof Error ? error.message : String(error)}`, known)

/** It ended with the program, and nobody knows how far it came. */
export const unreadable = (error: Error, known: Known): Ended =>
  ended("interrupted", `${reasons.interrupted} Its session cannot be read: ${error.message}`, known)

/** Of one that has no answer it is said how far it came: its effects stay. */
const soFar = (reason: string, known: Known): string => {
  const said = saidIn(known)
  const call = known.transcript.flatMap(callsOf).at(-1)
  return [
    reason,
    call === undefined ? "It had called no tool." : `The last that it called was ${callLine(call)}.`,
    said === "" ? "It had said nothing yet." : `It had said so far:\n\n${said}`
  ].join(" ")
}

const saidIn = ({ transcript }: Known): string =>
  transcript
    .filter(({ role }) => role === "assistant")
    .map((message) => textOf(message).trim())
    .filter((text) => text !== "")
    .join("\n\n")

const ended = (end: AgentResult["end"], text: string, { session, spent, needs = [] }: Known): Ended => {
  const { usage, cost } = spent
  return {
    result: {
      session,
      end,
      text: fitting(text, session),
      ...(cost === undefined ? {} : { cost }),
      tokens: usage.input + usage.output,
      ...(needs.length === 0 ? {} : { needs })
    },
    spent
  }
}

const fitting = (text: string, session: string): string => {
  const kept = headTail(mostText)
  kept.push(text)
  return kept.text((left) => `\n[… ${left} characters left out; all of it: kintsugi session show ${session} …]\n`)
}
