import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import { exchange, type Wire } from "../../../llm/dialects/exchange.ts"
import { newReply, quiet, say } from "../../../llm/dialects/reply.ts"

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
