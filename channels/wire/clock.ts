/** Time as the hub knows it: handed in, so that an hour can pass in a spec. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** Runs it once, so many milliseconds later, unless the returned function is called before. Never keeps a process alive. */
  readonly later: (delay: number, run: () => void) => () => void
}

export const systemClock: Clock = {
  now: Date.now,
  later: (delay, run) => {
    const timer = setTimeout(run, delay).unref()
    return () => clearTimeout(timer)
  }
}
