/** Who may go together with others, and who goes alone: in the order in which they came. */

export interface Place {
  /** Resolves when all that had to end before have ended. */
  readonly free: Promise<void>
  /** Must be called once, whether it was waited for or not. */
  readonly leave: () => void
}

export interface Turnstile {
  readonly enter: (mayShare: boolean) => Place
}

export const turnstile = (): Turnstile => {
  /** The last that goes alone has left. */
  let alone: Promise<void> = Promise.resolve()
  const together = new Set<Promise<void>>()
  return {
    enter: (mayShare) => {
      const free = mayShare ? alone : Promise.all([alone, ...together]).then(() => {})
      const left = Promise.withResolvers<void>()
      if (mayShare) {
        together.add(left.promise)
        void left.promise.then(() => together.delete(left.promise))
      } else {
        together.clear()
        alone = left.promise
      }
      // Whoever gives up waiting is out of the way only when its turn has come.
      return { free, leave: () => void free.then(left.resolve) }
    }
  }
}
