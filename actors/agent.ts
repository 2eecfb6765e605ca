/**
 * The agent machine made to happen: its actors provided, its past replayed, its every event in the journal, and when it
 * breaks, begun anew from there.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import {
  type Actor,
  createActor,
  fromCallback,
  initialTransition,
  type InspectionEvent,
  type SnapshotFrom,
  transition
} from "xstate"
import { agentMachine } from "../machines/agent.ts"
import type { AdmissionOrder, CompactionOrder, EndingOrder, ModelOrder, ToolsOrder } from "../machines/agent-context.ts"
import type { AgentEvent, AgentNotice, TurnEnd } from "../machines/events.ts"
import { waiting } from "../machines/mail.ts"
import { compactionActor } from "./compaction.ts"
import { admissionActor, endingActor, type Gates } from "./gates.ts"
import type { JournalRow, Writer } from "./journal.ts"
import type { ChildSpec } from "./kernel/child.ts"
import { explain } from "./kernel/reason.ts"
import { type Asking, modelActor } from "./model.ts"
import type { Toolbox } from "./toolbox.ts"
import { toolsActor } from "./tools.ts"

export type AgentActor = Actor<typeof agentMachine>
export type AgentSnapshot = SnapshotFrom<typeof agentMachine>

/**
 * The state after these events, as the first run had it. Nothing is started. An event that breaks the machine is set
 * aside: it broke the first run too, and must not break every later one.
 */
export const replay = (
  rows: Iterable<Pick<JournalRow, "event">>,
  setAside: (event: AgentEvent, error: unknown) => void = () => {}
): AgentSnapshot => {
  let [state] = initialTransition(agentMachine)
  for (const { event } of rows) {
    try {
      ;[state] = transition(agentMachine, state, event)
    } catch (error) {
      setAside(event, error)
    }
  }
  return state
}

/** The machine's state in the words that channels know. */
export const stateOf = ({ value }: AgentSnapshot): "idle" | "thinking" | "acting" | "asking" | "compacting" => {
  if (typeof value === "string") return value === "idle" || value === "compacting" ? value : "thinking"
  const [within, state] = "acting" in value ? [value.acting, "acting" as const] : [value.admitting, "thinking" as const]
  return within === "asking" ? "asking" : state
}

/**
 * What the notice that ends an open turn says of it; messages that nobody read yet are part of it.
 *
 * @param others Ids of messages that end with it, too.
 */
export const openTurn = (agent: AgentActor, others: ReadonlyArray<string>): TurnEnd => {
  const { turn, mail } = agent.getSnapshot().context
  const messages = new Set([...turn.messages, ...waiting(mail), ...others])
  return { messages: [...messages], spent: turn.spent }
}

/** What a transition tells. XState's own actions are not in the type of a machine's actions. */
export const noticesIn = (
  actions: ReadonlyArray<{ readonly type: string; readonly params: unknown }>
): ReadonlyArray<AgentNotice> =>
  actions.flatMap(({ type, params }) => (type === "xstate.emit" ? [(params as { event: AgentNotice }).event] : []))

export interface AgentParts {
  readonly past: Iterable<Pick<JournalRow, "event">>
  readonly opened: Extract<AgentEvent, { type: "session.opened" }>
  readonly writer: Writer
  readonly asking: Asking
  readonly toolbox: Toolbox
  readonly gates: Gates
  /** Sees every event of its XState actors, beside the journal. */
  readonly inspect?: (event: InspectionEvent) => void
  readonly log: (message: string) => void
  /** Ends whatever the agent has under way. */
  readonly signal?: AbortSignal
  /** What `opened` told: of a turn that was left open. It is in the journal by then. */
  readonly onOpened: (notices: ReadonlyArray<AgentNotice>) => void
  /** The journal refused an event. The agent has stopped before acting on it: what is not written did not happen. */
  readonly onLost: (error: unknown) => void
}

