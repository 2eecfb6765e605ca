/** The words of the agent's machine: its actors, what it asks itself, what it does. */
import { assign, emit, enqueueActions, setup } from "xstate"
import type { Taken } from "../llm/model.ts"
import { callsOf } from "../llm/message.ts"
import type { Mode } from "../plugins/permission.ts"
import { useSkill } from "../plugins/skill-text.ts"
import type {
  AdmissionOrder,
  AgentContext,
  CompactionOrder,
  EndingOrder,
  Mail,
  ModelOrder,
  ToolsOrder
} from "./agent-context.ts"
import { heard, madeWhole, type Reply, summarised, warnedOfRepetition } from "./conversation.ts"
import { isRunning, resultMessage, stillRunning, withResult } from "./background.ts"
import type { AgentEvent, AgentNotice, Failure, Question, Spent } from "./events.ts"
import { acting, ended, failed, type Running, started, unserved } from "./agent-notices.ts"
import { admitted, asked, dropped, hasMail, isServing, kept, read, refused } from "./mail.ts"
import { type Word, wordOf } from "./question.ts"
import { repetitions } from "./repetition.ts"
import { noFacts, saidOnce } from "./facts.ts"
import { isSummary, sizeNow } from "./room.ts"
import { slot } from "./slot.ts"
import { blinded, nothingSpent, overspent, spend, together } from "./spending.ts"
import { closeCalls, interruptedReply, openCall, openCalls, toolMessage } from "./transcript.ts"
import {
  cancelledAnswer,
  cutShort,
  endsAllTheSame,
  flawOf,
  goingOn,
  interruptedAnswer,
  leftOut,
  mostAgain,
  narrowedBy,
  notAdmitted,
  noTurn,
  resumeLimit,
  type Turn,
  uncompacted
} from "./turn.ts"

/** Equal rounds in a row after which the model is told, and after which the turn is stopped. */
export const patience = { told: 3, stopped: 5 }

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

/** Without the questions that were asked about a message that is settled. */
const withdrawn = ({ questions }: AgentContext, { id }: { id: string }): ReadonlyArray<Question> =>
  questions.filter(({ callId }) => callId !== id)

