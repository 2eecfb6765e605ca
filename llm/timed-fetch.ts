/** One HTTP request under three clocks that run on bytes: until the headers, between two pieces of the body, in total. */
import type { Timeouts } from "./dialects/dialect.ts"

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export type Phase = keyof Timeouts

/** What is told about an answer while it passes through. */
export interface Listener {
  readonly onResponse?: (response: Response) => void
  readonly onBytes?: (bytes: Uint8Array) => void
}

export interface TimedFetch {
  readonly fetch: Fetch
  /** Aborted by `close` and by every clock that runs out. */
  readonly signal: AbortSignal
  /** The clock that ran out, if one did. Readers must ask: some SDKs end quietly when their request is aborted. */
  readonly expired: () => Phase | undefined
  /** Aborts whatever still runs, down to the socket, and stops the clocks. */
  readonly close: () => void
  /** `close`, but the last bytes of the body have a second to come: a connection that was read to its end is used again. */
  readonly linger: () => void
}

/** Milliseconds. */
const lingering = 1_000

/** Longest time that `setTimeout` can wait; more would fire at once. */
const longest = 2 ** 31 - 1

/** For one request: a second `fetch` would share its clocks. */
export const timedFetch = (
  timeouts: Timeouts,
  { onResponse, onBytes }: Listener = {},
  send: Fetch = fetch
): TimedFetch => {
  const controller = new AbortController()
  const clocks = new Set<NodeJS.Timeout>()
  let expired: Phase | undefined
  /** Nothing will come any more. */
  let isSettled = false

  const stopAll = (): void => {
    clocks.forEach(clearTimeout)
    clocks.clear()
  }

  const settle = (): void => {
    isSettled = true
    stopAll()
  }

  const close = (): void => {
    settle()
    controller.abort()
  }

  const start = (phase: Phase): (() => void) => {
    const clock = setTimeout(
      () => {
        expired ??= phase
        controller.abort(new Error(`${phase} timeout`))
      },
      Math.min(timeouts[phase], longest)
    )
    clocks.add(clock)
    return () => {
      clearTimeout(clock)
      clocks.delete(clock)
    }
  }

  const watch = (body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
    const reader = body.getReader()
    // Idle time is time spent waiting for the server: a slow reader of ours does not count.
    const read = async () => {
      const stop = start("idle")
      try {
        return await reader.read()
      } finally {
        stop()
      }
    }
    const drain = async () => {
      try {
        while (!(await read()).done);
        settle()
      } catch {
        // Aborted: whoever did it knows.
      }
    }
    return new ReadableStream<Uint8Array>(
      {
        async pull(out) {
          const { done, value } = await read()
          if (done) {
            settle()
            return out.close()
          }
          onBytes?.(value)
          out.enqueue(value)
        },
        // SDKs let go of the body at `[DONE]` and wait for this; how long the rest may take is for `close` or `linger`.
        cancel: () => void drain()
      },
      { highWaterMark: 0 }
    )
  }

  const timed: Fetch = async (input, init = {}) => {
    start("total")
    const stopConnect = start("connect")
    const signal = init.signal ? AbortSignal.any([init.signal, controller.signal]) : controller.signal
    try {
      const response = await send(input, { ...init, signal })
      onResponse?.(response)
      if (response.body !== null) return new Response(watch(response.body), response)
      settle()
      return response
    } finally {
      stopConnect()
    }
  }

  return {
    fetch: timed,
    signal: controller.signal,
    expired: () => expired,
    close,
    linger: () => {
      if (isSettled) return
      stopAll()
      const clock = setTimeout(close, lingering)
      clock.unref()
      clocks.add(clock)
    }
  }
}
