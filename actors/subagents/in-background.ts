/** Agents that nobody waits for: their start and their end stand in the journal of the session, so that no result is lost. */
import { setTimeout as sleep } from "node:timers/promises"
import { backgroundViews, isFromBackground } from "../../machines/background.ts"
import type { Transcript } from "../../machines/events.ts"
import { type AgentTask, type BackgroundView, PortError } from "../../plugins/ports.ts"
import type { Order } from "../tool/order.ts"
import type { Crew, Hired } from "./crew.ts"
import { silent } from "./errand.ts"

/** At a time; and results in a row that the user says nothing to: each begins a turn, which may start the next. */
const most = { running: 8, unheard: 20 }

interface Running extends Pick<Hired, "stopper"> {
  readonly settled: Promise<void>
}

export interface InBackground {
  readonly start: (task: AgentTask, order: Order | undefined) => BackgroundView
  readonly list: () => ReadonlyArray<BackgroundView>
  readonly look: (id: string, wait?: number, signal?: AbortSignal) => Promise<BackgroundView>
  readonly stop: (id: string) => Promise<BackgroundView>
}

/** Results since the user's newest message. */
const unheard = (transcript: Transcript): number => {
  const results = transcript.flatMap((message) => (message.role === "user" ? [isFromBackground(message)] : []))
  return results.length - 1 - results.lastIndexOf(false)
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
    if (running.size >= most.running)
      throw new PortError(
        "execution_error",
        `${most.running} agents run in the background already; end your turn until one of them is done, or stop one`
      )
    const { tell, context } = superior()
    if (unheard(context.transcript) >= most.unheard)
      throw new PortError(
        "execution_error",
        `${most.unheard} results have come since the user last said something; end your turn and tell him of them first`
      )
    const { info, asked, stopper, work } = hire(task, order, [])
    const { id } = info
    // On disk before anything is done: from here on its end is told, whatever ends.
    tell({ type: "background.started", id, description: asked.description, at: Date.now() })
    // A session that has closed hears nothing of it: it is told at the next opening, from the journal of the agent.
    const settled = work({ watch: () => silent, unattended: true }).then(({ result, spent }) => {
      running.delete(id)
      tell({ type: "background.settled", id, result, spent, at: Date.now() })
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