/** Makes the agent of a session; `start` sets it going. */
const createAgent = (parts: AgentParts): AgentActor => {
  const { past, opened, writer, asking, toolbox, gates, inspect, log, signal, onOpened, onLost } = parts
  const setAside = ({ type }: AgentEvent, error: unknown) => log(`an event ${type} was set aside: ${String(error)}`)
  const [snapshot, told] = transition(agentMachine, replay(past, setAside), opened)
  writer.append(opened)
  onOpened(noticesIn(told))

  const agent: AgentActor = createActor(machine(), {
    snapshot,
    // An event is inspected before it is delivered, so it is on disk before its consequences begin.
    inspect: (inspected) => {
      inspect?.(inspected)
      if (inspected.type !== "@xstate.event" || inspected.actorRef !== agent || isInternal(inspected.event.type)) return
      try {
        writer.append(inspected.event as AgentEvent) // all that is not XState's own
      } catch (error) {
        agent.stop()
        onLost(error)
      }
    }
  })
  workers.set(agent.system, {
    model: modelActor(asking, signal),
    tools: toolsActor(toolbox, signal),
    compaction: compactionActor(asking, signal),
    admission: admissionActor(gates, signal),
    ending: endingActor(gates, signal)
  })
  return agent
}

interface Workers {
  readonly model: ReturnType<typeof modelActor>
  readonly tools: ReturnType<typeof toolsActor>
  readonly compaction: ReturnType<typeof compactionActor>
  readonly admission: ReturnType<typeof admissionActor>
  readonly ending: ReturnType<typeof endingActor>
}

/** By the system of actors that an agent is the root of. */
const workers = new WeakMap<AgentActor["system"], Workers>()

const workersOf = (system: AgentActor["system"]): Workers => {
  const found = workers.get(system)
  if (found === undefined) throw new Error("an agent was not begun with `createAgent`")
  return found
}

/** One for all agents: a machine of its own for each would be half of what an idle session takes. */
const machine = (): typeof agentMachine =>
  (provided ??= agentMachine.provide({
    actors: {
      model: fromCallback<AgentEvent, ModelOrder>((parts) => workersOf(parts.system).model(parts)),
      tools: fromCallback<AgentEvent, ToolsOrder>((parts) => workersOf(parts.system).tools(parts)),
      compaction: fromCallback<AgentEvent, CompactionOrder>((parts) => workersOf(parts.system).compaction(parts)),
      admission: fromCallback<AgentEvent, AdmissionOrder>((parts) => workersOf(parts.system).admission(parts)),
      ending: fromCallback<AgentEvent, EndingOrder>((parts) => workersOf(parts.system).ending(parts))
    }
  }))

let provided: typeof agentMachine | undefined

export interface AgentLife extends Omit<AgentParts, "past" | "opened"> {
  readonly id: string
  /** What leads to the head, read anew for each life. */
  readonly past: () => AgentParts["past"]
  /** What each life begins with. */
  readonly opened: () => AgentParts["opened"]
  readonly tell: (notice: AgentNotice) => void
  /** Ids of messages whose end was not told, whether the machine knows them or not. */
  readonly unanswered: () => ReadonlyArray<string>
  /** Each life has an actor of its own. */
  readonly onAgent: (agent: AgentActor) => void
  /** It broke more often than is borne, and stays away. */
  readonly onGone: () => void
}

/** The agent as a child of the tree. What its machine does wrong ends its turn and its life; the journal begins the next. */
export const agentChild = (life: AgentLife): ChildSpec => {
  let agent: AgentActor | undefined
  const begin = Effect.gen(function* () {
    const broken = yield* Deferred.make<never, unknown>()
    const end = new AbortController()
    const born = createAgent({ ...life, past: life.past(), opened: life.opened(), signal: end.signal })
    agent = born
    life.onAgent(born)
    born.on("*", life.tell)
    born.subscribe({ error: (error) => Deferred.doneUnsafe(broken, Effect.fail(error)) })
    yield* Effect.acquireRelease(
      Effect.sync(() => born.start()),
      () =>
        Effect.sync(() => {
          born.stop()
          end.abort()
        })
    )
    return Effect.tapError(Deferred.await(broken), (error) =>
      Effect.sync(() => life.tell(brokenTurn(born, life.unanswered(), error)))
    )
  })
  return {
    id: life.id,
    kind: "agent",
    start: begin,
    restart: "transient",
    facts: () => (agent === undefined ? {} : { state: stateOf(agent.getSnapshot()) }),
    onEnd: (reason) => {
      if (reason.kind === "shutdown") return
      life.log(`the agent of session ${life.id} is gone: ${explain(reason)}`)
      life.onGone()
    }
  }
}

const brokenTurn = (agent: AgentActor, unanswered: ReadonlyArray<string>, error: unknown): AgentNotice => ({
  type: "agent.failed",
  failure: {
    code: "defect",
    message: `A bug in Kintsugi broke the agent (${String(error)}); it was begun anew from its journal. Say it again, in other words.`
  },
  ...openTurn(agent, unanswered)
})

const isInternal = (type: string): boolean => type.startsWith("xstate.")
