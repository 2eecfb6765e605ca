/** One request and its stream of events, from the first byte sent to `finished` or a `ModelError`. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { ModelError, retold } from "../model-error.ts"
import type { ModelEvent } from "../model.ts"
import { timedFetch, type TimedFetch } from "../timed-fetch.ts"
import { because, type Caller, disconnection, refusal } from "../wire-error.ts"
import { conclude, type Endings, takenBy } from "./conclude.ts"
import type { DialectOptions } from "./dialect.ts"
import type { Reply, Step } from "./reply.ts"
import { isCut, readWhole } from "./whole.ts"
import { type Framing, type Witness, witness } from "./witness.ts"

/** Sends the request; what comes back are events as the SDK parsed them, not to be trusted. */
export type Send = (line: Pick<TimedFetch, "fetch" | "signal">) => Promise<AsyncIterable<unknown>>

export interface Wire {
  /** Loads what sending needs. Rejects with a `ModelError` when a credential cannot be had. */
  readonly load: () => Promise<Send>
  readonly start: Reply
  readonly step: (reply: Reply, event: unknown) => Step
  readonly endings: Endings
  /** Counts of tokens may follow the end marker. */
  readonly hasTrailer: boolean
  /** Takes a stream without its end marker for ended, on other evidence. */
  readonly isEnded?: (reply: Reply, seen: Pick<Witness, "done">) => boolean
  /** How events stand in the body; default `sse`. */
  readonly framing?: Framing
  /** Reads a body that came whole where a stream was asked for: as told as one. `undefined`: it is no reply of this dialect. */
  readonly whole?: (reply: Reply, body: unknown) => Step | undefined
}

/** Milliseconds that a server may take, once the reply is whole, to say more or to end its stream. */
const patience = 3_000

type Told = readonly [ModelEvent, ...ReadonlyArray<ModelEvent>]

/** Lazy. Whatever ends the stream, interruption included, aborts the request down to its socket. */
export const exchange = (options: DialectOptions, wire: Wire): Stream.Stream<ModelEvent, ModelError> =>
  Stream.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new Reader(options, wire)),
        (reader) => Effect.sync(() => reader.close())
      ),
      (reader) => Stream.fromPull(Effect.succeed(pull(reader)))
    )
  )

/** A rejected `read` is a bug, and dies as one. */
const pull = (reader: Reader): Pull.Pull<Told, ModelError> =>
  Effect.flatMap(
    Effect.promise(() => reader.read()),
    (got): Pull.Pull<Told, ModelError> => {
      if (got === undefined) return Cause.done()
      return got instanceof ModelError ? Effect.fail(got) : Effect.succeed(got)
    }
  )

const isTold = (events: ReadonlyArray<ModelEvent>): events is Told => events.length > 0

/** Keys and header values that no error may repeat. */
const secretsOf = ({ apiKey = "", headers = {} }: DialectOptions): ReadonlyArray<string> => [
  apiKey.trim(),
  ...Object.entries(headers).flatMap(([name, value]) =>
    value !== null && /auth|key|token|secret|cookie/i.test(name) ? [value] : []
  )
]

const over: IteratorResult<unknown> = { done: true, value: undefined }

/** `over` when nothing comes in time. */
const soon = async (next: Promise<IteratorResult<unknown>>, wait: number): Promise<IteratorResult<unknown>> => {
  let clock: NodeJS.Timeout | undefined
  const late = new Promise<IteratorResult<unknown>>((resolve) => (clock = setTimeout(resolve, wait, over)))
  try {
    return await Promise.race([next, late])
  } finally {
    clearTimeout(clock)
  }
}

class Reader {
  readonly #options: DialectOptions
  readonly #wire: Wire
  readonly #caller: Caller
  readonly #seen: Witness
  readonly #line: TimedFetch
  #reply: Reply
  #events: AsyncIterator<unknown> | undefined
  #isOver = false

  constructor(options: DialectOptions, wire: Wire) {
    this.#options = options
    this.#wire = wire
    this.#caller = { provider: options.provider, variables: options.variables, secrets: secretsOf(options) }
    this.#seen = witness(wire.framing)
    this.#line = timedFetch(options.timeouts, this.#seen, options.fetch)
    this.#reply = wire.start
  }

