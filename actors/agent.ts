/** The agent machine made to happen: its actors provided, its past replayed, its every event in the journal. */
import { type Actor, createActor, initialTransition, type SnapshotFrom, transition } from "xstate"
import { agentMachine } from "../machines/agent.ts"
import type { AgentEvent } from "../machines/events.ts"
import type { JournalRow, Writer } from "./journal.ts"
import { type Asking, compactionActor, modelActor } from "./model.ts"
import type { Toolbox } from "./toolbox.ts"
import { toolsActor } from "./tools.ts"

export type AgentActor = Actor<typeof agentMachine>
export type AgentSnapshot = SnapshotFrom<typeof agentMachine>

/** The state after these events, as the first run had it. Nothing is started. */
export const replay = (rows: Iterable<Pick<JournalRow, "event">>): AgentSnapshot => {
  let [state] = initialTransition(agentMachine)
  for (const { event } of rows) [state] = transition(agentMachine, state, event)
  return state
}

export interface AgentParts {
  readonly past: Iterable<Pick<JournalRow, "event">>
  readonly opened: Extract<AgentEvent, { type: "session.opened" }>
  readonly writer: Writer
  readonly asking: Asking
  readonly toolbox: Toolbox
  /** The journal refused an event. The agent has stopped before acting on it: what is not written did not happen. */
  readonly onLost: (error: unknown) => void
}

/** Makes the agent of a session; `start` sets it going. */
export const createAgent = ({ past, opened, writer, asking, toolbox, onLost }: AgentParts): AgentActor => {
  const [snapshot] = transition(agentMachine, replay(past), opened)
  writer.append(opened)

  const machine = agentMachine.provide({
    actors: { model: modelActor(asking), tools: toolsActor(toolbox), compaction: compactionActor(asking) }
  })
  const agent: AgentActor = createActor(machine, {
    snapshot,
    // An event is inspected before it is delivered, so it is on disk before its consequences begin.
    inspect: (inspected) => {
      if (inspected.type !== "@xstate.event" || inspected.actorRef !== agent || isInternal(inspected.event.type)) return
      try {
        writer.append(inspected.event as AgentEvent) // all that is not XState's own
      } catch (error) {
        agent.stop()
        onLost(error)
      }
    }
  })
  return agent
}

const isInternal = (type: string): boolean => type.startsWith("xstate.")
