/** Agents that nobody waits for: their start and their end stand in the journal of the session, so that no result is lost. */
import { setTimeout as sleep } from "node:timers/promises"
import { backgroundViews } from "../../machines/background.ts"
import { type AgentTask, type BackgroundView, PortError } from "../../plugins/ports.ts"
import type { Order } from "../tool/order.ts"
import type { Crew, Hired } from "./crew.ts"
import { silent } from "./errand.ts"

/** At a time: more are refused. */
const most = 8

interface Running extends Pick<Hired, "stopper"> {
  readonly settled: Promise<void>
}

export interface InBackground {
  readonly start: (task: AgentTask, order: Order | undefined) => BackgroundView
  readonly list: () => ReadonlyArray<BackgroundView>
  readonly look: (id: string, wait?: number, signal?: AbortSignal) => Promise<BackgroundView>
  readonly stop: (id: string) => Promise<BackgroundView>
}

/** @param level Of the session. */
export const inBackground = ({ hire, superior }: Crew, level: number): InBackground => {
  const running = new Map<string, Running>()

  const list = (): ReadonlyArray<BackgroundView> => backgroundViews(superior().context)

  const viewOf = (id: string): BackgroundView => {
    const all = list()
    const found = all.find((view) => view.id === id)
    if (found !== undefined) return found
    const known = all.length === 0 ? "there are none" : `there are ${all.map((view) => view.id).join(", ")}`
    throw new PortError("not_found", `there is no background agent ${JSON.stringify(id)}; ${known}`)
  }

  const start: InBackground["start"] = (task, order) => {
    if (level > 1)
      throw new PortError(
        "permission_denied",
        "a subagent starts none in the background: it would end with it; wait for it"
      )
    if (running.size >= most)
      throw new PortError(
        "execution_error",
        `${most} agents run in the background already; end your turn until one of them is done, or stop one`
      )
    const { tell } = superior()
    const { info, asked, stopper, work } = hire(task, order, [])
    const { id } = info
    // On disk before anything is done: from here on its end is told, whatever ends.
    tell({ type: "background.started", id, description: asked.description, at: Date.now() })
    const settled = work({ watch: () => silent, unattended: true }).then(({ result, spent }) => {
      running.delete(id)
      // What its session takes with it is told at the next opening, from its own journal.
      if (stopper.reason() !== "closing") tell({ type: "background.settled", id, result, spent, at: Date.now() })
    })
    running.set(id, { stopper, settled })
    return viewOf(id)
  }

  return {
    start,
    list,
    look: async (id, wait = 0, signal) => {
      const view = viewOf(id)
      const one = running.get(id)
      if (one === undefined || wait <= 0) return view
      await Promise.race([one.settled, sleep(wait, undefined, { signal, ref: false }).catch(() => {})])
      return viewOf(id)
    },
    stop: async (id) => {
      const view = viewOf(id)
      const one = running.get(id)
      if (one === undefined) return view
      one.stopper.stop("cancelled")
      await one.settled
      return viewOf(id)
    }
  }
}