  /** @returns What came next; an error; `undefined` after the end. */
  async read(): Promise<Told | ModelError | undefined> {
    if (this.#isOver) return undefined
    const send = this.#events === undefined ? await this.#load() : undefined
    if (send instanceof ModelError) return this.#failed(send)
    // After an error nothing is waited for: some servers keep the connection open behind it.
    while (this.#reply.error === undefined && (!this.#reply.ended || this.#wire.hasTrailer)) {
      const next = await this.#next(send)
      if (next instanceof ModelError) return this.#failed(next)
      if (next.done === true) break
      const [reply, events] = this.#wire.step(this.#reply, next.value)
      this.#reply = reply
      if (isTold(events)) return events
    }
    const end = this.#end()
    return end instanceof ModelError ? this.#failed(end) : this.#over(end)
  }

  close(): void {
    if (this.#reply.ended) {
      // The rest of a whole reply is read by nobody, so that its connection can serve the next request.
      this.#line.linger()
      void this.#drain()
      return
    }
    this.#line.close()
    // Lets the SDK put its things away; it may wait for a `next` that never comes, so nobody waits for it.
    this.#events?.return?.().catch(() => undefined)
  }

  async #drain(): Promise<void> {
    try {
      while ((await this.#events?.next())?.done === false);
    } catch {
      // Nothing that comes now can matter.
    }
  }

  async #load(): Promise<Send | ModelError> {
    try {
      return await this.#wire.load()
    } catch (error) {
      if (error instanceof ModelError) return error
      throw error
    }
  }

  #failed(error: ModelError): ModelError {
    const took = takenBy(this.#reply, this.#options)
    return this.#over(took === undefined ? error : retold(error, { took }))
  }

  #over<End>(end: End): End {
    this.#isOver = true
    return end
  }

  async #next(send: Send | undefined): Promise<IteratorResult<unknown> | ModelError> {
    try {
      if (send !== undefined) this.#events ??= (await send(this.#line))[Symbol.asyncIterator]()
      const next = this.#events?.next() ?? Promise.resolve(over)
      return await (this.#reply.ended ? soon(next, Math.min(patience, this.#options.timeouts.idle)) : next)
    } catch (thrown) {
      return this.#failure(thrown)
    }
  }

  #failure(thrown: unknown): IteratorResult<unknown> | ModelError {
    const response = this.#seen.response()
    const sent = typeof thrown === "object" && thrown !== null && "error" in thrown ? thrown.error : undefined
    if (response?.ok === true && sent !== undefined) return this.#refusal({ headers: response.headers, body: sent })
    if (response?.ok === false) {
      return this.#refusal({ status: response.status, headers: response.headers, body: this.#seen.body() })
    }
    // Once the reply is whole, a connection that breaks or stays open for ever takes nothing from it.
    // Of a body that is no stream `#end` knows more than whoever failed to read it.
    if (this.#reply.ended || this.#seen.body() !== "") return over
    const phase = this.#line.expired()
    if (phase !== undefined) return because(this.#caller, { kind: "timed_out", phase })
    return disconnection(this.#caller, thrown, response !== undefined)
  }

  /** The events ceased: properly, or because the SDK ends quietly when it is aborted or reads a body without events. */
  #end(): Told | ModelError {
    const body = this.#reply.ended ? "" : this.#seen.body()
    const told = this.#readWhole(body)
    const { error } = this.#reply
    if (error !== undefined) return this.#refusal({ body: error })
    const { endings, isEnded } = this.#wire
    if (isEnded?.(this.#reply, this.#seen) === true) this.#reply = { ...this.#reply, ended: true }
    const end = conclude(this.#reply, this.#options, endings)
    if ("type" in end) return isTold(told) ? [...told, end] : [end]
    const phase = this.#line.expired()
    if (phase !== undefined) return because(this.#caller, { kind: "timed_out", phase })
    if (this.#reply.ended || body === "" || isCut(body)) return because(this.#caller, end)
    return body.startsWith("<") ? because(this.#caller, { kind: "not_found" }, body) : this.#refusal({ body })
  }

  /** @returns What is to be told of a body that is no stream; nothing when it is no reply either. */
  #readWhole(body: string): ReadonlyArray<ModelEvent> {
    const value = body === "" ? undefined : readWhole(body)
    const step = value === undefined ? undefined : this.#wire.whole?.(this.#reply, value)
    if (step === undefined) return []
    this.#reply = step[0]
    return step[1]
  }

  #refusal(failure: Parameters<typeof refusal>[1]): ModelError {
    return refusal(this.#caller, failure, Date.now())
  }
}
