/**
 * The agent that has replied, while plugins say whether its turn may end. Only a reply that was marked (`gated`), because somebody
 * listens, leads here; a turn that fails or is cancelled ends at once.
 */
import { agentWords } from "./agent-words.ts"
import { replied } from "./turn.ts"

export const ending = agentWords.createStateConfig({
  entry: "beginEnding",
  invoke: {
    src: "ending",
    input: ({ context: { transcript, turn } }) => ({ text: replied(turn, transcript), again: turn.again ?? 0 })
  },
  on: {
    "ending.opposed": [
      {
        guard: "mayGoOn",
        target: "ready",
        actions: [
          { type: "goOn", params: ({ event }) => event },
          {
            type: "tell",
            params: ({ event: { plugin, text } }) => ({ notice: { type: "agent.continued", plugin, text } })
          }
        ]
      },
      {
        target: "idle",
        actions: [{ type: "tellOpposed", params: ({ event }) => event }, "tellReplied", "endTurn"]
      }
    ],
    "ending.passed": { target: "idle", actions: ["tellReplied", "endTurn"] },
    "user.cancel": { target: "idle", actions: ["tellCancelled", "endTurn"] },
    "session.opened": [
      {
        guard: "goesOn",
        target: "interrupted",
        actions: [{ type: "configure", params: ({ event }) => event }, "countResumed"]
      },
      /** It has replied, and nobody is there any more who could oppose; what came meanwhile has no reply. */
      {
        target: "idle",
        actions: [
          "tellReplied",
          "endTurn",
          "tellInterrupted",
          "recover",
          { type: "configure", params: ({ event }) => event }
        ]
      }
    ]
  }
})
