/** The agents that one session starts: the port by which it does, and the promise that none of them outlives it. */
import type { Agents } from "../../plugins/ports.ts"
import type { Order } from "../tool/order.ts"
import type { Family } from "./family.ts"
import type { SubagentsParts, Superior } from "./superior.ts"

export interface Subagents {
  /** Before the first is started. */
  readonly connect: (superior: Superior) => void
  /** The agent that they work for; `undefined` before it is there. */
  readonly superior: () => Superior | undefined
  /**
   * @param order The call on whose behalf they ask; without one nobody is asked.
   * @param signal Stops those that are waited for.
   */
  readonly of: (order?: Order, signal?: AbortSignal) => Omit<Agents, "about">
  /** Stops all of them and what they started; those in the background are told of at the next opening. */
  readonly close: () => Promise<void>
}

export const subagents = (parts: SubagentsParts): Subagents => {
  let superior: Superior | undefined
  let family: Promise<Family> | undefined
  /** Loaded for the first of them: most sessions start none. */
  const load = (): Promise<Family> =>
    (family ??= import("./family.ts").then(({ family }) => family(parts, () => superior)))

  return {
    connect: (one) => void (superior = one),
    superior: () => superior,
    of: (order, signal) => ({
      run: async (task, options) => (await load()).run(task, { order, signals: [signal, options?.signal] }),
      start: async (task) => (await load()).start(task, order),
      list: async () => (await load()).list(),
      look: async (id, wait, signal) => (await load()).look(id, wait, signal),
      stop: async (id) => (await load()).stop(id)
    }),
    close: async () => (await family)?.close()
  }
}
