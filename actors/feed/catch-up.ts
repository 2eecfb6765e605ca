/** What the machine told of events that are in the journal, told again: the feed was behind when its process ended, or never began. */
import { initialTransition, transition } from "xstate"
import { agentMachine } from "../../machines/agent.ts"
import type { AgentEvent, AgentNotice } from "../../machines/events.ts"
import { nothingSpent } from "../../machines/spending.ts"
import { type AgentSnapshot, noticesIn } from "../agent.ts"
import type { Journal, JournalRow } from "../journal.ts"
import type { SessionFeed } from "./session-feed.ts"
import { isStreamed } from "./streamed.ts"

/** Events after which what was told of them is kept, so that a long history is never in memory as a whole. */
const stretch = 500

/**
 * Brings the feed up to the journal's newest event.
 *
 * @param after Seq of the newest event of which everything that was told is kept. @throws JournalError
 */
export const catchUp = (
  feed: Pick<SessionFeed, "tell" | "keep">,
  journal: Pick<Journal, "readAll">,
  id: string,
  after: number
): void => {
  let n = 0
  for (const { at, notices } of toldOf(() => journal.readAll(id), after)) {
    for (const notice of notices) feed.tell(notice, at)
    if (++n % stretch === 0) feed.keep()
  }
  feed.keep()
}

/** Of every event after this one, on whatever branch. Pieces that were streamed are left out: the whole follows them. */
export function* toldOf(
  rows: () => Iterable<JournalRow>,
  after: number
): Iterable<{ readonly seq: number; readonly at: number; readonly notices: ReadonlyArray<AgentNotice> }> {
  const turnings = turningsIn(rows())
  const states = new Map<number, AgentSnapshot>()
  const [fresh] = initialTransition(agentMachine)
  let [state, before] = [fresh, 0]
  for (const { seq, parent, at, event } of rows()) {
    if (parent !== before) state = states.get(parent) ?? fresh
    const [next, notices] = happen(state, event)
    state = next
    before = seq
    if (turnings.has(seq)) states.set(seq, state)
    if (seq > after) yield { seq, at, notices: notices.filter((notice) => !isStreamed(notice)) }
  }
}

/** Events from which more than one way leads on. */
const turningsIn = (rows: Iterable<JournalRow>): ReadonlySet<number> => {
  const turnings = new Set<number>()
  for (const { seq, parent } of rows) if (parent !== seq - 1) turnings.add(parent)
  return turnings
}

/** One that breaks the machine did so before, and is set aside; if it was a message, this was its end. */
const happen = (state: AgentSnapshot, event: AgentEvent): readonly [AgentSnapshot, ReadonlyArray<AgentNotice>] => {
  try {
    const [next, actions] = transition(agentMachine, state, event)
    return [next, noticesIn(actions)]
  } catch (error) {
    if (event.type !== "user.message") return [state, []]
    const failure = { code: "defect", message: `A bug in Kintsugi: the message could not be taken (${String(error)}).` }
    return [state, [{ type: "agent.failed", failure, messages: [event.id], spent: nothingSpent }]]
  }
}
