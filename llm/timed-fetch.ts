/** One HTTP request under three clocks that run on bytes: until the headers, between two pieces of the body, in total. */

/** Milliseconds; measured on bytes, so that a provider's keep-alive counts as life. */
export interface Timeouts {
  /** Until the response's headers. */
  readonly connect: number
  /** Between two pieces of the body. */
  readonly idle: number
  readonly total: number
}

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
export const timedFetch = (timeouts: Timeouts, listener: Listener = {}, send: Fetch = fetch): TimedFetch => {
  const request = new TimedRequest(timeouts, listener, send)
  return {
    fetch: (input, init) => request.fetch(input, init),
    signal: request.controller.signal,
    expired: () => request.expired,
    close: () => request.close(),
    linger: () => request.linger()
  }
}

class TimedRequest {
  readonly controller = new AbortController()
  expired: Phase | undefined
  readonly #timeouts: Timeouts
  readonly #listener: Listener
  readonly #send: Fetch
  readonly #clocks = new Set<NodeJS.Timeout>()
  /** Nothing will come any more. */
  #isSettled = false

  constructor(timeouts: Timeouts, listener: Listener, send: Fetch) {
    this.#timeouts = timeouts
    this.#listener = listener
    this.#send = send
  }

  async fetch(input: Parameters<Fetch>[0], init: RequestInit = {}): Promise<Response> {
    this.#start("total")
    const stopConnect = this.#start("connect")
    const own = this.controller.signal
    const signal = init.signal ? AbortSignal.any([init.signal, own]) : own
    try {
      // Followed, a redirection would take the conversation, and every header but `authorization`, to somebody else.
      const response = await this.#send(input, { ...init, redirect: "manual", signal })
      this.#listener.onResponse?.(response)
      if (response.body !== null) return new Response(this.#watch(response.body), response)
      this.#settle()
      return response
    } finally {
      stopConnect()
    }
  }

  close(): void {
    this.#settle()
    this.controller.abort()
  }

  linger(): void {
    if (this.#isSettled) return
    this.#stopAll()
    const clock = setTimeout(() => this.close(), lingering)
    clock.unref()
    this.#clocks.add(clock)
  }

  /** @returns What stops it. */
  #start(phase: Phase): () => void {
    const fire = (): void => {
      this.expired ??= phase
      this.controller.abort(new Error(`${phase} timeout`))
    }
    const clock = setTimeout(fire, Math.min(this.#timeouts[phase], longest))
    this.#clocks.add(clock)
    return () => {
      clearTimeout(clock)
      this.#clocks.delete(clock)
    }
  }

  #stopAll(): void {
    this.#clocks.forEach(clearTimeout)
    this.#clocks.clear()
  }

  #settle(): void {
    this.#isSettled = true
    this.#stopAll()
  }

  #watch(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    return new ReadableStream<Uint8Array>(
      {
        pull: async (out) => {
          const { done, value } = await this.#read(reader)
          if (done) return out.close()
          this.#listener.onBytes?.(value)
          out.enqueue(value)
        },
        // SDKs let go of the body at `[DONE]` and wait for this; how long the rest may take is for `close` or `linger`.
        cancel: () => void this.#drain(reader)
      },
      { highWaterMark: 0 }
    )
  }

  /** Idle time is time spent waiting for the server: a slow reader of ours does not count. */
  async #read(reader: ReadableStreamDefaultReader<Uint8Array>) {
    const stop = this.#start("idle")
    try {
      const next = await reader.read()
      if (next.done) this.#settle()
      return next
    } finally {
      stop()
    }
  }

  async #drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    try {
      while (!(await this.#read(reader)).done);
    } catch {
      // Aborted: whoever did it knows.
    }
  }
}
