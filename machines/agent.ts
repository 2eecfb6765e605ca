/**
 * The ReAct loop: idle → thinking → acting → thinking → … → idle.
 *
 * Pure: no clock, no chance, no I/O. Ids and times arrive in events; `actors/agent.ts` provides the actors it names.
 * Feeding it the journal's events again gives the same conversation, which is how a session is resumed.
 */
import { and, assign, emit, enqueueActions, not, setup } from "xstate"
import { callsOf, textOf, type AssistantMessage, type ToolCall, type UserMessage } from "../llm/message.ts"
import type { Mode } from "../plugins/permission.ts"
import { type Background, isRunning, resultMessage, stillRunning, withResult } from "./background.ts"
import type { AgentEvent, AgentNotice, Failure, Limits, Question, Spent, Transcript } from "./events.ts"
import { repetitions, repetitionWarning } from "./repetition.ts"
import type { Room } from "./room.ts"
import { slot } from "./slot.ts"
import { type Blind, blinded, nothingSpent, overspent, type Request, spend, together } from "./spending.ts"
import { closeCalls, compacted, interruptedReply, openCall, openCalls, toolMessage } from "./transcript.ts"
import {
  cancelledAnswer,
  flawOf,
  goingInCircles,
  interruptedAnswer,
  noTurn,
  outOfRounds,
  type Started,
  tooLong,
  type Turn,
  uncompacted
} from "./turn.ts"

/** Equal rounds in a row after which the model is told, and after which the turn is stopped. */
const patience = { told: 3, stopped: 5 }

export interface AgentContext {
  readonly transcript: Transcript
  /** Arrived and not yet read by the model. */
  readonly mail: ReadonlyArray<Mail>
  readonly turn: Turn
  /** Text of the reply that is being written. */
  readonly partial: string
  readonly started: Started
  readonly questions: ReadonlyArray<Question>
  /** Agents that it started and that nobody waits for, oldest first. */
  readonly background: ReadonlyArray<Background>
  /** Rules that the user's "always" added to this session. */
  readonly allowed: ReadonlyArray<string>
  readonly model: string
  readonly permissions: Mode
  readonly maxTurns: number
  /** False: one plain answer, no tools. */
  readonly loop: boolean
  /** Of the whole session. */
  readonly spent: Spent
  readonly limits: Limits
  readonly blind: Blind
  /** Tokens of the newest request's prompt and reply. */
  readonly contextUsed: number
  /** Tokens of the first prompt after the newest compaction; 0 before the first, `undefined` until one is known. */
  readonly floor: number | undefined
}

interface Mail {
  readonly message: UserMessage
  /** Milliseconds since the Unix epoch. */
  readonly at: number
}

/** What the model actor is started with. */
export interface ModelOrder {
  readonly transcript: Transcript
  readonly model: string
  /** False: none may be called. */
  readonly tools: boolean
  /** Absent: it is asked, however full its window is; compacting has been tried. */
  readonly room?: Room
}

/** What the tools actor is started with. */
export interface ToolsOrder {
  readonly calls: ReadonlyArray<ToolCall>
  readonly taskStartedAt: number
  readonly permissions: Mode
  readonly allowed: ReadonlyArray<string>
}

/** What the compaction actor is started with. */
export interface CompactionOrder {
  readonly transcript: Transcript
  readonly model: string
  readonly focus: string | undefined
  /** The model has refused the conversation for its length. */
  readonly refused: boolean
}

type Reply = Extract<AgentEvent, { type: "model.replied" }>
type BackgroundEnd = Extract<AgentEvent, { type: "background.settled" }>

const mailOf = ({ id, content, at }: Extract<AgentEvent, { type: "user.message" }>): { readonly mail: Mail } => ({
  mail: { message: { role: "user", id, content }, at }
})

const priceOf = ({ message: { model }, usage, cost }: Reply): Request => ({ model, usage, cost })

const paid = ({ turn, spent, blind, contextUsed, floor }: AgentContext, request: Request) => ({
  turn: { ...turn, spent: spend(turn.spent, request) },
  spent: spend(spent, request),
  blind: blinded(blind, spend(nothingSpent, request)),
  contextUsed: request.usage === undefined ? contextUsed : request.usage.input + request.usage.output,
  floor: floor ?? request.usage?.input
})

const spentOut = ({ limits, spent, blind }: AgentContext): Failure | undefined => overspent(limits, spent, blind)

