/**
 * One tool at work on one call at a time: ready → checking → asking? → running → confirming? → healing? → ready | quarantined.
 *
 * Pure, like the agent: `actors/tool.ts` provides the actors it names. Every call ends in exactly one `tool.settled`.
 */
import { assign, emit, setup } from "xstate"
import type { ToolCall } from "../llm/message.ts"
import type { Failure } from "../healing/failure.ts"
import { type Answer, refuse } from "../plugins/tool.ts"
import type { Question, ReportEvent } from "./events.ts"
import { slot } from "./slot.ts"

/** A failure of a tool's own code, as its machine knows it. */
export interface Crash {
  /** As answers give it. */
  readonly answer: Answer
  /** No later call can go better: its code cannot be loaded. */
  readonly hopeless: boolean
  /** What is known of it, for whoever mends. */
  readonly failure?: Failure
}

export type ToolEvent =
  | { readonly type: "tool.call"; readonly call: ToolCall }
  /** Whoever asked has gone: nothing is settled. */
  | { readonly type: "tool.cancel" }
  | { readonly type: "tool.refused"; readonly answer: Answer }
  | { readonly type: "tool.permitted" }
  | ({ readonly type: "permission.asked" } & Question)
  | { readonly type: "permission.answered"; readonly id: string; readonly decision: "allow" | "always" | "deny" }
  | { readonly type: "tool.answered"; readonly answer: Answer; readonly final: boolean }
  | ({ readonly type: "tool.crashed" } & Crash)
  | { readonly type: "tool.healed"; readonly answer: Answer }
  /** Nothing could mend it; the answer, when there is more to say than that it crashed. */
  | { readonly type: "tool.lost"; readonly answer?: Answer }

/** What it tells the agent that called. */
export type ToolNotice = Extract<
  ReportEvent,
  { type: "tool.started" | "tool.progressed" | "permission.asked" | "tool.settled" }
>

export interface ToolContext {
  readonly call: ToolCall | undefined
  readonly question: Question | undefined
  /** Of the call in hand; of a quarantined tool, why. */
  readonly crash: Crash | undefined
  /** Runs of the call in hand. */
  readonly runs: number
  readonly idempotent: boolean
}

/** What the actors that work on a call are started with. */
export interface ToolOrder {
  readonly call: ToolCall
  /** 1 for the first run; more when it is run again to see whether it fails again. */
  readonly run: number
}

/** What the healing actor is started with. */
export interface HealOrder extends ToolOrder {
  readonly crash: Crash
}

/** Runs of an idempotent call before its failure counts as certain: most failures in the field pass by themselves. */
const patience = 3

