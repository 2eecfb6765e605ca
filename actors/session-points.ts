/** The points of an open session: looked at, named, and gone back to. */
import * as Effect from "effect/Effect"
import { type AgentActor, type AgentParts, stateOf } from "./agent.ts"
import type { Journal, Writer } from "./journal.ts"
import type { Supervisor } from "./kernel/supervisor.ts"
import type { HookBus } from "./plugin/hook-bus.ts"
import type { Session } from "./session-host.ts"
import { forkHere, pointIn, readTree } from "./session-tree.ts"

export interface PointParts {
  /** Of the session, and of its agent in the tree of actors. */
  readonly id: string
  readonly journal: Pick<Journal, "readAll" | "points">
  readonly writer: Writer
  readonly agents: Supervisor
  readonly hooks: HookBus
  readonly agent: () => AgentActor
  readonly isClosed: () => boolean
  /** The conversation goes on from another point. */
  readonly onMoved: () => void
  /** The agent could not be begun anew. */
  readonly onLost: (error: unknown) => void
}

export const sessionPoints = (parts: PointParts): Pick<Session, "tree" | "fork" | "switch"> => {
  const { id, journal, writer, agents, hooks, agent, isClosed, onMoved, onLost } = parts
  const mustBeOpen = (): void => {
    if (isClosed()) throw new Error(`session ${id} is closed`)
  }
  const look = () => {
    mustBeOpen()
    return readTree(journal, id)
  }

  const mustRest = (): void => {
    const snapshot = agent().getSnapshot()
    if (snapshot.status === "active" && stateOf(snapshot) === "idle") return
    throw new Error(
      "the agent is at work, and what it does belongs where it began; cancel it first, or wait for its end"
    )
  }

  return {
    tree: async () => {
      const { nodes } = look()
      hooks.tell("onSessionTree", { session: id, nodes })
      return nodes
    },
    fork: async (label) => {
      const node = forkHere(look(), writer, label)
      hooks.tell("onSessionFork", { session: id, node: node.id, label: node.label })
      return node
    },
    switch: async (to) => {
      const tree = look()
      const { node, seq } = pointIn(tree, to)
      mustRest()
      await Effect.runPromise(agents.stopChild(id))
      mustBeOpen()
      try {
        writer.moveTo(seq)
      } finally {
        await Effect.runPromise(Effect.tapError(agents.restartChild(id), (error) => Effect.sync(() => onLost(error))))
      }
      onMoved()
      hooks.tell("onSessionSwitch", { session: id, from: tree.head?.id ?? "", to: node.id })
      return { ...node, metadata: { ...node.metadata, head: true } }
    }
  }
}

/**
 * What the next life of an agent begins with: what the user chose stays chosen, wherever it begins, and what was spent stays
 * spent, and what runs in the background runs on. A turn that broke with the life before was told to have failed, and does not
 * go on. @param last The life before; absent: there is none.
 */
export const openedAfter = (opened: AgentParts["opened"], last: AgentActor | undefined): AgentParts["opened"] => {
  if (last === undefined) return opened
  const { model, permissions, spent, background } = last.getSnapshot().context
  const { goOn: _, ...others } = opened
  return { ...others, model, permissions, spent, background: background.filter(({ state }) => state === "running") }
}