export const agentWords = setup({
  types: { context: {} as AgentContext, events: {} as AgentEvent, emitted: {} as AgentNotice },
  actors: {
    model: slot<AgentEvent, ModelOrder>("model"),
    tools: slot<AgentEvent, ToolsOrder>("tools"),
    compaction: slot<AgentEvent, CompactionOrder>("compaction"),
    admission: slot<AgentEvent, AdmissionOrder>("admission"),
    ending: slot<AgentEvent, EndingOrder>("ending")
  },
  guards: {
    hasMail: ({ context }) => hasMail(context),
    hasGated: ({ context: { mail } }) => mail.some(({ gate }) => gate !== undefined),
    isAdmitted: ({ context: { mail } }) => mail.every(({ gate }) => gate !== "asked"),
    isGated: ({ context: { mail } }, { id }: { id: string }) =>
      mail.some(({ message, gate }) => message.id === id && gate === "asked"),
    isServing: ({ context }) => isServing(context),
    hasTalked: ({ context }) => context.transcript.length > 0,
    hasQuestions: ({ context }) => context.questions.length > 0,
    hasNoQuestions: ({ context }) => context.questions.length === 0,
    hasRounds: ({ context }) => context.turn.rounds < context.maxTurns,
    isSettled: ({ context }) => openCalls(context.transcript).length === 0,
    isInTurn: ({ context }) => context.turn.messages.length > 0,
    isSpent: ({ context }) => spentOut(context) !== undefined,
    mayCompact: ({ context }) => mayCompact(context),
    goesOn: ({ context: { turn }, event }) =>
      event.type === "session.opened" && event.goOn === true && timesOf(turn) < resumeLimit,
    isRefused: ({ context }) => context.turn.crowded?.failure !== undefined,
    isVerified: ({ context }) => context.turn.final !== undefined,
    /** Its reply is whole, and plugins are heard before it ends the turn. */
    isEnding: ({ context }) => context.turn.ending === true,
    mayGoOn: ({ context }) =>
      (context.turn.again ?? 0) < mostAgain &&
      context.turn.rounds < context.maxTurns &&
      spentOut(context) === undefined,
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
      flawOf(message, finishReason, context.turn.rounds) === undefined,
    isWholeAndGated: ({ context }, { message, finishReason, gated }: Reply) =>
      gated === true && flawOf(message, finishReason, context.turn.rounds) === undefined
  },
  actions: {
    receive: assign({ mail: ({ context }, { mail }: { mail: Mail }) => [...context.mail, mail] }),
    beginTurn: assign({
      turn: ({ context }) => ({ ...noTurn, startedAt: context.mail.find(({ held }) => held !== true)?.at ?? 0 })
    }),
    readMail: assign(({ context }) => read(context)),
    askAdmission: assign(({ context }) => asked(context)),
    admit: assign(({ context }, event: Extract<AgentEvent, { type: "message.admitted" }>) => ({
      ...admitted(context, event),
      questions: withdrawn(context, event)
    })),
    refuse: assign(({ context }, event: Extract<AgentEvent, { type: "message.refused" }>) => ({
      ...refused(context, event.id, event.failure),
      questions: withdrawn(context, event)
    })),
    dropGated: assign(({ context }) => dropped(context)),
    withdraw: assign({ questions: [] }),
    beginEnding: assign({ turn: ({ context: { turn } }) => ({ ...turn, ending: true as const }) }),
    goOn: assign(({ context }, said: Extract<AgentEvent, { type: "ending.opposed" }>) => goingOn(context, said)),
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
    remember: assign(({ context }, reply: Reply) => heard(context, reply)),
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
    answer: enqueueActions(({ context, enqueue }, { answered, to }: { answered: Answered; to: string }) => {
      const { questions, allowed } = context
      const asked = questions.find(({ id }) => id === answered.id) as Question // behind the guard `isAsked`
      const word = wordOf(asked, answered) as Word
      const { decision } = word
      const isAlways = decision === "always" && asked.rule !== ""
      const isCovered = ({ id, rule, inquiry }: Question) =>
        id === asked.id || (isAlways && rule === asked.rule && inquiry === undefined)
      enqueue.assign({
        questions: questions.filter((question) => !isCovered(question)),
        allowed: isAlways ? [...allowed, asked.rule] : allowed
      })
      for (const { id } of questions.filter(isCovered)) {
        enqueue.sendTo(to, { type: "permission.answered", id, ...word })
        enqueue.emit({ type: "agent.answered", id, decision })
      }
    }),
    settle: enqueueActions(
      ({ context, enqueue }, { callId, answer, final, gated }: Extract<AgentEvent, { type: "tool.settled" }>) => {
        const { transcript, questions, turn } = context
        const call = openCall(transcript, callId)
        if (call === undefined) return
        const told = saidOnce(transcript, call, answer)
        const narrowed = call.name === useSkill && answer.success ? narrowedBy(turn, [String(answer.data)]) : turn
        enqueue.assign({
          transcript: [...transcript, toolMessage(call, told)],
          questions: questions.filter((question) => question.callId !== callId),
          turn: final && answer.success ? { ...narrowed, final: answer, ...(gated && { ending: gated }) } : narrowed
        })
        enqueue.emit({ type: "agent.settled", call, answer: told })
      }
    ),
    warnOfRepetition: assign({ transcript: ({ context }) => warnedOfRepetition(context.transcript, patience.told) }),
    cancelCalls: assign({
      transcript: ({ context }) => closeCalls(context.transcript, cancelledAnswer(context.started))
    }),
    endTurn: assign(({ context }) => ({
      turn: noTurn,
      started: {},
      questions: [],
      partial: "",
      ...(context.mail.length > 0 && { mail: kept(context) })
    })),
    clear: assign({ transcript: [], mail: [], contextUsed: 0, floor: 0, facts: noFacts }),
    replaceBySummary: assign(({ context }, said: { summary: string; kept?: number }) => summarised(context, said)),
    /** As after a compaction that freed nothing: as much as a reserve must come before it is tried again. */
    bearFull: assign({ floor: ({ context: { transcript, contextUsed } }) => sizeNow(transcript, contextUsed) }),
    recover: assign(({ context }) => madeWhole(context)),
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
    tellStarted: emit(({ context }) => started(context)),
    tellActing: emit(({ context }, run: Running) => acting(context, run)),
    tellReplied: emit(({ context }) => ended(context)),
    tellRefused: emit(({ context: { turn } }) => failed(turn, notAdmitted(turn.refused ?? []))),
    /** The turn goes on without them, and its end is theirs as well. */
    tellLeftOut: enqueueActions(({ context: { turn }, enqueue }) => {
      const { refused, ...rest } = turn
      if (refused === undefined) return
      enqueue.assign({ turn: rest })
      for (const one of refused) enqueue.emit({ type: "agent.warned", failure: leftOut(one) })
    }),
    tellOpposed: emit(({ context: { turn } }, { plugin, text }: { plugin: string; text: string }) => ({
      type: "agent.warned",
      failure: endsAllTheSame(plugin, text, turn.again)
    })),
    tellFailed: emit(({ context: { turn } }, { failure }: { failure: Failure }) => failed(turn, failure)),
    /** What was heard of the reply that did not fit is void. */
    tellCrowded: enqueueActions(({ context: { model }, enqueue }, { failure }: { failure?: Failure }) => {
      const reason = `the conversation is too long for ${model} and is compacted`
      if (failure !== undefined) enqueue.emit({ type: "agent.retrying", attempt: 1, delay: 0, reason })
      enqueue.emit({ type: "agent.compacting", reason: failure === undefined ? "full" : "overflow" })
    }),
    tellUncompacted: emit(({ context: { turn } }, { failure }: { failure: Failure }) =>
      failed(turn, uncompacted(turn.crowded?.failure, failure))
    ),
    tellSpent: emit(({ context }) => failed(context.turn, spentOut(context) as Failure)), // behind the guard `isSpent`
    tellResumed: emit(({ context: { turn } }) => {
      return { type: "agent.resumed", messages: turn.messages, times: timesOf(turn) }
    }),
    tellInterrupted: enqueueActions(({ context, enqueue }) => {
      const messages = unserved(context)
      const { turn } = context
      if (messages.length > 0) enqueue.emit(failed({ ...turn, messages }, cutShort(timesOf(turn))))
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
