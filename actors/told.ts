/** A session told again from its journal: each event, and what it made the agent tell, on whatever branch it stands. */
import { initialTransition, transition } from "xstate"
import { agentMachine } from "../machines/agent.ts"
import type { AgentNotice } from "../machines/events.ts"
import type { AgentSnapshot } from "./agent.ts"
import type { JournalRow } from "./journal.ts"

export interface Told {
  readonly row: JournalRow
  readonly notices: ReadonlyArray<AgentNotice>
  /** The agent after it. */
  readonly context: AgentSnapshot["context"]
  /** Seq of the event that it follows, where that is not the one told before: another branch begins, or goes on. */
  readonly from?: number
}

/** @param rows As `read` or `readAll` gives them; asked for twice. An event that breaks the machine tells nothing. */
export function* toldIn(rows: () => Iterable<JournalRow>): Generator<Told> {
  const branchings = branchingsIn(rows())
  const [beginning] = initialTransition(agentMachine)
  const states = new Map([[0, beginning]])
  let [before, state] = [0, beginning]
  for (const row of rows()) {
    const jumps = row.parent !== before
    if (jumps) state = states.get(row.parent) ?? beginning
    const { next, notices } = stepped(state, row)
    state = next
    before = row.seq
    if (branchings.has(row.seq)) states.set(row.seq, state)
    yield { row, notices, context: state.context, ...(jumps ? { from: row.parent } : {}) }
  }
}

const stepped = (state: AgentSnapshot, { event }: JournalRow) => {
  try {
    const [next, actions] = transition(agentMachine, state, event)
    return { next, notices: actions.flatMap(noticeIn) }
  } catch {
    return { next: state, notices: [] }
  }
}

/** Events that others follow besides the one written next. */
const branchingsIn = (rows: Iterable<JournalRow>): ReadonlySet<number> => {
  const found = new Set<number>()
  let before = 0
  for (const { seq, parent } of rows) {
    if (parent !== before) found.add(parent)
    before = seq
  }
  return found
}

/** XState's own actions are not in the type of a machine's actions. */
const noticeIn = ({ type, params }: { readonly type: string; readonly params: unknown }): ReadonlyArray<AgentNotice> =>
  type === "xstate.emit" ? [(params as { readonly event: AgentNotice }).event] : []
