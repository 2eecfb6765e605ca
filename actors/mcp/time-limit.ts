/** The time of one call: ends it, is lengthened by signs of life up to a bound, and stands still while the user is asked. */

export interface TimeLimit {
  /** Aborted, with a reason that says how long it was, when the time is over. */
  readonly signal: AbortSignal
  readonly isOver: () => boolean
  /** Milliseconds that are left of what was given at first, or by the last sign of life. */
  readonly left: () => number
  /** The server works: its time begins anew. */
  readonly alive: () => void
  /** The clock stands still until the promise has settled. */
  readonly apart: <A>(waiting: Promise<A>) => Promise<A>
  readonly clear: () => void
}

/** As many times its time a call may take that keeps telling of progress. */
const most = 10

/** @param milliseconds Above 0. */
export const timeLimit = (milliseconds: number): TimeLimit => {
  const controller = new AbortController()
  const began = performance.now()
  let stood = 0
  let asked = 0
  let stoodSince = 0
  let until = began + milliseconds
  let timer: NodeJS.Timeout | undefined

  const run = (): void => {
    clearTimeout(timer)
    if (asked === 0 && !controller.signal.aborted)
      timer = setTimeout(() => controller.abort(new Error(said)), Math.max(0, until - performance.now()))
  }
  const said = `no answer within ${milliseconds / 1000} s`
  run()
  return {
    signal: controller.signal,
    isOver: () => controller.signal.aborted,
    left: () => Math.max(0, until - performance.now()),
    alive: () => {
      until = Math.min(performance.now() + milliseconds, began + stood + most * milliseconds)
      run()
    },
    apart: async (waiting) => {
      if (asked++ === 0) stoodSince = performance.now()
      run()
      try {
        return await waiting
      } finally {
        if (--asked === 0) {
          const pause = performance.now() - stoodSince
          stood += pause
          until += pause
          run()
        }
      }
    },
    clear: () => clearTimeout(timer)
  }
}
