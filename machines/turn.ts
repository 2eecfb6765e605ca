/** One turn as plain data: what it spent, how it may end, what its open calls are told when it is cut short. */
import { callsOf, textOf, type AssistantMessage, type ToolCall } from "../llm/message.ts"
import type { FinishReason } from "../llm/model.ts"
import type { Answer } from "../plugins/tool.ts"
import type { Narrowing } from "../plugins/permission.ts"
import { narrowingsIn } from "../plugins/skill-text.ts"
import type { Failure, Spent, Transcript } from "./events.ts"
import { nothingSpent } from "./spending.ts"

/** From a user message to the one notice that ends it. */
export interface Turn {
  /** Ids of the user messages it serves. */
  readonly messages: ReadonlyArray<string>
  /** When the first of them arrived, milliseconds since the Unix epoch. */
  readonly startedAt: number
  /** Requests to the model so far. */
  readonly rounds: number
  readonly spent: Spent
  /** The answer that ended it: a verified `task_done`. */
  readonly final?: Answer
  /** The conversation did not fit, and nothing was answered since it was to be compacted. */
  readonly crowded?: Crowded
  /** How often it went on after its process had ended; absent: never. */
  readonly resumed?: number
  /** What skills that are followed in it leave permitted; absent: none narrows anything. */
  readonly only?: ReadonlyArray<Narrowing>
  /** Messages of it that were not admitted, and that was not told yet; absent: none. */
  readonly refused?: ReadonlyArray<Refusal>
  /** It has replied, and somebody is heard before it ends. */
  readonly ending?: true
  /** How often plugins had it go on after a reply; absent: never. */
  readonly again?: number
}

export interface Refusal {
  /** As the user typed it. */
  readonly text: string
  readonly failure: Failure
}

/** `failure`: what the model said to it; absent: it was not asked. */
export interface Crowded {
  readonly failure?: Failure
}

/** Calls that began to run, and whether repeating them would do no harm. */
export type Started = Readonly<Record<string, { readonly idempotent: boolean }>>

export const noTurn: Turn = { messages: [], startedAt: 0, rounds: 0, spent: nothingSpent }

/** With what skills that are followed leave permitted; nothing widens it again. */
export const narrowedBy = (turn: Turn, texts: ReadonlyArray<string>): Turn => {
  const more = narrowingsIn(texts)
  return more.length === 0 ? turn : { ...turn, only: [...(turn.only ?? []), ...more] }
}

/** What a turn that ends has replied. */
export const replied = ({ final }: Turn, transcript: Transcript): string =>
  final === undefined ? transcript.slice(-1).map(textOf).join("") : String(final.summary ?? final.data ?? "")

/** Times that plugins may have one turn go on after a reply. */
export const mostAgain = 8

/** As it goes on, because a plugin has something to be done first: nobody takes its words for the user's. */
export const goingOn = (
  { turn, transcript }: { readonly turn: Turn; readonly transcript: Transcript },
  { id, plugin, text }: { readonly id: string; readonly plugin: string; readonly text: string }
): { readonly turn: Turn; readonly transcript: Transcript } => {
  const { final: _, ending: __, ...rest } = turn
  const head = `[Plugin ${plugin} has the turn go on; the user did not say this:]`
  const said = { type: "text" as const, text: `${head}\n\n${text}` }
  return {
    turn: { ...rest, again: (turn.again ?? 0) + 1 },
    transcript: [...transcript, { role: "user", id, content: [said], from: plugin }]
  }
}

/** What is wrong with a reply that should end a turn; `undefined` when it may. */
export const flawOf = (message: AssistantMessage, finishReason: FinishReason, rounds: number): Failure | undefined => {
  if (finishReason === "length") {
    return {
      code: "length",
      message: "The reply was cut at the model's output limit; raise llm.max_tokens, or say “go on”."
    }
  }
  if (finishReason === "filtered") {
    return {
      code: "filtered",
      message:
        "The provider withheld the reply (content filter or refusal); say it another way or choose another model."
    }
  }
  // After work was done, silence means that the model has nothing to add.
  const isSilent = textOf(message) === "" && callsOf(message).length === 0
  return isSilent && rounds <= 1
    ? { code: "empty", message: "The model answered nothing; try again or choose another model." }
    : undefined
}

/** Times that one turn goes on after its process has ended: it may be what ends the processes. */
export const resumeLimit = 3

