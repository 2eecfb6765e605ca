/** Agents in the background whose end a session never heard of, because it ended first: what became of them, from their own sessions. */
import { initialTransition, transition } from "xstate"
import { agentMachine } from "../../machines/agent.ts"
import type { AgentEvent, TerminalNotice } from "../../machines/events.ts"
import { interruptedReply } from "../../machines/transcript.ts"
import { nothingSpent } from "../../machines/spending.ts"
import { JournalError, type Journal, type JournalRow } from "../journal.ts"
import { noticesIn } from "../agent.ts"
import { isTerminal } from "../session/said.ts"
import { cutOff, endedBy, type Ended, unreadable } from "./result.ts"

type Started = Extract<AgentEvent, { type: "background.started" }>

/**
 * What a session must be told before it goes on, in order; once written, nothing is unsettled.
 *
 * @throws JournalError when the session itself cannot be read.
 */
export const unsettled = (
  journal: Pick<Journal, "read" | "readAll">,
  session: string,
  now: number
): ReadonlyArray<AgentEvent> => {
  const open = runningIn(journal.readAll(session))
  if (open.size === 0) return []
  // Another branch may be where it was started.
  const here = runningIn(journal.read(session))
  return [...open.values()].flatMap((started) => {
    const { result, spent } = becameOf(journal, started.id)
    const settled: AgentEvent = { type: "background.settled", id: started.id, result, spent, at: now }
    return here.has(started.id) ? [settled] : [started, settled]
  })
}

/** Of what was settled, a line each for people. */
export const lostIn = (events: ReadonlyArray<AgentEvent>): ReadonlyArray<string> =>
  events.flatMap((event) => {
    if (event.type !== "background.settled") return []
    const { id, result } = event
    const how = result.end === "interrupted" ? "was cut off when the session ended" : `${result.end} before it`
    return [`background agent ${id} ${how}; what it said is in the conversation now`]
  })

const runningIn = (rows: Iterable<JournalRow>): ReadonlyMap<string, Started> => {
  const running = new Map<string, Started>()
  const settled = new Set<string>()
  const add = (started: Started): void => {
    if (!settled.has(started.id) && !running.has(started.id)) running.set(started.id, started)
  }
  for (const { event } of rows) {
    if (event.type === "background.started") add(event)
    if (event.type === "background.settled" && running.delete(event.id)) settled.add(event.id)
    if (event.type === "session.opened")
      for (const { id, description, startedAt: at } of event.background ?? [])
        add({ type: "background.started", id, description, at })
  }
  return running
}

const becameOf = (journal: Pick<Journal, "read">, id: string): Ended => {
  try {
    const { end, ...lifetime } = lived(journal.read(id))
    const known = { session: id, ...lifetime }
    return end === undefined || isCutOff(end) ? cutOff("interrupted", known) : endedBy(end, known)
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
    return unreadable(error, { session: id, transcript: [], spent: nothingSpent })
  }
}

/** Its life as far as its journal tells; what a user may have said there afterwards is not part of it. */
const lived = (rows: Iterable<JournalRow>) => {
  let [state] = initialTransition(agentMachine)
  let end: TerminalNotice | undefined
  for (const { event } of rows) {
    const [next, actions] = transition(agentMachine, state, event)
    state = next
    end = noticesIn(actions).find(isTerminal)
    if (end !== undefined) break
  }
  const { transcript, partial, model, spent } = state.context
  return { end, transcript: interruptedReply(transcript, partial, model), spent }
}

/** One that was stopped was stopped for somebody who ended before he heard of it. */
const isCutOff = (end: TerminalNotice): boolean =>
  end.type === "agent.cancelled" || (end.type === "agent.failed" && end.failure.code === "interrupted")
