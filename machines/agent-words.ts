/** The words of the agent's machine: its actors, what it asks itself, what it does. */
import { assign, emit, enqueueActions, setup } from "xstate"
import type { Taken } from "../llm/model.ts"
import { callsOf, textOf, type ToolCall } from "../llm/message.ts"
import type { Mode } from "../plugins/permission.ts"
import { narrowingsIn, useSkill } from "../plugins/skill-text.ts"
import type { AgentContext, CompactionOrder, Mail, ModelOrder, ToolsOrder } from "./agent-context.ts"
import { isRunning, resultMessage, stillRunning, withResult } from "./background.ts"
import type { AgentEvent, AgentNotice, Failure, Question, Spent } from "./events.ts"
import { type Word, wordOf } from "./question.ts"
import { repetitions, repetitionWarning } from "./repetition.ts"
import { factLines, factsIn, noFacts, saidOnce, skillsIn } from "./facts.ts"
import { estimated, isSummary, sizeNow } from "./room.ts"
import { slot } from "./slot.ts"
import { blinded, nothingSpent, overspent, spend, together } from "./spending.ts"
import { saidIn } from "./said.ts"
import { closeCalls, compacted, interruptedReply, openCall, openCalls, toolMessage } from "./transcript.ts"
import {
  cancelledAnswer,
  cutShort,
  flawOf,
  interruptedAnswer,
  noTurn,
  resumeLimit,
  type Turn,
  uncompacted
} from "./turn.ts"

/** Equal rounds in a row after which the model is told, and after which the turn is stopped. */
export const patience = { told: 3, stopped: 5 }

export type Reply = Extract<AgentEvent, { type: "model.replied" }>
type Answered = Extract<AgentEvent, { type: "permission.answered" }>
type BackgroundEnd = Extract<AgentEvent, { type: "background.settled" }>

const paid = ({ turn, spent, blind }: AgentContext, request: Taken) => ({
  turn: { ...turn, spent: spend(turn.spent, request) },
  spent: spend(spent, request),
  blind: blinded(blind, spend(nothingSpent, request))
})

/** Why nothing more may be asked. */
export const spentOut = ({ limits, spent, blind }: AgentContext): Failure | undefined => overspent(limits, spent, blind)

/** Once until the next reply, and only where there is more to it than what the turn must answer. */
export const mayCompact = ({ turn, transcript }: AgentContext): boolean =>
  turn.crowded === undefined &&
  transcript.some((message) => message.role !== "user" || !(isSummary(message) || turn.messages.includes(message.id)))

const timesOf = ({ resumed = 0 }: Turn): number => resumed

/** A turn in which skills are followed that may narrow what it may do; nothing widens it again. */
const narrowedBy = (turn: Turn, texts: ReadonlyArray<string>): Turn => {
  const more = narrowingsIn(texts)
  return more.length === 0 ? turn : { ...turn, only: [...(turn.only ?? []), ...more] }
}

/** All that a turn which ends here was to answer; messages that nobody read yet are part of it. */
const unserved = ({ turn, mail }: AgentContext): ReadonlyArray<string> => [
  ...turn.messages,
  ...mail.map(({ message }) => message.id)
]

