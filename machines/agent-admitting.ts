/**
 * The agent while what its user said is looked at by plugins, before a model reads it: a message may stand for something else, be
 * added to, or be refused. Only messages that were marked (`gated`) when they came in lead here.
 */
import { and } from "xstate"
import { agentWords } from "./agent-words.ts"

export const admitting = agentWords.createStateConfig({
  entry: "askAdmission",
  invoke: {
    id: "admission",
    src: "admission",
    input: ({ context: { mail, turn, permissions, allowed } }) => ({
      messages: mail.filter(({ gate }) => gate === "asked").map(({ message }) => message),
      taskStartedAt: turn.startedAt,
      permissions,
      allowed,
      only: turn.only ?? []
    })
  },
  always: [
    { guard: and(["isAdmitted", "isServing"]), target: "ready", actions: "tellLeftOut" },
    /** Nothing is left that a model could be asked about. */
    { guard: "isAdmitted", target: "idle", actions: ["tellRefused", "endTurn"] }
  ],
  on: {
    "message.admitted": {
      guard: { type: "isGated", params: ({ event }) => event },
      actions: { type: "admit", params: ({ event }) => event }
    },
    "message.refused": {
      guard: { type: "isGated", params: ({ event }) => event },
      actions: { type: "refuse", params: ({ event }) => event }
    },
    "permission.asked": {
      guard: { type: "isGated", params: ({ event }) => ({ id: event.callId }) },
      actions: [
        { type: "ask", params: ({ event: { type: _, ...question } }) => ({ question }) },
        { type: "tell", params: ({ event }) => ({ notice: { ...event, type: "agent.asked" } }) }
      ]
    },
    "permission.answered": {
      guard: { type: "isAsked", params: ({ event }) => event },
      actions: { type: "answer", params: ({ event }) => ({ answered: event, to: "admission" }) }
    },
    "user.cancel": { target: "idle", actions: ["dropGated", "tellCancelled", "endTurn"] },
    "session.opened": {
      guard: "goesOn",
      target: "interrupted",
      actions: ["withdraw", { type: "configure", params: ({ event }) => event }, "countResumed"]
    }
  },
  initial: "running",
  states: {
    running: { always: { guard: "hasQuestions", target: "asking" } },
    asking: { always: { guard: "hasNoQuestions", target: "running" } }
  }
})
