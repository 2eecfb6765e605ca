/** Lets faults happen at their rate: at once those from outside and of the user, the others when their turn comes. */
import { type Fault, nameOf, type ToolFault, type WireFault } from "./faults.ts"
import { Tally } from "./tally.ts"

export interface Injector {
  /** Those that were given to a call, a request, a process or a user. */
  readonly done: Tally
  readonly takeFaults: (most: number) => ReadonlyArray<ToolFault>
  readonly takeWireFault: () => WireFault | undefined
  /** Faults that nothing was there for: no process to kill, no turn to cancel. */
  readonly missed: () => number
  /** Still waiting for a call or a request. */
  readonly waiting: () => number
  readonly start: () => void
  readonly stop: () => void
}

export interface InjectorParts {
  readonly faults: ReadonlyArray<Fault>
  /** Faults a second. */
  readonly rate: number
  /** @returns whether there was one to send it to. */
  readonly signal: (fault: Extract<Fault, { type: "signal" }>) => boolean
  /** @returns whether a turn was under way. */
  readonly user: (fault: Extract<Fault, { type: "user" }>) => boolean
}

/** Faults that may wait; when more would, sessions cannot keep up and the rate falls: what is counted is what happened. */
const mostWaiting = 30

export const makeInjector = ({ faults, rate, signal, user }: InjectorParts): Injector => {
  const done = new Tally()
  const tools: Array<ToolFault> = []
  const wire: Array<WireFault> = []
  let next = 0
  let missed = 0
  let timer: NodeJS.Timeout | undefined
  let startedAt = 0
  /** Owed since the start, as time goes. */
  let skipped = 0

  const happen = (fault: Fault): void => {
    if (fault.type === "wire") return void wire.push(fault.fault)
    if (fault.type === "signal" || fault.type === "user") {
      const isDone = fault.type === "signal" ? signal(fault) : user(fault)
      if (isDone) done.add(nameOf(fault))
      else missed++
      return
    }
    tools.push(fault)
  }

  const tick = (): void => {
    const owed = Math.floor(((performance.now() - startedAt) / 1000) * rate) - skipped
    while (next < owed) {
      const fault = faults[next % faults.length]
      if (fault === undefined) return
      if (tools.length + wire.length >= mostWaiting) {
        skipped += owed - next
        return
      }
      next++
      happen(fault)
    }
  }

  return {
    done,
    takeFaults: (most) => {
      const taken = tools.splice(0, most)
      for (const fault of taken) done.add(nameOf(fault))
      return taken
    },
    takeWireFault: () => {
      const fault = wire.shift()
      if (fault !== undefined) done.add(nameOf({ type: "wire", fault }))
      return fault
    },
    missed: () => missed,
    waiting: () => tools.length + wire.length,
    start: () => {
      startedAt = performance.now()
      timer = setInterval(tick, Math.min(100, 1000 / rate))
    },
    stop: () => clearInterval(timer)
  }
}