export const agentWords = setup({
  types: { context: {} as AgentContext, events: {} as AgentEvent, emitted: {} as AgentNotice },
  actors: {
    model: slot<AgentEvent, ModelOrder>("model"),
    tools: slot<AgentEvent, ToolsOrder>("tools"),
    compaction: slot<AgentEvent, CompactionOrder>("compaction")
  },
  guards: {
    hasMail: ({ context }) => context.mail.length > 0,
    hasTalked: ({ context }) => context.transcript.length > 0,
    hasQuestions: ({ context }) => context.questions.length > 0,
    hasRounds: ({ context }) => context.turn.rounds < context.maxTurns,
    isSettled: ({ context }) => openCalls(context.transcript).length === 0,
    isInTurn: ({ context }) => context.turn.messages.length > 0,
    isSpent: ({ context }) => spentOut(context) !== undefined,
    mayCompact: ({ context }) => mayCompact(context),
    goesOn: ({ context: { turn }, event }) =>
      event.type === "session.opened" && event.goOn === true && timesOf(turn) < resumeLimit,
    isRefused: ({ context }) => context.turn.crowded?.failure !== undefined,
    isVerified: ({ context }) => context.turn.final !== undefined,
    isStuck: ({ context }) => repetitions(context.transcript) >= patience.stopped,
    isOpen: ({ context }, { callId }: { callId: string }) => openCall(context.transcript, callId) !== undefined,
    isNew: ({ context }, { id }: { id: string }) => !context.background.some((one) => one.id === id),
    isRunning: ({ context }, { id }: { id: string }) => isRunning(context.background, id),
    /** It is open, and what is said to it can be taken: values that do not fit its fields are no answer. */
    isAsked: ({ context }, answered: Answered) => {
      const question = context.questions.find(({ id }) => id === answered.id)
      return question !== undefined && wordOf(question, answered) !== undefined
    },
    wantsTools: ({ context }, { message }: Reply) => context.loop && callsOf(message).length > 0,
    isWhole: ({ context }, { message, finishReason }: Reply) =>
      flawOf(message, finishReason, context.turn.rounds) === undefined
  },
  actions: {
    receive: assign({ mail: ({ context }, { mail }: { mail: Mail }) => [...context.mail, mail] }),
    beginTurn: assign({ turn: ({ context }) => ({ ...noTurn, startedAt: context.mail[0]?.at ?? 0 }) }),
    /** Every waiting message enters the conversation, behind the answers of the round before. */
    readMail: assign(({ context: { mail, transcript, turn } }) => ({
      transcript: [...transcript, ...mail.map(({ message }) => message)],
      turn: {
        ...narrowedBy(
          turn,
          mail.map(({ message }) => textOf(message))
        ),
        messages: [...turn.messages, ...mail.map(({ message }) => message.id)]
      },
      mail: []
    })),
    beginRound: assign({ turn: ({ context: { turn } }) => ({ ...turn, rounds: turn.rounds + 1 }) }),
    hear: assign({ partial: ({ context }, { delta }: { delta: string }) => context.partial + delta }),
    forgetPartial: assign({ partial: "" }),
    keepPartial: assign({
      transcript: ({ context }) => interruptedReply(context.transcript, context.partial, context.model)
    }),
    /** The request that did not fit is none of the turn's rounds. */
    crowd: assign({
      partial: "",
      turn: ({ context: { turn } }, { failure }: { failure?: Failure }) => ({
        ...turn,
        rounds: turn.rounds - 1,
        crowded: failure === undefined ? {} : { failure }
      })
    }),
    remember: assign(({ context: { transcript, turn, loop, floor } }, { message, usage }: Reply) => {
      // Without the loop nobody would ever answer a call.
      const heard = loop ? message : { ...message, content: message.content.filter((block) => block.type !== "call") }
      return {
        partial: "",
        transcript: [...transcript, heard],
        turn: { ...turn, crowded: undefined },
        // Where the provider does not count, a rough size is better than none.
        contextUsed: usage === undefined ? estimated([...transcript, heard]) : usage.input + usage.output,
        floor: floor ?? usage?.input ?? estimated(transcript)
      }
    }),
    pay: assign(({ context }, request: Taken) => paid(context, request)),
    /** A summary that nobody wrote costs nothing. */
    payIfAsked: assign(({ context }, { model, usage, cost }: Extract<AgentEvent, { type: "compaction.failed" }>) =>
      model === undefined ? {} : paid(context, { model, usage, cost })
    ),
    /** What agents below this one spent. */
    payFor: assign(({ context }, { spent }: { spent: Spent }) => ({
      spent: together(context.spent, spent),
      blind: blinded(context.blind, spent)
    })),
    payInTurn: assign(({ context: { turn } }, { spent }: { spent: Spent }) => ({
      turn: { ...turn, spent: together(turn.spent, spent) }
    })),
    beginBackground: assign({
      background: (
        { context: { background } },
        { id, description, at }: Extract<AgentEvent, { type: "background.started" }>
      ) => [...background, { id, description, state: "running" as const, startedAt: at }]
    }),
    /** The one place where a result becomes a message: it stands behind the guard that it is the first. */
    settleBackground: enqueueActions(
      ({ context: { background, mail }, enqueue }, { id, result, at }: BackgroundEnd) => {
        const one = background.find((known) => known.id === id)
        if (one === undefined) return
        enqueue.assign({
          background: withResult(background, id, result),
          mail: [...mail, { message: resultMessage(one, result), at }]
        })
        enqueue.emit({ type: "agent.background", id, description: one.description, state: result.end, result })
      }
    ),
    markStarted: assign({
      started: ({ context }, { callId, idempotent }: { callId: string; idempotent: boolean }) => ({
        ...context.started,
        [callId]: { idempotent }
      })
    }),
    ask: assign({ questions: ({ context }, { question }: { question: Question }) => [...context.questions, question] }),
    /** "Always" answers every open question that the same rule covers. */
    answer: enqueueActions(({ context, enqueue }, answered: Answered) => {
      const { questions, allowed } = context
      const asked = questions.find(({ id }) => id === answered.id) as Question // behind the guard `isAsked`
      const word = wordOf(asked, answered) as Word
      const { decision } = word
      const isCovered = ({ id, rule, inquiry }: Question) =>
        id === asked.id || (decision === "always" && rule === asked.rule && inquiry === undefined)
      enqueue.assign({
        questions: questions.filter((question) => !isCovered(question)),
        allowed: decision === "always" ? [...allowed, asked.rule] : allowed
      })
      for (const { id } of questions.filter(isCovered)) {
        enqueue.sendTo("tools", { type: "permission.answered", id, ...word })
        enqueue.emit({ type: "agent.answered", id, decision })
      }
    }),
    settle: enqueueActions(
      ({ context, enqueue }, { callId, answer, final }: Extract<AgentEvent, { type: "tool.settled" }>) => {
        const { transcript, questions, turn } = context
        const call = openCall(transcript, callId)
        if (call === undefined) return
        const told = saidOnce(transcript, call, answer)
        const narrowed = call.name === useSkill && answer.success ? narrowedBy(turn, [String(answer.data)]) : turn
        enqueue.assign({
          transcript: [...transcript, toolMessage(call, told)],
          questions: questions.filter((question) => question.callId !== callId),
          turn: final && answer.success ? { ...narrowed, final: answer } : narrowed
        })
        enqueue.emit({ type: "agent.settled", call, answer: told })
      }
    ),
    /** The newest answer carries the warning: a message of its own would look like the user's. */
    warnOfRepetition: assign({
      transcript: ({ context: { transcript } }) => {
        const last = transcript.at(-1)
        if (last?.role !== "tool" || repetitions(transcript) !== patience.told) return transcript
        return [
          ...transcript.slice(0, -1),
          { ...last, content: [...last.content, { type: "text", text: repetitionWarning }] }
        ]
      }
    }),
    cancelCalls: assign({
      transcript: ({ context }) => closeCalls(context.transcript, cancelledAnswer(context.started))
    }),
    endTurn: assign({ turn: noTurn, started: {}, questions: [], partial: "" }),
    clear: assign({ transcript: [], contextUsed: 0, floor: 0, facts: noFacts }),
    replaceBySummary: assign(
      (
        { context: { transcript, turn, facts, background } },
        { summary, kept = 0 }: { summary: string; kept?: number }
      ) => {
        const known = factsIn(transcript, facts)
        const stays = { newest: kept, served: turn.messages }
        const standing = skillsIn(compacted(transcript, "", stays))
        const text = [summary, factLines(known, background, standing)].filter((part) => part !== "").join("\n\n")
        return {
          transcript: compacted(transcript, text, stays),
          facts: known,
          contextUsed: 0,
          floor: undefined
        }
      }
    ),
    /** As after a compaction that freed nothing: as much as a reserve must come before it is tried again. */
    bearFull: assign({ floor: ({ context: { transcript, contextUsed } }) => sizeNow(transcript, contextUsed) }),
    /** Whatever the journal left running is gone: the conversation is made whole without it, waiting messages included. */
    recover: assign(({ context: { transcript, partial, model, started, mail } }) => {
      const heard = interruptedReply(transcript, partial, model)
      const closed = closeCalls(heard, interruptedAnswer(started))
      return { transcript: [...closed, ...mail.map(({ message }) => message)], mail: [] }
    }),
    /** The request that broke with its process is none of the turn's rounds. */
    forgetRequest: assign({
      partial: "",
      turn: ({ context: { turn } }) => ({ ...turn, rounds: turn.rounds - 1 })
    }),
    /** Calls that the process left open are answered, and their questions with them. */
    settleOpen: enqueueActions(({ context: { transcript, started }, enqueue }) => {
      const answerFor = interruptedAnswer(started)
      const open = openCalls(transcript)
      enqueue.assign({ transcript: closeCalls(transcript, answerFor), questions: [], started: {} })
      for (const call of open) enqueue.emit({ type: "agent.settled", call, answer: answerFor(call) })
    }),
    countResumed: assign({ turn: ({ context: { turn } }) => ({ ...turn, resumed: timesOf(turn) + 1 }) }),
    /** What did not fit may be compacted anew: the summary of it never came. */
    uncrowd: assign({ turn: ({ context: { turn } }) => ({ ...turn, crowded: undefined }) }),
    configure: assign(({ context }, event: Extract<AgentEvent, { type: "session.opened" }>) => ({
      model: event.model ?? context.model,
      permissions: event.permissions ?? context.permissions,
      maxTurns: event.maxTurns,
      loop: event.loop,
      spent: event.spent ?? context.spent,
      limits: event.limits ?? {},
      blind: {},
      background:
        event.background === undefined ? context.background : stillRunning(context.background, event.background)
    })),
    chooseModel: assign({ model: (_, { model }: { model: string }) => model, blind: {} }),
    choosePermissions: assign({ permissions: (_, { mode }: { mode: Mode }) => mode }),
    tell: emit((_, { notice }: { notice: AgentNotice }) => notice),
    tellStarted: emit(
      ({
        context: {
          turn: { messages },
          transcript
        }
      }) => {
        const said = saidIn(transcript, messages)
        return { type: "agent.started", messages, ...(said.length === 0 ? {} : { said }) }
      }
    ),
    tellActing: emit(({ context }, { callId, input }: { callId: string; input?: unknown }) => {
      const call = openCall(context.transcript, callId) as ToolCall // the guard `isOpen` stands before it
      return { type: "agent.acting", call: input === undefined ? call : { ...call, input } }
    }),
    tellReplied: emit(({ context: { turn, transcript } }) => {
      const { final, messages, spent } = turn
      const text =
        final === undefined ? transcript.slice(-1).map(textOf).join("") : String(final.summary ?? final.data ?? "")
      return { type: "agent.replied", text, verified: final !== undefined, messages, spent }
    }),
    tellFailed: emit(({ context: { turn } }, { failure }: { failure: Failure }) => {
      return { type: "agent.failed", failure, messages: turn.messages, spent: turn.spent }
    }),
    /** What was heard of the reply that did not fit is void. */
    tellCrowded: enqueueActions(({ context: { model }, enqueue }, { failure }: { failure?: Failure }) => {
      const reason = `the conversation is too long for ${model} and is compacted`
      if (failure !== undefined) enqueue.emit({ type: "agent.retrying", attempt: 1, delay: 0, reason })
      enqueue.emit({ type: "agent.compacting", reason: failure === undefined ? "full" : "overflow" })
    }),
    tellUncompacted: emit(({ context: { turn } }, { failure }: { failure: Failure }) => {
      const { messages, spent, crowded } = turn
      return { type: "agent.failed", failure: uncompacted(crowded?.failure, failure), messages, spent }
    }),
    tellSpent: emit(({ context }) => {
      const { messages, spent } = context.turn
      return { type: "agent.failed", failure: spentOut(context) as Failure, messages, spent } // behind the guard `isSpent`
    }),
    tellResumed: emit(({ context: { turn } }) => {
      return { type: "agent.resumed", messages: turn.messages, times: timesOf(turn) }
    }),
    tellInterrupted: enqueueActions(({ context, enqueue }) => {
      const messages = unserved(context)
      const { turn } = context
      if (messages.length === 0) return
      enqueue.emit({ type: "agent.failed", failure: cutShort(timesOf(turn)), messages, spent: turn.spent })
    }),
    tellClosed: enqueueActions(({ context, enqueue }) => {
      const messages = unserved(context)
      if (messages.length > 0) enqueue.emit({ type: "agent.cancelled", messages, spent: context.turn.spent })
    }),
    tellCancelled: emit(({ context: { turn } }) => {
      return { type: "agent.cancelled", messages: turn.messages, spent: turn.spent }
    })
  }
})
