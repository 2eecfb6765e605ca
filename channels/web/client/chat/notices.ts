/** What a notice of the agent changes in the chat. */
import type { AgentNotice, TerminalNotice } from "../../../../machines/events.ts"
import { continuedWords } from "../../../shown-words.ts"
import { acting, calling, progressed, settled } from "./calls.ts"
import { add } from "./items.ts"
import { type Chat, enter, type Item, type Phase } from "./model.ts"
import { endThinking, openRound, retrying, said, think, voided, write } from "./replies.ts"
import { queued, readOut, started } from "./said.ts"
import { delivered } from "./stored-result.ts"

export const notice = (chat: Chat, told: AgentNotice, now: number): Chat => {
  switch (told.type) {
    case "agent.started":
      return enter(started(chat, told.messages, told.said ?? [], now), { name: "waiting" }, now)
    case "agent.queued":
      return queued(chat, told.id, told.said)
    case "agent.thinking":
      return enter(think(openRound(chat), told.delta, now), { name: "thinking" }, now)
    case "agent.text":
      return enter(write(endThinking(openRound(chat), now), told.delta), { name: "writing" }, now)
    case "agent.calling":
      return enter(calling(endThinking(openRound(chat), now), told.callId, told.name, now), { name: "writing" }, now)
    case "agent.retrying":
      return retrying(endThinking(chat, now), told, now)
    case "agent.said":
      return said(endThinking(openRound(chat), now), told, now)
    case "agent.acting":
      return enter(acting(chat, told.call, now), { name: "acting" }, now)
    case "agent.progressed":
      return progressed(chat, told.callId, told.text)
    case "agent.asked": {
      const { type: _, ...question } = told
      return chat.questions.some(({ id }) => id === question.id)
        ? chat
        : { ...chat, questions: [...chat.questions, question] }
    }
    case "agent.answered":
      return { ...chat, questions: chat.questions.filter(({ id }) => id !== told.id) }
    case "agent.settled":
      return settled(chat, told, now)
    case "agent.replied":
    case "agent.failed":
    case "agent.cancelled":
      return ended(chat, told, now)
    default:
      return aside(chat, told, now)
  }
}

type Aside = Extract<
  AgentNotice,
  {
    type: `agent.${"compacting" | "compacted" | "changed" | "warned" | "plugin" | "healed" | "background" | "stalled" | "continued" | "resumed"}`
  }
>

/** Notices that are not about a turn. */
const aside = (chat: Chat, told: Aside, now: number): Chat => {
  switch (told.type) {
    case "agent.compacting":
      return enter(chat, { name: "compacting" }, now)
    case "agent.compacted":
      return enter(
        add(chat, { kind: "rule", text: "conversation compacted", more: told.summary }),
        afterCompacting(chat),
        now
      )
    case "agent.changed":
      return changed(chat, told)
    case "agent.warned":
      return enter(add(chat, { kind: "note", tone: "bad", text: told.failure.message }), afterCompacting(chat), now)
    case "agent.plugin": {
      const tone = told.state === "healthy" ? "good" : told.state === "quarantined" ? "bad" : "warn"
      return add(chat, { kind: "note", tone, text: `plugin ${told.plugin} is ${told.state}: ${told.reason}` })
    }
    case "agent.healed": {
      const { type: _, ...news } = told
      return add(chat, { kind: "seam", news })
    }
    case "agent.background":
      return add(chat, ...delivered(told))
    case "agent.resumed":
      return add(voided(chat), { kind: "note", tone: "plain", text: "The server was restarted; the turn goes on." })
    case "agent.continued":
      return enter(add(chat, { kind: "note", tone: "plain", text: continuedWords(told) }), { name: "waiting" }, now)
    case "agent.stalled": {
      const doing = told.doing === "" ? "" : ` (${told.doing})`
      return add(chat, { kind: "note", tone: "warn", text: `No sign of life for ${told.seconds} s${doing}.` })
    }
  }
}

const afterCompacting = (chat: Chat): Phase =>
  chat.phase.name === "compacting" ? { name: chat.turn === undefined ? "idle" : "waiting" } : chat.phase

const changed = (chat: Chat, told: Extract<AgentNotice, { type: "agent.changed" }>): Chat => {
  const { model, permissions, cleared } = told
  const facts = chat.facts && {
    ...chat.facts,
    ...(model !== undefined && { model }),
    ...(permissions !== undefined && { permissions })
  }
  return add(
    { ...chat, ...(facts && { facts }) },
    ...(model === undefined ? [] : [{ kind: "note", tone: "plain", text: `The model is now ${model}.` } as const]),
    ...(cleared ? [{ kind: "rule", text: "conversation cleared" } as const] : [])
  )
}

const ended = (chat: Chat, told: TerminalNotice, now: number): Chat => {
  const closed = stopAll(readOut(endThinking(chat, now), told.messages))
  const { turn, plan, ...rest } = closed
  const final = told.type === "agent.replied" && told.text.trim() !== "" && told.text.trim() !== turn?.text.trim()
  const outcome =
    told.type === "agent.failed"
      ? "failed"
      : told.type === "agent.cancelled"
        ? "cancelled"
        : told.verified
          ? "verified"
          : "done"
  return {
    ...add(
      rest,
      ...(plan === undefined ? [] : [{ kind: "plan", plan } as const]),
      // A task that was reported done has its final word in the report, not in a reply.
      ...(final ? [{ kind: "reply", text: told.text, isOpen: false, isVoid: false } as const] : []),
      ...(told.type === "agent.failed" ? [{ kind: "note", tone: "bad", text: told.failure.message } as const] : []),
      {
        kind: "end",
        outcome,
        calls: turn?.calls ?? 0,
        spent: told.spent,
        ...(turn !== undefined && { ms: now - turn.since })
      }
    ),
    questions: [],
    phase: { name: "idle" },
    since: now
  }
}

const stopped = { success: false, errorClass: "cancelled", error: "stopped before it was done" }

/** Nothing is left open behind the end of a turn. */
const stopAll = (chat: Chat): Chat => ({
  ...chat,
  items: chat.items.flatMap((item): ReadonlyArray<Item> => {
    if (item.kind === "reply" && item.isOpen) return [{ ...item, isOpen: false }]
    if (item.kind !== "call" || item.phase === "settled") return [item]
    return item.phase === "written" ? [] : [{ ...item, phase: "settled", answer: stopped }]
  })
})