export const toolMachine = setup({
  types: {
    context: {} as ToolContext,
    events: {} as ToolEvent,
    emitted: {} as ToolNotice,
    input: {} as { readonly idempotent: boolean }
  },
  actors: {
    check: slot<ToolEvent, ToolOrder>("check"),
    run: slot<ToolEvent, ToolOrder>("run"),
    heal: slot<ToolEvent, HealOrder>("heal")
  },
  guards: {
    /** A second look is worth its while, and does no harm. */
    mayPass: ({ context: { idempotent, runs } }, { hopeless }: Crash) => idempotent && !hopeless && runs < patience,
    isHopeless: ({ context }) => context.crash?.hopeless ?? false,
    isAsked: ({ context }, { id }: { id: string }) => context.question?.id === id,
    isDenied: ({ context }, { id, decision }: Extract<ToolEvent, { type: "permission.answered" }>) =>
      context.question?.id === id && decision === "deny"
  },
  actions: {
    take: assign((_, { call }: { call: ToolCall }) => ({ call, question: undefined, crash: undefined, runs: 0 })),
    ask: assign({ question: (_, { question }: { question: Question }) => question }),
    countRun: assign({ runs: ({ context }) => context.runs + 1 }),
    noteCrash: assign({ crash: (_, { crash }: { crash: Crash }) => crash }),
    putDown: assign({ call: undefined, question: undefined, runs: 0 }),
    tellAsked: emit((_, { question }: { question: Question }) => ({ ...question, type: "permission.asked" })),
    tellStarted: emit(({ context: { call, idempotent } }) => ({
      type: "tool.started",
      callId: call?.id ?? "",
      idempotent
    })),
    tellAgain: emit(({ context }, { answer }: Crash) => ({
      type: "tool.progressed",
      callId: context.call?.id ?? "",
      text: `${answer.error ?? "it failed"}\nTrying it once more.\n`
    })),
    forgetCrash: assign({ crash: undefined }),
    settle: emit(({ context }, { answer, final = false }: { answer: Answer; final?: boolean }) => ({
      type: "tool.settled",
      callId: context.call?.id ?? "",
      answer,
      final
    })),
    settleDenied: emit(({ context }) => ({
      type: "tool.settled",
      callId: context.call?.id ?? "",
      answer: refuse("permission_denied", "the user said no; do not try it another way, ask what they want instead"),
      final: false
    })),
    settleLost: emit(({ context }, { answer }: { answer?: Answer | undefined }) => ({
      type: "tool.settled",
      callId: context.call?.id ?? "",
      answer: answer ?? context.crash?.answer ?? refuse("execution_error", "the tool failed"),
      final: false
    })),
    settleQuarantined: emit(({ context }, { call }: { call: ToolCall }) => ({
      type: "tool.settled",
      callId: call.id,
      answer: quarantinedAnswer(context.crash),
      final: false
    }))
  }
}).createMachine({
  id: "tool",
  context: ({ input }) => ({ ...input, call: undefined, question: undefined, crash: undefined, runs: 0 }),
  initial: "ready",
  states: {
    ready: {
      entry: "putDown",
      on: { "tool.call": { target: "busy", actions: { type: "take", params: ({ event }) => event } } }
    },
    /** With a call in hand: whoever takes it back finds the tool ready again. */
    busy: {
      initial: "checking",
      on: { "tool.cancel": "ready" },
      states: {
        checking: {
          invoke: { src: "check", input: ({ context }) => orderOf(context) },
          on: {
            "tool.refused": {
              target: "#tool.ready",
              actions: { type: "settle", params: ({ event }) => event }
            },
            "tool.permitted": "running",
            "permission.asked": {
              target: "asking",
              actions: [
                { type: "ask", params: ({ event: { type: _, ...question } }) => ({ question }) },
                { type: "tellAsked", params: ({ event: { type: _, ...question } }) => ({ question }) }
              ]
            }
          }
        },
        asking: {
          on: {
            "permission.answered": [
              {
                guard: { type: "isDenied", params: ({ event }) => event },
                target: "#tool.ready",
                actions: "settleDenied"
              },
              { guard: { type: "isAsked", params: ({ event }) => event }, target: "running" }
            ]
          }
        },
        running: {
          entry: ["countRun", "tellStarted"],
          invoke: { src: "run", input: ({ context }) => orderOf(context) },
          on: {
            "tool.answered": {
              target: "#tool.ready",
              actions: { type: "settle", params: ({ event }) => event }
            },
            "tool.crashed": [
              {
                guard: { type: "mayPass", params: ({ event }) => event },
                target: "confirming",
                actions: [
                  { type: "noteCrash", params: ({ event }) => ({ crash: event }) },
                  { type: "tellAgain", params: ({ event }) => event }
                ]
              },
              { target: "healing", actions: { type: "noteCrash", params: ({ event }) => ({ crash: event }) } }
            ]
          }
        },
        /** The same call once more: does it fail again? */
        confirming: {
          entry: "countRun",
          invoke: { src: "run", input: ({ context }) => orderOf(context) },
          on: {
            "tool.answered": {
              target: "#tool.ready",
              actions: ["forgetCrash", { type: "settle", params: ({ event }) => event }]
            },
            "tool.crashed": [
              {
                guard: { type: "mayPass", params: ({ event }) => event },
                target: "confirming",
                reenter: true,
                actions: [
                  { type: "noteCrash", params: ({ event }) => ({ crash: event }) },
                  { type: "tellAgain", params: ({ event }) => event }
                ]
              },
              { target: "healing", actions: { type: "noteCrash", params: ({ event }) => ({ crash: event }) } }
            ]
          }
        },
        healing: {
          invoke: { src: "heal", input: ({ context }) => healOrderOf(context) },
          on: {
            "tool.healed": {
              target: "#tool.ready",
              actions: ["forgetCrash", { type: "settle", params: ({ event }) => event }]
            },
            "tool.lost": [
              {
                guard: "isHopeless",
                target: "#tool.quarantined",
                actions: { type: "settleLost", params: ({ event }) => event }
              },
              { target: "#tool.ready", actions: { type: "settleLost", params: ({ event }) => event } }
            ]
          }
        }
      }
    },
    /** Its code is not run any more, until its plugin is loaded anew. */
    quarantined: {
      entry: "putDown",
      on: { "tool.call": { actions: { type: "settleQuarantined", params: ({ event }) => event } } }
    }
  }
})

const orderOf = ({ call, runs }: ToolContext): ToolOrder => ({ call: call as ToolCall, run: runs }) // in hand while busy

const healOrderOf = (context: ToolContext): HealOrder => ({ ...orderOf(context), crash: context.crash as Crash }) // noted before

const quarantinedAnswer = (crash: Crash | undefined): Answer => ({
  ...refuse(
    "execution_error",
    "the tool is out of use: its code cannot be loaded; use another tool, and tell the user"
  ),
  data: crash?.answer.error,
  outcome: "contained"
})
