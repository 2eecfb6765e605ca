import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import type { ModelRequest } from "../../llm/model.ts"
import { ModelError } from "../../llm/model-error.ts"
import { defineModel, type ModelSpec } from "../../llm/own-model.ts"
import { scripted } from "../../llm/scripted.ts"

const request: ModelRequest = {
  system: "",
  messages: [{ role: "user", id: "1", content: [{ type: "text", text: "hello" }] }],
  tools: []
}
const model = (respond: ModelSpec["respond"], more: Partial<ModelSpec> = {}) =>
  defineModel({ id: "mine/one", respond, ...more })
const events = (respond: ModelSpec["respond"], more: Partial<ModelSpec> = {}) =>
  Effect.runPromise(Stream.runCollect(model(respond, more).respond(request)))
const failure = (respond: ModelSpec["respond"], more: Partial<ModelSpec> = {}) =>
  Effect.runPromise(Effect.flip(Stream.runDrain(model(respond, more).respond(request))))

describe("a model from a generator", () => {
  it("says texts and calls, and makes the reply of them", async () => {
    const call = { type: "call", id: "c1", name: "look", input: { at: "it" } } as const
    const all = await events(async function* () {
      yield "Let me "
      yield "look."
      yield call
    })
    expect(all).toEqual([
      { type: "text", delta: "Let me " },
      { type: "text", delta: "look." },
      { type: "call.started", id: "c1", name: "look" },
      {
        type: "finished",
        finishReason: "calls",
        message: { role: "assistant", model: "mine/one", content: [{ type: "text", text: "Let me look." }, call] }
      }
    ])
  })

  const circle: Record<string, unknown> = {}
  circle.itself = circle
  const end = { type: "finished", finishReason: "stop", message: { role: "assistant", model: "mine/one", content: [] } }
  const usage = { input: 1, output: Number.NaN, cacheRead: 0, cacheWrite: 0 }
  const wrongs: ReadonlyArray<readonly [unknown, RegExp]> = [
    [42, /number where/],
    [null, /object where/],
    [{ type: "text" }, /text without a delta/],
    [{ type: "call" }, /an id and a name/],
    [{ type: "call", id: "c1", name: "look" }, /no input/],
    [{ type: "call", id: "c1", name: "look", input: circle }, /input of look cannot be JSON/],
    [{ type: "call", id: "c1", name: "look", input: 1n }, /input of look cannot be JSON/],
    [{ type: "finished", finishReason: "stop" }, /the whole message/],
    [{ ...end, finishReason: undefined }, /a finishReason/],
    [{ ...end, usage }, /usage holds tokens/],
    [{ ...end, cost: -1 }, /cost is US dollars/],
    [{ ...end, message: { content: [{ type: "call", id: "c1", name: "look", input: circle }] } }, /cannot be JSON/]
  ]
  it.each(wrongs)("fails by its own fault when it yields what is none (%#)", async (piece, said) => {
    const failed = await failure(async function* () {
      yield "a"
      yield piece as string // what JavaScript may yield
    })
    expect(failed.message).toMatch(said)
  })

  it("may finish itself, and is not heard after that", async () => {
    const message = { role: "assistant", model: "mine/one", content: [] } as const
    const finished = { type: "finished", message, finishReason: "length" } as const
    const all = await events(async function* () {
      yield finished
      yield "too late"
    })
    expect(all).toEqual([finished])
  })

  it("fails with its own reason, and with what it throws", async () => {
    const refused = new ModelError({ provider: "mine", reason: { kind: "quota_exceeded" } })
    const throwing = (error: unknown) =>
      failure(async function* () {
        yield "a"
        throw error
      })
    expect(await throwing(refused)).toBe(refused)
    expect(await throwing(new Error("no wire"))).toMatchObject({
      reason: { kind: "unavailable" },
      message: expect.stringContaining("mine/one is not available")
    })
    expect((await throwing("no wire")).message).toContain("no wire")
    expect((await failure(() => { throw new Error("no wire") })).message).toContain("no wire") // prettier-ignore
  })

  it.each([
    ["idle", { idle: 5 }],
    ["total", { total: 5 }]
  ] as const)("fails after its %s time, with its signal aborted", async (phase, timeouts) => {
    const aborted = Promise.withResolvers<void>()
    const error = await failure(
      async function* (_, signal) {
        signal.addEventListener("abort", () => aborted.resolve())
        yield "a"
        await aborted.promise
      },
      { timeouts }
    )
    expect(error.reason).toEqual({ kind: "timed_out", phase })
    await aborted.promise
  })

  it("is told when nobody wants its reply any more, and ends", async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    const ended = Promise.withResolvers<void>()
    const stream = model(async function* (_, signal) {
      try {
        yield "a"
        begun.resolve(signal)
        await new Promise((resolve) => signal.addEventListener("abort", resolve))
      } finally {
        ended.resolve()
      }
    }).respond(request)
    const fiber = Effect.runFork(Stream.runDrain(stream))
    const signal = await begun.promise
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(signal.aborted).toBe(true)
    await ended.promise
  })

  it("is asked nothing before its stream runs, and anew each time", async () => {
    let asked = 0
    const stream = model(async function* () {
      yield String(++asked)
    }).respond(request)
    expect(asked).toBe(0)
    await Effect.runPromise(Stream.runDrain(stream))
    await Effect.runPromise(Stream.runDrain(stream))
    expect(asked).toBe(2)
  })

  it.each(["", "mine", "/one", "mine/"])("needs an id of provider/model, and %j is none", (id) => {
    expect(() => defineModel({ id, respond: async function* () {} })).toThrow(TypeError)
  })
})

describe("a script in the program", () => {
  it("plays", async () => {
    const one = await scripted({ rules: [{ when: "hel+o", turns: [{ text: "Hi." }] }] }, "shop/clerk")
    const all = await Effect.runPromise(Stream.runCollect(one.respond(request)))
    expect(all).toMatchObject([{ delta: "Hi." }, { type: "finished", message: { model: "shop/clerk" } }])
  })

  it("says what is wrong in it", async () => {
    await expect(scripted({ rules: [] })).rejects.toThrow(/scripted\/own is wrong: rules/)
  })
})
