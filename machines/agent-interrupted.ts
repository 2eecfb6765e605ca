/**
 * The agent whose process ended in the middle of a turn. Another process is about to go on with it, and says when everything is
 * there that the turn needs.
 */
import { not } from "xstate"
import { agentWords } from "./agent-words.ts"
import { outOfRounds } from "./turn.ts"

export const interrupted = agentWords.createStateConfig({
  on: {
    "session.opened": {
      guard: "goesOn",
      actions: [{ type: "configure", params: ({ event }) => event }, "countResumed"]
    },
    "session.resumed": [
      { guard: "isEnding", target: "ending", actions: "tellResumed" },
      { guard: "isVerified", target: "idle", actions: ["tellReplied", "endTurn"] },
      {
        guard: not("hasRounds"),
        target: "idle",
        actions: [
          { type: "tellFailed", params: ({ context }) => ({ failure: outOfRounds(context.maxTurns) }) },
          "endTurn"
        ]
      },
      { target: "ready", actions: "tellResumed" }
    ],
    "user.cancel": { target: "idle", actions: ["dropGated", "tellCancelled", "endTurn"] }
  }
})
