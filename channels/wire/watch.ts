/** Those who look on at the health of all: told when it has changed, at most once a second. */
import type { Health, HealthNode } from "../../actors/health.ts"
import type { Clock } from "./clock.ts"

export interface Watcher {
  /** As this one may see it. */
  readonly look: () => Health
  readonly tell: (health: Health) => void
  readonly isFree: () => boolean
}

export interface Watch {
  /** From what it sees now. @returns how to end it. */
  readonly add: (watcher: Watcher) => () => void
}

/** Milliseconds. */
const beat = 1000

export const openWatch = ({ later }: Pick<Clock, "later">): Watch => {
  /** What each was told last. */
  const told = new Map<Watcher, string>()
  let stop: (() => void) | undefined

  const tick = (): void => {
    for (const [watcher, before] of told) {
      if (!watcher.isFree()) continue
      const health = watcher.look()
      const now = printOf(health)
      if (now === before) continue
      told.set(watcher, now)
      watcher.tell(health)
    }
    stop = told.size === 0 ? undefined : later(beat, tick)
  }

  return {
    add: (watcher) => {
      told.set(watcher, printOf(watcher.look()))
      stop ??= later(beat, tick)
      return () => {
        told.delete(watcher)
        if (told.size > 0) return
        stop?.()
        stop = undefined
      }
    }
  }
}

/** What counts as a change: not the figures that move all the time. */
const printOf = ({ status, plugins, reasons, seams, tree }: Health): string =>
  JSON.stringify([status, plugins, reasons, seams, nodePrint(tree)])

const nodePrint = ({ id, kind, state, restarts, lastFailure, breaker, place, pid, children }: HealthNode): unknown => [
  id,
  kind,
  state,
  restarts,
  lastFailure,
  breaker,
  place,
  pid,
  children.map(nodePrint)
]
