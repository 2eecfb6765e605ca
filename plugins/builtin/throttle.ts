/** Text that comes faster than anybody reads, in few pieces: of what came in between only the end. */

export interface Throttle {
  readonly push: (text: string) => void
  /** Nothing is shown after it. */
  readonly stop: () => void
}

/** Milliseconds between two pieces. */
const pace = 100
/** Characters of one piece. */
const most = 4000

export const throttle = (show: (text: string) => void): Throttle => {
  let waiting = ""
  let timer: NodeJS.Timeout | undefined

  const flush = (): void => {
    timer = undefined
    if (waiting === "") return
    const text = waiting
    waiting = ""
    timer = setTimeout(flush, pace)
    show(text)
  }

  return {
    push: (text) => {
      waiting = (waiting + text).slice(-most)
      if (timer === undefined) flush()
    },
    stop: () => clearTimeout(timer)
  }
}
