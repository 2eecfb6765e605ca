/**
 * Watches whether a place's event loop turns: often while calls are under way, seldom while nobody calls, because what a
 * call has left behind may still loop or fill the memory.
 */

export interface Watched {
  readonly silence: number
  readonly grace: number
  readonly isBusy: () => boolean
  /** Aborted calls have not ended yet. */
  readonly hasLate: () => boolean
  readonly ping: () => void
  /** Looked at each time: what else may be wrong. */
  readonly check: () => void
  /** The event loop stood still for so many milliseconds. */
  readonly onStill: (milliseconds: number) => void
}

export interface Watch {
  /** It has begun to live, or a call has begun. */
  readonly wake: () => void
  /** A call was aborted: from now on little patience. */
  readonly hurry: () => void
  readonly heard: () => void
  readonly end: () => void
}

/** Milliseconds between two looks while calls are under way; when an aborted call is late; while nobody calls. */
const calm = 500
const hurried = 25
const idle = 2000
/**
 * Milliseconds that the place of a late call may leave a ping unanswered, however short the grace is: a healthy process
 * on a loaded machine, or in the middle of collecting its garbage, needs up to that.
 */
const floor = 250

export const watch = ({ silence, grace, isBusy, hasLate, ping, check, onStill }: Watched): Watch => {
  const period = Math.min(calm, silence / 4)
  let timer: NodeJS.Timeout | undefined
  let mode: "calm" | "grace" | "hurried" = "calm"
  let isWaiting = false
  let unanswered = 0
  let last = performance.now()
  let planned = idle
  /** A call has begun since the last look. */
  let isAwake = false
  let isOver = false

  const delay = (): number => {
    if (mode !== "calm") return mode === "grace" ? grace : hurried
    return isAwake || isWaiting || isBusy() ? period : idle
  }

  const schedule = (): void => {
    clearTimeout(timer)
    planned = delay()
    timer = isOver ? undefined : setTimeout(look, planned).unref()
  }

  const look = (): void => {
    const now = performance.now()
    // Time in which the machine slept, or was too busy to run us, was no time for the place either.
    if (isWaiting) unanswered += Math.min(now - last, 2 * planned)
    last = now
    if (mode === "grace") mode = hasLate() ? "hurried" : "calm"
    if (unanswered >= (mode === "hurried" ? Math.max(grace, floor) : silence)) return onStill(Math.round(unanswered))
    check()
    isAwake = false
    if (!isWaiting) ping()
    isWaiting = true
    schedule()
  }

  return {
    wake: () => {
      if (isAwake) return
      isAwake = true
      schedule()
    },
    hurry: () => {
      if (mode !== "calm") return
      mode = "grace"
      schedule()
    },
    heard: () => {
      isWaiting = false
      unanswered = 0
      if (mode === "hurried") mode = "calm"
      schedule()
    },
    end: () => {
      isOver = true
      clearTimeout(timer)
    }
  }
}
