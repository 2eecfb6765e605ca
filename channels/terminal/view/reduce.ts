/** `view = reduce(view, notice, now)`: what a notice changes in what the chat shows. */
import type { AgentNotice, Failure, TerminalNotice } from "../../../machines/events.ts"
import { continuedWords } from "../../shown-words.ts"
import { elapsed } from "../text/numbers.ts"
import { delivered } from "./background.ts"
import { act, callItem, progress, settle, settlePlan } from "./running.ts"
import { closeReply, endThinking, openRound, retry, said, think, write } from "./reply.ts"
import { answered, append, enter, heard, type Item, type Phase, read, type View } from "./view.ts"

export const reduce = (view: View, notice: AgentNotice, now: number): View => {
  switch (notice.type) {
    case "agent.started":
      return enter(
        {
          ...heard(read(view, notice.messages), notice.said ?? [], false),
          turn: view.turn ?? { since: now, calls: 0, lastText: "" }
        },
        { name: "waiting" },
        now
      )
    case "agent.resumed":
      return resumed(view, notice.times, now)
    case "agent.thinking":
      return think(openRound(view, now), notice.delta, now)
    case "agent.text":
      return write(openRound(endThinking(view, now), now), notice.delta, now)
    case "agent.calling":
      return enter(openRound(endThinking(view, now), now), { name: "calling", tool: notice.name }, now)
    case "agent.retrying":
      return retry(endThinking(view, now), notice, now)
    case "agent.said":
      return said(endThinking(openRound(view, now), now), notice, now)
    case "agent.acting":
      return act(view, notice.call, now)
    case "agent.progressed":
      return progress(view, notice.callId, notice.text, now)
    case "agent.asked": {
      const { type: _, ...question } = notice
      return { ...view, questions: [...view.questions.filter(({ id }) => id !== question.id), question] }
    }
    case "agent.answered":
      return answered(view, notice.id)
    case "agent.settled":
      return settle(view, notice.call, notice.answer, now)
    case "agent.replied":
    case "agent.failed":
    case "agent.cancelled":
      return end(view, notice, now)
    default:
      return aside(view, notice, now)
  }
}

type Aside = Extract<
  AgentNotice,
  {
    type:
      | "agent.queued"
      | "agent.compacting"
      | "agent.compacted"
      | "agent.changed"
      | "agent.warned"
      | "agent.plugin"
      | "agent.healed"
      | "agent.background"
      | "agent.stalled"
      | "agent.continued"
  }
>

/** Notices that are not about a turn. */
const aside = (view: View, notice: Aside, now: number): View => {
  switch (notice.type) {
    case "agent.compacting":
      return enter(view, { name: "compacting" }, now)
    case "agent.compacted":
      return enter(append(view, { kind: "rule", text: "conversation compacted" }), afterCompacting(view), now)
    case "agent.changed":
      return changed(view, notice)
    case "agent.warned":
      return enter(append(view, failureNote(notice.failure)), afterCompacting(view), now)
    case "agent.plugin": {
      const { type: _, ...news } = notice
      return append(view, { kind: "plugin", news })
    }
    case "agent.healed": {
      const { type: _, ...news } = notice
      return append(view, { kind: "seam", news })
    }
    case "agent.background":
      return append(view, ...delivered(notice))
    case "agent.stalled":
      return append(view, { kind: "note", tone: "warn", text: stallNote(notice) })
    case "agent.continued":
      return enter(
        append(view, { kind: "note", tone: "plain", text: continuedWords(notice) }),
        { name: "waiting" },
        now
      )
    case "agent.queued":
      return heard(view, notice.said === undefined ? [] : [notice.said], true)
  }
}

/** The status line shows the mode; a change of the model is worth a line. */
const changed = (view: View, { cleared, model }: Extract<AgentNotice, { type: "agent.changed" }>): View => {
  const told =
    model === undefined ? view : append(view, { kind: "note", tone: "plain", text: `the model is now ${model}` })
  return cleared ? append(told, { kind: "rule", text: "conversation cleared" }) : told
}

const afterCompacting = (view: View): Phase =>
  view.phase.name === "compacting" ? { name: view.turn === undefined ? "idle" : "waiting" } : view.phase

const stallNote = ({ seconds, doing }: Extract<AgentNotice, { type: "agent.stalled" }>): string =>
  `No sign of life for ${elapsed(seconds * 1000)}${doing === "" ? "" : ` (${doing})`}; esc stops it.`

const failureNote = ({ message }: Failure): Item => ({ kind: "note", tone: "bad", text: message })

/** What was streamed of the reply is void, as when it is asked for again. */
const resumed = (view: View, times: number, now: number): View => {
  const again = times === 1 ? "" : ` (${times} times so far)`
  const text = `The process that worked on this has ended; another one goes on with it${again}.`
  return enter(
    append(closeReply(endThinking(view, now)), { kind: "note", tone: "warn", text }),
    { name: "waiting" },
    now
  )
}

const end = (view: View, notice: TerminalNotice, now: number): View => {
  const closed = closeReply(read(endThinking(view, now), notice.messages))
  const printed = settlePlan(append({ ...closed, calls: [], questions: [] }, ...closed.calls.map(callItem)))
  const { turn, ...all } = printed
  const rest = { ...all, known: all.known.filter((id) => !notice.messages.includes(id)) }
  return { ...append(rest, ...ending(notice, turn, now)), phase: { name: "idle" }, phaseSince: now }
}

const ending = (notice: TerminalNotice, turn: View["turn"], now: number): ReadonlyArray<Item> => {
  if (notice.type === "agent.failed") return [failureNote(notice.failure)]
  const { since, calls, lastText } = turn ?? { since: now, calls: 0, lastText: "" }
  const outcome = notice.type === "agent.cancelled" ? "cancelled" : notice.verified ? "verified" : "done"
  const closing: Item = { kind: "end", outcome, ms: now - since, calls, spent: notice.spent }
  // A task that was reported done has its final word in the report, not in a reply.
  const isNew = notice.type === "agent.replied" && notice.text.trim() !== "" && notice.text.trim() !== lastText.trim()
  return isNew ? [{ kind: "prose", markdown: notice.text, glued: false, first: true }, closing] : [closing]
}