/** Once until the next reply, and only where there is more to it than what the user said. */
const mayCompact = ({ turn, transcript }: AgentContext): boolean =>
  turn.crowded === undefined && transcript.some(({ role }) => role === "assistant")

export const agentMachine = setup({
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
    isRefused: ({ context }) => context.turn.crowded?.failure !== undefined,
    isVerified: ({ context }) => context.turn.final !== undefined,
    isStuck: ({ context }) => repetitions(context.transcript) >= patience.stopped,
    isOpen: ({ context }, { callId }: { callId: string }) => openCall(context.transcript, callId) !== undefined,
    isNew: ({ context }, { id }: { id: string }) => !context.background.some((one) => one.id === id),
    isRunning: ({ context }, { id }: { id: string }) => isRunning(context.background, id),
    isAsked: ({ context }, { id }: { id: string }) => context.questions.some((question) => question.id === id),
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
      turn: { ...turn, messages: [...turn.messages, ...mail.map(({ message }) => message.id)] },
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
    remember: assign({
      partial: "",
      turn: ({ context: { turn } }) => ({ ...turn, crowded: undefined }),
      transcript: ({ context: { transcript, loop } }, { message }: { message: AssistantMessage }) => [
        ...transcript,
        // Without the loop nobody would ever answer a call.
        loop ? message : { ...message, content: message.content.filter((block) => block.type !== "call") }
      ]
    }),
    pay: assign(({ context }, request: Request) => paid(context, request)),
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
    answer: enqueueActions(
      ({ context, enqueue }, { id, decision }: Extract<AgentEvent, { type: "permission.answered" }>) => {
        const { questions, allowed } = context
        const rule = questions.find((question) => question.id === id)?.rule
        const isCovered = (question: Question) =>
          question.id === id || (decision === "always" && question.rule === rule)
        enqueue.assign({
          questions: questions.filter((question) => !isCovered(question)),
          allowed: decision === "always" && rule !== undefined ? [...allowed, rule] : allowed
        })
        for (const question of questions.filter(isCovered)) {
          enqueue.sendTo("tools", { type: "permission.answered", id: question.id, decision })
          enqueue.emit({ type: "agent.answered", id: question.id, decision })
        }
      }
    ),
    settle: enqueueActions(
      ({ context, enqueue }, { callId, answer, final }: Extract<AgentEvent, { type: "tool.settled" }>) => {
        const { transcript, questions, turn } = context
        const call = openCall(transcript, callId)
        if (call === undefined) return
        enqueue.assign({
          transcript: [...transcript, toolMessage(call, answer)],
          questions: questions.filter((question) => question.callId !== callId),
          turn: final && answer.success ? { ...turn, final: answer } : turn
        })
        enqueue.emit({ type: "agent.settled", call, answer })
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
    clear: assign({ transcript: [], contextUsed: 0, floor: 0 }),
    replaceBySummary: assign({
      transcript: ({ context: { transcript, turn } }, { summary, kept = 0 }: { summary: string; kept?: number }) =>
        compacted(transcript, summary, { newest: kept, served: turn.messages }),
      contextUsed: 0,
      floor: undefined
    }),
    /** Whatever the journal left running is gone: the conversation is made whole without it, waiting messages included. */
    recover: assign(({ context: { transcript, partial, model, started, mail } }) => {
      const heard = interruptedReply(transcript, partial, model)
      const closed = closeCalls(heard, interruptedAnswer(started))
      return { transcript: [...closed, ...mail.map(({ message }) => message)], mail: [] }
    }),
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
    tellStarted: emit(({ context }) => ({ type: "agent.started", messages: context.turn.messages })),
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
    tellCancelled: emit(({ context: { turn } }) => {
      return { type: "agent.cancelled", messages: turn.messages, spent: turn.spent }
    })
  }
}).createMachine({
  id: "agent",
  context: {
    transcript: [],
    mail: [],
    turn: noTurn,
    partial: "",
    started: {},
    questions: [],
    background: [],
    allowed: [],
    model: "",
    permissions: "ask",
    maxTurns: 50,
    loop: true,
    spent: nothingSpent,
    limits: {},
    blind: {},
    contextUsed: 0,
    floor: 0
  },
  on: {
    "session.opened": {
      target: ".idle",
      actions: ["recover", { type: "configure", params: ({ event }) => event }, "endTurn"]
    },
    "user.message": {
      actions: [
        { type: "receive", params: ({ event }) => mailOf(event) },
        { type: "tell", params: ({ event }) => ({ notice: { type: "agent.queued", id: event.id } }) }
      ]
    },
    "user.model": {
      actions: [
        { type: "chooseModel", params: ({ event }) => event },
        { type: "tell", params: ({ event }) => ({ notice: { type: "agent.changed", model: event.model } }) }
      ]
    },
    "subagent.ended": {
      actions: [
        { type: "payFor", params: ({ event }) => event },
        { type: "payInTurn", params: ({ event }) => event }
      ]
    },
    "background.started": {
      guard: { type: "isNew", params: ({ event }) => event },
      actions: [
        { type: "beginBackground", params: ({ event }) => event },
        {
          type: "tell",
          params: ({ event: { id, description } }) => ({
            notice: { type: "agent.background", id, description, state: "running" }
          })
        }
      ]
    },
    "background.settled": {
      guard: { type: "isRunning", params: ({ event }) => event },
      actions: [
        { type: "payFor", params: ({ event }) => event },
        { type: "settleBackground", params: ({ event }) => event }
      ]
    },
    "plugin.changed": {
      actions: { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.plugin" } }) }
    },
    "seam.made": {
      actions: { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.healed" } }) }
    },
    "user.permissions": {
      actions: [
        { type: "choosePermissions", params: ({ event }) => event },
        { type: "tell", params: ({ event }) => ({ notice: { type: "agent.changed", permissions: event.mode } }) }
      ]
    }
  },
  initial: "idle",
  states: {
    idle: {
      always: { guard: "hasMail", target: "ready", actions: ["beginTurn", "readMail", "tellStarted"] },
      on: {
        "user.message": { actions: { type: "receive", params: ({ event }) => mailOf(event) } },
        "user.compact": [
          {
            guard: and(["hasTalked", "isSpent"]),
            actions: {
              type: "tell",
              params: ({ context }) => ({ notice: { type: "agent.warned", failure: spentOut(context) as Failure } })
            }
          },
          {
            guard: "hasTalked",
            target: "compacting",
            actions: { type: "tell", params: { notice: { type: "agent.compacting" } } }
          }
        ],
        "user.clear": {
          actions: ["clear", { type: "tell", params: { notice: { type: "agent.changed", cleared: true } } }]
        }
      }
    },
    /** Before each request, and after a compaction; nothing rests here. */
    ready: {
      always: [
        { guard: not("isInTurn"), target: "idle" },
        { guard: "isSpent", target: "idle", actions: ["readMail", "tellSpent", "endTurn"] },
        { target: "thinking", actions: ["readMail", "beginRound"] }
      ]
    },
    thinking: {
      invoke: {
        src: "model",
        input: ({ context }) => {
          const { transcript, model, loop, contextUsed: used, floor } = context
          const room = mayCompact(context) ? { room: { used, floor } } : {}
          return { transcript, model, tools: loop, ...room }
        }
      },
      on: {
        "model.text": {
          actions: [
            { type: "hear", params: ({ event }) => event },
            { type: "tell", params: ({ event }) => ({ notice: { type: "agent.text", delta: event.delta } }) }
          ]
        },
        "model.thinking": {
          actions: { type: "tell", params: ({ event }) => ({ notice: { type: "agent.thinking", delta: event.delta } }) }
        },
        "model.calling": {
          actions: { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.calling" } }) }
        },
        "model.retrying": {
          actions: [
            "forgetPartial",
            { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.retrying" } }) }
          ]
        },
        "model.replied": [
          {
            guard: { type: "wantsTools", params: ({ event }) => event },
            target: "acting",
            actions: [
              { type: "remember", params: ({ event }) => event },
              { type: "pay", params: ({ event }) => priceOf(event) },
              { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.said" } }) }
            ]
          },
          {
            guard: { type: "isWhole", params: ({ event }) => event },
            target: "idle",
            actions: [
              { type: "remember", params: ({ event }) => event },
              { type: "pay", params: ({ event }) => priceOf(event) },
              { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.said" } }) },
              "tellReplied",
              "endTurn"
            ]
          },
          {
            target: "idle",
            actions: [
              { type: "remember", params: ({ event }) => event },
              { type: "pay", params: ({ event }) => priceOf(event) },
              { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.said" } }) },
              {
                type: "tellFailed",
                params: ({ context, event }) => ({
                  failure: flawOf(event.message, event.finishReason, context.turn.rounds) as Failure // not whole
                })
              },
              "endTurn"
            ]
          }
        ],
        "model.full": [
          {
            guard: "mayCompact",
            target: "compacting",
            actions: [
              { type: "crowd", params: ({ event }) => event },
              { type: "tellCrowded", params: ({ event }) => event }
            ]
          },
          {
            target: "idle",
            actions: [
              "keepPartial",
              {
                type: "tellFailed",
                params: ({ context, event }) => ({ failure: tooLong(event.failure, context.turn.crowded) })
              },
              "endTurn"
            ]
          }
        ],
        "model.failed": {
          target: "idle",
          actions: ["keepPartial", { type: "tellFailed", params: ({ event }) => event }, "endTurn"]
        },
        "user.cancel": { target: "idle", actions: ["keepPartial", "tellCancelled", "endTurn"] }
      }
    },
    acting: {
      invoke: {
        id: "tools",
        src: "tools",
        input: ({ context: { transcript, turn, permissions, allowed } }) => ({
          calls: openCalls(transcript),
          taskStartedAt: turn.startedAt,
          permissions,
          allowed
        })
      },
      always: [
        { guard: and(["isSettled", "isVerified"]), target: "idle", actions: ["tellReplied", "endTurn"] },
        {
          guard: and(["isSettled", "isStuck"]),
          target: "idle",
          actions: [
            {
              type: "tellFailed",
              params: ({ context }) => ({ failure: goingInCircles(context.transcript, patience.stopped) })
            },
            "endTurn"
          ]
        },
        {
          guard: and(["isSettled", not("hasRounds")]),
          target: "idle",
          actions: [
            { type: "tellFailed", params: ({ context }) => ({ failure: outOfRounds(context.maxTurns) }) },
            "endTurn"
          ]
        },
        { guard: "isSettled", target: "ready", actions: "warnOfRepetition" }
      ],
      on: {
        "tool.started": {
          guard: { type: "isOpen", params: ({ event }) => event },
          actions: [
            { type: "markStarted", params: ({ event }) => event },
            { type: "tellActing", params: ({ event }) => event }
          ]
        },
        "tool.progressed": {
          guard: { type: "isOpen", params: ({ event }) => event },
          actions: { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.progressed" } }) }
        },
        "permission.asked": {
          guard: { type: "isOpen", params: ({ event }) => event },
          actions: [
            { type: "ask", params: ({ event: { type: _, ...question } }) => ({ question }) },
            { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.asked" } }) }
          ]
        },
        "permission.answered": {
          guard: { type: "isAsked", params: ({ event }) => event },
          actions: { type: "answer", params: ({ event }) => event }
        },
        "tool.settled": {
          guard: { type: "isOpen", params: ({ event }) => event },
          actions: { type: "settle", params: ({ event }) => event }
        },
        "user.cancel": { target: "idle", actions: ["cancelCalls", "tellCancelled", "endTurn"] }
      },
      initial: "running",
      states: {
        running: { always: { guard: "hasQuestions", target: "asking" } },
        asking: { always: { guard: not("hasQuestions"), target: "running" } }
      }
    },
    compacting: {
      invoke: {
        src: "compaction",
        input: ({ context: { transcript, model, turn }, event }) => ({
          transcript,
          model,
          focus: event.type === "user.compact" ? event.focus : undefined,
          refused: turn.crowded?.failure !== undefined
        })
      },
      on: {
        "compaction.finished": {
          target: "ready",
          actions: [
            { type: "pay", params: ({ context, event }) => ({ ...event, model: event.model ?? context.model }) },
            { type: "replaceBySummary", params: ({ event }) => event },
            { type: "tell", params: ({ event }) => ({ notice: { type: "agent.compacted", summary: event.summary } }) }
          ]
        },
        "compaction.failed": [
          {
            guard: "isRefused",
            target: "idle",
            actions: [
              { type: "payIfAsked", params: ({ event }) => event },
              { type: "tellUncompacted", params: ({ event }) => event },
              "endTurn"
            ]
          },
          {
            target: "ready",
            actions: [
              { type: "payIfAsked", params: ({ event }) => event },
              { type: "tell", params: ({ event }) => ({ notice: { type: "agent.warned", failure: event.failure } }) }
            ]
          }
        ],
        "user.cancel": [
          { guard: "isInTurn", target: "idle", actions: ["tellCancelled", "endTurn"] },
          {
            target: "idle",
            actions: {
              type: "tell",
              params: {
                notice: { type: "agent.warned", failure: { code: "cancelled", message: "Nothing was compacted." } }
              }
            }
          }
        ]
      }
    }
  }
})
