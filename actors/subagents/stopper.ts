/** What ends a subagent before its answer: its time, its caller, or the session that it works for. */

/** closing: the session it works for ends under it, and tells of it at its next opening. */
export type Stop = "timed_out" | "cancelled" | "closing"

export interface Stopper {
  /** Aborted with the first reason. */
  readonly signal: AbortSignal
  readonly reason: () => Stop | undefined
  readonly stop: (reason: Stop) => void
  /** Its time stands still until as many `go` as `wait` were called: while the user is asked. */
  readonly wait: () => void
  readonly go: () => void
  /** It is over: nothing fires any more. */
  readonly release: () => void
}

/** @param time Milliseconds. @param callers Abort it. */
export const stopper = (time: number, callers: ReadonlyArray<AbortSignal>): Stopper => {
  const controller = new AbortController()
  let reason: Stop | undefined
  let left = time
  let since = performance.now()
  let waits = 0
  let isOver = false
  let timer: NodeJS.Timeout | undefined

  const release = (): void => {
    isOver = true
    clearTimeout(timer)
    for (const caller of callers) caller.removeEventListener("abort", cancel)
  }
  const stop = (why: Stop): void => {
    if (reason !== undefined) return
    reason = why
    release()
    controller.abort(why)
  }
  const cancel = (): void => stop("cancelled")
  const run = (): void => {
    since = performance.now()
    timer = setTimeout(() => stop("timed_out"), left)
  }

  run()
  for (const caller of callers) {
    if (caller.aborted) cancel()
    else caller.addEventListener("abort", cancel, { once: true })
  }
  return {
    signal: controller.signal,
    reason: () => reason,
    stop,
    wait: () => {
      if (waits++ > 0) return
      clearTimeout(timer)
      left = Math.max(0, left - (performance.now() - since))
    },
    go: () => {
      if (--waits === 0 && !isOver) run()
    },
    release
  }
}
