/** The agent while its model writes a reply: it is heard as it comes, paid, and leads to calls, to the end of the turn, or to less of a conversation. */
import type { Taken } from "../llm/model.ts"
import { agentWords, mayCompact } from "./agent-words.ts"
import type { Reply } from "./conversation.ts"
import type { AgentNotice, Failure } from "./events.ts"
import { flawOf, tooLong } from "./turn.ts"

const priceOf = ({ message: { model }, usage, cost }: Reply): Taken => ({ model, usage, cost })

const said = ({ gated: _, ...event }: Reply): AgentNotice => ({ ...event, type: "agent.said" })

export const thinking = agentWords.createStateConfig({
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
    "model.broke": { actions: { type: "pay", params: ({ event }) => event.took } },
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
          { type: "tell", params: ({ event }) => ({ notice: said(event) }) }
        ]
      },
      {
        guard: { type: "isWholeAndGated", params: ({ event }) => event },
        target: "ending",
        actions: [
          { type: "remember", params: ({ event }) => event },
          { type: "pay", params: ({ event }) => priceOf(event) },
          { type: "tell", params: ({ event }) => ({ notice: said(event) }) }
        ]
      },
      {
        guard: { type: "isWhole", params: ({ event }) => event },
        target: "idle",
        actions: [
          { type: "remember", params: ({ event }) => event },
          { type: "pay", params: ({ event }) => priceOf(event) },
          { type: "tell", params: ({ event }) => ({ notice: said(event) }) },
          "tellReplied",
          "endTurn"
        ]
      },
      {
        target: "idle",
        actions: [
          { type: "remember", params: ({ event }) => event },
          { type: "pay", params: ({ event }) => priceOf(event) },
          { type: "tell", params: ({ event }) => ({ notice: said(event) }) },
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
      { guard: "isSpent", target: "idle", actions: ["keepPartial", "tellSpent", "endTurn"] },
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
    "user.cancel": { target: "idle", actions: ["keepPartial", "tellCancelled", "endTurn"] },
    "session.opened": {
      guard: "goesOn",
      target: "interrupted",
      actions: ["forgetRequest", { type: "configure", params: ({ event }) => event }, "countResumed"]
    }
  }
})