export const cutShort = (resumed: number): Failure => ({
  code: "interrupted",
  message:
    resumed < resumeLimit
      ? "The program ended before this turn did. What was done stands in the conversation; say “go on” to continue."
      : `The program has ended ${resumed + 1} times during this turn, so it is not begun again by itself. ` +
        "Look at what it did last, then say “go on”, or say it in other words."
})

/** A summary was asked for outside of a turn, and never came. */
export const notCompacted: Failure = {
  code: "interrupted",
  message: "Nothing was compacted: the program ended meanwhile. Say /compact again."
}

/** A plugin objects to a compaction that must be. */
export const compactedAllTheSame = ({
  plugin,
  reason
}: {
  readonly plugin: string
  readonly reason: string
}): Failure => ({
  code: "refused",
  message: `The conversation is compacted although plugin ${plugin} would not have it, because it does not fit into the model's window any more: ${reason}`
})

export const outOfRounds = (maxTurns: number): Failure => ({
  code: "max_turns",
  message: `Stopped after ${maxTurns} rounds without an end; say “go on”, or raise react.max_turns (--max-turns).`
})

const doesNotFit: Failure = {
  code: "context_overflow",
  message: "The conversation does not fit into the model's window."
}

/** The conversation does not fit, and compacting it has not helped, or cannot. @param crowded Absent: it was not tried. */
export const tooLong = (said: Failure = doesNotFit, crowded: Crowded | undefined): Failure => ({
  code: said.code,
  message:
    crowded === undefined
      ? `${said.message} There is nothing to compact: what you said fills the window alone. Say it in parts, or choose a model with a larger window.`
      : `${said.message} Compacting it just before did not help: what must stay does not fit either. Say it in parts, or choose a model with a larger window.`
})

/** The model said that the conversation is too long, and there is no summary of it. */
export const uncompacted = (said: Failure = doesNotFit, { message }: Failure): Failure => ({
  code: said.code,
  message: `${said.message} It could not be compacted: ${message}`
})

export const goingInCircles = (transcript: Transcript, times: number): Failure => {
  const last = transcript.findLast((message) => message.role === "assistant")
  const names =
    last === undefined
      ? ""
      : callsOf(last)
          .map((call) => call.name)
          .join(", ")
  return {
    code: "repetition",
    message: `Stopped: the model made the same calls (${names}) ${times} times with the same answers. Say what to do differently.`
  }
}

/** All that a turn was to answer was refused. */
export const notAdmitted = (refused: ReadonlyArray<Refusal>): Failure => {
  const needs = refused.find(({ failure }) => failure.needs !== undefined)?.failure.needs
  return {
    code: "refused",
    message: refused.map(({ failure }) => failure.message).join(" "),
    ...(needs !== undefined && { needs })
  }
}

/** One message of several was refused. */
export const leftOut = ({ text, failure }: Refusal): Failure => {
  const line = text.replace(/\s+/g, " ").trim()
  return {
    ...failure,
    message: `“${line.length > 60 ? `${line.slice(0, 59)}…` : line}” is left out of what you said. ${failure.message}`
  }
}

/** A plugin would have the turn go on, which has come to its limits. */
export const endsAllTheSame = (plugin: string, text: string, again = 0): Failure => {
  const limit =
    again >= mostAgain ? `it went on ${mostAgain} times already` : "its rounds, or what may be spent, are used up"
  return {
    code: "opposed",
    message: `The turn ends although plugin ${plugin} would have it go on, because ${limit}: ${text}`
  }
}

/** What the calls of a turn are answered when the user stops it. */
export const cancelledAnswer =
  (started: Started) =>
  (call: ToolCall): Answer => ({
    success: false,
    errorClass: "cancelled",
    error:
      call.id in started
        ? "cancelled by the user while it ran; its effects may be partial"
        : "cancelled by the user before it ran"
  })

/** What the calls of a turn are answered when the program ended under them. */
export const interruptedAnswer =
  (started: Started) =>
  (call: ToolCall): Answer => ({ success: false, errorClass: "interrupted", error: interruption(started[call.id]) })

const interruption = (started: Started[string] | undefined): string => {
  if (started === undefined) return "not run: the program ended before"
  if (started.idempotent) return "interrupted: the program ended while it ran; it is safe to call again"
  return "interrupted, state unknown: the program ended while it ran; look at its effects before calling it again"
}
