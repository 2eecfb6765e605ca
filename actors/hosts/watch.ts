/** Watches whether a place's event loop turns, as long as calls are under way and once after them; idle, it has no timer. */

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
  /** A call has begun. */
  readonly wake: () => void
  /** A call was aborted: from now on little patience. */
  readonly hurry: () => void
  readonly heard: () => void
  readonly end: () => void
}

/** Milliseconds between two looks; between two when an aborted call is late. */
const calm = 500
const hurried = 25
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
  let last = 0
  /** A call has begun since the last answer. */
  let owesLook = false
  let isOver = false

  const schedule = (): void => {
    clearTimeout(timer)
    const delay = mode === "calm" ? period : mode === "grace" ? grace : hurried
    timer = isOver ? undefined : setTimeout(look, delay).unref()
  }

  const look = (): void => {
    const now = performance.now()
    // Time in which the machine slept, or was too busy to run us, was no time for the place either.
    if (isWaiting) unanswered += Math.min(now - last, 2 * period)
    last = now
    if (mode === "grace") mode = hasLate() ? "hurried" : "calm"
    if (unanswered >= (mode === "hurried" ? Math.max(grace, floor) : silence)) return onStill(Math.round(unanswered))
    check()
    if (!isWaiting && (owesLook || isBusy())) {
      isWaiting = true
      ping()
    }
    if (isWaiting) schedule()
    else timer = undefined
  }

  return {
    wake: () => {
      owesLook = true
      if (timer !== undefined || isOver) return
      last = performance.now()
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
      owesLook = false
      if (mode === "hurried") mode = "calm"
    },
    end: () => {
      isOver = true
      clearTimeout(timer)
    }
  }
}
