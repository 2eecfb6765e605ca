/** All agents that one session starts: those that a call waits for, so many at a time, and those in the background. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Semaphore from "effect/Semaphore"
import type { AgentResult, AgentTask } from "../../plugins/ports.ts"
import type { Order } from "../tool/order.ts"
import { crew } from "./crew.ts"
import { silent } from "./errand.ts"
import { inBackground, type InBackground } from "./in-background.ts"
import { relay } from "./relay.ts"
import type { SubagentsParts, Superior } from "./superior.ts"

/** At a time: more wait for their turn. */
const most = 8

/** Whoever waits for an agent. */
export interface Caller {
  /** Absent: nobody is asked. */
  readonly order: Order | undefined
  /** Any of them stops the agent. */
  readonly signals: ReadonlyArray<AbortSignal | undefined>
}

export interface Family extends InBackground {
  readonly run: (task: AgentTask, caller: Caller) => Promise<AgentResult>
  readonly close: () => Promise<void>
}

export const family = (parts: SubagentsParts, superior: () => Superior | undefined): Family => {
  const all = crew(parts, superior)
  const room = Semaphore.makeUnsafe(most)

  const run: Family["run"] = async (task, { order, signals }) => {
    const { tell } = all.superior()
    const { info, asked, stopper, work } = all.hire(task, order, signals)
    // Waiting for its turn takes its time, so that whoever waits for it waits no longer than that.
    const admitted = await Effect.runPromiseExit(room.take(1), { signal: stopper.signal })
    const { result, spent } = await work({
      watch: (session) => (order === undefined ? silent : relay(asked.description, session, order, stopper)),
      unattended: parts.unattended || order === undefined
    })
    if (Exit.isSuccess(admitted)) Effect.runSync(room.release(1))
    tell({ type: "subagent.ended", id: info.id, spent })
    return result
  }

  return { ...inBackground(all, parts.level), run, close: all.close }
}
