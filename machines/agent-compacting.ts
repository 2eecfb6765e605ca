/** The agent while its conversation is summed up: because the user asked for it, or in the middle of a turn that did not fit. */
import { and, not } from "xstate"
import { agentWords } from "./agent-words.ts"
import { compactedAllTheSame, notCompacted } from "./turn.ts"

export const compacting = agentWords.createStateConfig({
  invoke: {
    src: "compaction",
    input: ({ context: { transcript, model, turn }, event }) => ({
      transcript,
      model,
      focus: event.type === "user.compact" ? event.focus : undefined,
      refused: turn.crowded?.failure !== undefined,
      automatic: turn.crowded !== undefined
    })
  },
  on: {
    "compaction.objected": {
      actions: {
        type: "tell",
        params: ({ event }) => ({ notice: { type: "agent.warned", failure: compactedAllTheSame(event) } })
      }
    },
    "model.broke": { actions: { type: "pay", params: ({ event }) => event.took } },
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
          "bearFull",
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
    ],
    "session.opened": [
      {
        guard: and(["isInTurn", "goesOn"]),
        target: "interrupted",
        actions: ["uncrowd", { type: "configure", params: ({ event }) => event }, "countResumed"]
      },
      {
        guard: and(["hasMail", not("isInTurn"), "goesOn"]),
        target: "interrupted",
        actions: [
          { type: "tell", params: { notice: { type: "agent.warned", failure: notCompacted } } },
          { type: "configure", params: ({ event }) => event },
          "beginTurn",
          "readMail",
          "tellStarted",
          "countResumed"
        ]
      },
      {
        guard: not("isInTurn"),
        target: "idle",
        actions: [
          { type: "tell", params: { notice: { type: "agent.warned", failure: notCompacted } } },
          "tellInterrupted",
          "recover",
          { type: "configure", params: ({ event }) => event },
          "endTurn"
        ]
      }
    ]
  }
})
