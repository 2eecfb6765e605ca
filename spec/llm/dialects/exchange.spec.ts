import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import { exchange, type Wire } from "../../../llm/dialects/exchange.ts"
import { newReply, quiet, say } from "../../../llm/dialects/reply.ts"
import { fields } from "../../../llm/wire-value.ts"
import { flow } from "../flow.ts"

const options: DialectOptions = {
  id: "spec/model",
  provider: "Spec",
  model: "model",
  baseUrl: "",
  variables: [],
  quirks: {},
  info: {},
  timeouts: { connect: 60_000, idle: 60_000, total: 60_000 }
}

/** A dialect of two words, one of which ends the reply; no network. */
const wire = (events: () => AsyncIterable<unknown>, more: Partial<Wire> = {}): Wire => ({
  load: async () => async () => events(),
  start: newReply("seed0000"),
  step: (reply, event) =>
    event === "end" ? quiet({ ...reply, ended: true, finish: "end" }) : say(reply, "text", "0", String(event)),
  endings: { end: "stop" },
  hasTrailer: true,
  ...more
})

const never = new Promise<never>(() => undefined)

async function* thenNothing(...events: ReadonlyArray<string>) {
  yield* events
  await never
}

const run = (wire: Wire) => Effect.runPromiseExit(Stream.runCollect(exchange(options, wire)))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe("a whole reply", () => {
  it("is told at once where nothing can follow its end", async () => {
    const exit = await run(wire(() => thenNothing("a", "end"), { hasTrailer: false }))
    expect(exit).toMatchObject({ _tag: "Success", value: [{ delta: "a" }, { type: "finished" }] })
  })

  it("waits three seconds for counts that may follow, and no longer", async () => {
    let exit: Exit.Exit<unknown, unknown> | undefined
    const running = run(wire(() => thenNothing("a", "end"))).then((result) => (exit = result))
    await vi.advanceTimersByTimeAsync(2_999)
    expect(exit).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(await running).toMatchObject({ _tag: "Success" })
    // The rest of the body has one more second.
    await vi.advanceTimersByTimeAsync(1_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("is not undone by a connection that breaks after it", async () => {
    const broken = async function* () {
      yield* ["a", "end"]
      throw new TypeError("terminated")
    }
    expect(await run(wire(broken))).toMatchObject({ _tag: "Success" })
  })
})

describe("a body that is no stream", () => {
  /** Reads it as SDKs do: to its end, finding no events. */
  const answered = (body: string | ReadonlyArray<string>, more: Partial<Wire> = {}, isPicky = false) => {
    const pieces = typeof body === "string" ? [body] : body
    const bytes = flow(pieces.map((piece) => new TextEncoder().encode(piece)))
    const send: Awaited<ReturnType<Wire["load"]>> = async (line) => {
      const response = await line.fetch("https://spec.invalid")
      return (async function* () {
        for await (const _ of response.body ?? []) yield* []
        if (isPicky) throw new Error("this is no event stream")
      })()
    }
    return Effect.runPromise(
      Effect.result(
        Stream.runCollect(
          exchange(
            { ...options, fetch: async () => new Response(bytes) },
            wire(() => thenNothing(), { load: async () => send, whole, ...more })
          )
        )
      )
    )
  }

  const whole: Wire["whole"] = (reply, body) => {
    const { said } = fields(body)
    if (typeof said !== "string") return undefined
    const [after, told] = say(reply, "text", "0", said)
    return [{ ...after, ended: true, finish: "end" }, told]
  }

  it("is a reply when the dialect knows it for one, whatever surrounds it and however it is torn", async () => {
    const told = {
      success: [
        { type: "text", delta: "ä" },
        { type: "finished", finishReason: "stop" }
      ]
    }
    const waiting = " \n".repeat(100)
    for (const body of [
      '{"said":"ä"}',
      `${waiting}{"said":"ä"}`,
      '\uFEFF\n {\n  "said": "ä"\n}\r\n\n',
      ['{"sa', 'id":"', 'ä"', "}"]
    ])
      expect(await answered(body)).toMatchObject(told)
    expect(await answered('{"said":"","error":null}')).toMatchObject({ success: [{ type: "finished" }] })
  })

  it("is a failure with its own words when it is none", async () => {
    const failed = (reason: unknown, detail: string) => ({ failure: { reason, detail } })
    const limited = { kind: "rate_limited" }
    const error = { message: "Slow down", type: "rate_limit_error" }
    expect(await answered(JSON.stringify({ said: "ä", error }))).toMatchObject(failed(limited, "Slow down"))
    expect(await answered(JSON.stringify([{ error }]))).toMatchObject(failed(limited, "Slow down"))
    expect(await answered('{"detail":"odd"}')).toMatchObject(failed({ kind: "unavailable" }, "odd"))
    expect(await answered("rate limit, sorry")).toMatchObject(failed(limited, "rate limit, sorry"))
    expect(await answered(["e", "rro", "r code: 1015"])).toMatchObject({ failure: { detail: "error code: 1015" } })
    expect(await answered("<html>", { whole: undefined })).toMatchObject(failed({ kind: "not_found" }, "<html>"))
    expect(await answered('{"said":"ä"}', { whole: undefined })).toMatchObject({ _tag: "Failure" })
  })

  it("is truncated when it breaks off, and is not searched for words of refusal", async () => {
    for (const body of ['{"said":"invalid api key', "[{", "{", "", " \n", "dat", "\uFEFF\n \n\n\n\n\n\n: hi\n\n"])
      expect(await answered(body)).toMatchObject({ failure: { reason: { kind: "truncated" } } })
  })

  it("may be long, but not without end", async () => {
    const long = "x".repeat(3_000_000)
    expect(await answered(['{"said":"', long, '"}'])).toMatchObject({ success: [{ delta: long }, {}] })
    const endless = await answered(['{"said":"', long, long, long, '"}'])
    expect(endless).toMatchObject({ failure: { reason: { kind: "truncated" } } })
  })

  it("is the same however it is framed, and whether or not its reader throws", async () => {
    for (const framing of ["frames", "lines"] as const) {
      expect(await answered("<html>", { framing })).toMatchObject({ failure: { reason: { kind: "not_found" } } })
      expect(await answered("no capacity", { framing })).toMatchObject({ failure: { detail: "no capacity" } })
    }
    expect(await answered("<html>", {}, true)).toMatchObject({ failure: { reason: { kind: "not_found" } } })
    expect(await answered('{"said":"ä"}', {}, true)).toMatchObject({ success: [{ delta: "ä" }, {}] })
    expect(await answered('{"said":"ä"}', { framing: "frames" })).toMatchObject({ success: [{ delta: "ä" }, {}] })
  })
})

describe("an error inside a stream", () => {
  it("is told at once, although the server keeps the connection open behind it", async () => {
    const step: Wire["step"] = (reply) => quiet({ ...reply, error: { message: "Overloaded" } })
    expect(await run(wire(() => thenNothing("error"), { step }))).toMatchObject({ _tag: "Failure" })
  })
})

describe("a bug of ours", () => {
  it.each<[string, Partial<Wire>]>([
    [
      "in reading an event",
      {
        step: () => {
          throw new RangeError("bug")
        }
      }
    ],
    ["in loading an SDK", { load: () => Promise.reject(new RangeError("bug")) }]
  ])("%s dies, instead of looking like the provider's failure", async (_, more) => {
    const exit = await run(wire(() => thenNothing("a"), more))
    if (Exit.isSuccess(exit)) throw new Error("no failure")
    expect(Cause.hasDies(exit.cause)).toBe(true)
    expect(Cause.squash(exit.cause)).toBeInstanceOf(RangeError)
  })
})

describe("a listener that leaves", () => {
  it("lets the SDK put its things away, and leaves no clock running", async () => {
    let isReturned = false
    const events = async function* () {
      try {
        yield* ["a", "b"]
      } finally {
        isReturned = true
      }
    }
    await Effect.runPromise(Stream.runDrain(Stream.take(exchange(options, wire(events)), 1)))
    expect([isReturned, vi.getTimerCount()]).toEqual([true, 0])
  })
})
