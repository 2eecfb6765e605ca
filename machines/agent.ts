/**
 * The ReAct loop: idle → thinking → acting → thinking → … → idle.
 *
 * Pure: no clock, no chance, no I/O. Ids and times arrive in events; `actors/agent.ts` provides the actors it names.
 * Feeding it the journal's events again gives the same conversation, which is how a session is resumed.
 */
import { and, not } from "xstate"
import { admitting } from "./agent-admitting.ts"
import { newAgent } from "./agent-context.ts"
import { compacting } from "./agent-compacting.ts"
import { ending } from "./agent-ending.ts"
import { interrupted } from "./agent-interrupted.ts"
import { thinking } from "./agent-thinking.ts"
import { agentWords, patience, spentOut } from "./agent-words.ts"
import type { Failure } from "./events.ts"
import { mailOf } from "./mail.ts"
import { saidOf } from "./said.ts"
import { openCalls } from "./transcript.ts"
import { goingInCircles, outOfRounds } from "./turn.ts"

export const agentMachine = agentWords.createMachine({
  id: "agent",
  context: newAgent,
  on: {
    /** Where it is not said otherwise, the turn that was left open ends, and so do the messages that wait. */
    "session.opened": {
      target: ".idle",
      actions: [
        "settleOpen",
        "tellInterrupted",
        "recover",
        { type: "configure", params: ({ event }) => event },
        "endTurn"
      ]
    },
    "session.closed": { target: ".idle", actions: ["tellClosed", "recover", "endTurn"] },
    "user.message": {
      actions: [
        { type: "receive", params: ({ event }) => ({ mail: mailOf(event) }) },
        {
          type: "tell",
          params: ({ event }) => ({ notice: { type: "agent.queued", id: event.id, said: saidOf(event) } })
        }
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
        "user.message": { actions: { type: "receive", params: ({ event }) => ({ mail: mailOf(event) }) } },
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
        { guard: "hasGated", target: "admitting" },
        { target: "thinking", actions: ["readMail", "beginRound"] }
      ]
    },
    interrupted,
    admitting,
    ending,
    thinking,
    acting: {
      invoke: {
        id: "tools",
        src: "tools",
        input: ({ context: { transcript, turn, permissions, allowed } }) => ({
          calls: openCalls(transcript),
          taskStartedAt: turn.startedAt,
          permissions,
          allowed,
          only: turn.only ?? []
        })
      },
      always: [
        { guard: and(["isSettled", "isEnding"]), target: "ending" },
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
          actions: { type: "answer", params: ({ event }) => ({ answered: event, to: "tools" }) }
        },
        "tool.settled": {
          guard: { type: "isOpen", params: ({ event }) => event },
          actions: { type: "settle", params: ({ event }) => event }
        },
        "user.cancel": { target: "idle", actions: ["cancelCalls", "tellCancelled", "endTurn"] },
        "session.opened": {
          guard: "goesOn",
          target: "interrupted",
          actions: ["settleOpen", { type: "configure", params: ({ event }) => event }, "countResumed"]
        }
      },
      initial: "running",
      states: {
        running: { always: { guard: "hasQuestions", target: "asking" } },
        asking: { always: { guard: not("hasQuestions"), target: "running" } }
      }
    },
    compacting
  }
})
