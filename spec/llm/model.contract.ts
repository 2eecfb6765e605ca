/** What every adapter of the model port owes, told at the wire: the same expectations for every dialect. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Dialect, DialectOptions } from "../../llm/dialects/dialect.ts"
import { type AssistantMessage, callsOf, type Message, textOf } from "../../llm/message.ts"
import type { ModelError, ModelErrorReason } from "../../llm/model-error.ts"
import type { Model, ModelEvent } from "../../llm/model.ts"
import type { Script, Speaker } from "./dialects/speakers.ts"
import { ask } from "./fakes.ts"
import { type Answer, wireServer, type WireServer } from "./wire-server.ts"

const key = "sk-secret-of-the-spec"

const usage = { input: 1000, output: 50, cacheRead: 600, cacheWrite: 100 }

/** Letters of one to four bytes. */
const full: Script = {
  thinking: "Grüße, 考えている 🧵…",
  text: "Das Gefäß ist zerbrochen: 金継ぎ 🏺, fixed.",
  calls: [
    { id: "call_a", name: "read_file", json: '{"path":"ä/金.txt","deep":{"list":[1,2,null]}}' },
    { id: "call_b", name: "list_skills", json: "{}" }
  ],
  usage
}

export const modelContract = (dialect: Dialect, speaker: Speaker): void => {
  const counted = speaker.counted?.(usage) ?? usage
  const isAsked = speaker.isAsked ?? ((_, body) => body.model === "model" && body.stream === true)
  /** Some events of a reply that will not be finished. */
  const begun = speaker.begin?.(full) ?? speaker.say(full).slice(0, speaker.say(full).indexOf("\n\n", 600) + 2)

  let server: WireServer
  beforeAll(async () => {
    server = await wireServer(speaker)
  })
  beforeEach(() => {
    server.received.length = 0
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const model = (more: Partial<DialectOptions> = {}): Model =>
    dialect({
      id: "spec/model",
      provider: "Spec",
      model: "model",
      baseUrl: `${server.url}/v1`,
      apiKey: key,
      variables: ["SPEC_API_KEY", "SPEC_KEY"],
      quirks: {},
      info: {},
      timeouts: { connect: 10_000, idle: 10_000, total: 10_000 },
      ...more
    })

  const run = async (answer: Answer, more: Partial<DialectOptions> = {}) => {
    server.answer = answer
    return Effect.runPromise(Effect.result(Stream.runCollect(model(more).respond(ask()))))
  }

  const events = async (answer: Answer, more?: Partial<DialectOptions>): Promise<ReadonlyArray<ModelEvent>> =>
    Result.getOrThrow(await run(answer, more))

  const error = async (answer: Answer, more?: Partial<DialectOptions>): Promise<ModelError> => {
    const result = await run(answer, more)
    if (Result.isSuccess(result)) throw new Error(`no failure, but ${JSON.stringify(result.success.at(-1))}`)
    return result.failure
  }

  const reasonOf = async (answer: Answer, more?: Partial<DialectOptions>): Promise<ModelErrorReason> =>
    (await error(answer, more)).reason

  describe("a reply", () => {
    it("is streamed as it comes, and told whole at the end, once", async () => {
      const told = await events({ body: speaker.say(full) })
      expect(joined(told, "thinking")).toBe(full.thinking)
      expect(joined(told, "text")).toBe(full.text)
      expect(told.filter(({ type }) => type === "text").length).toBeGreaterThan(5)
      expect(told.filter(({ type }) => type === "finished")).toHaveLength(1)
      const { message, finishReason } = finished(told)
      expect(message).toMatchObject({ role: "assistant", model: "spec/model" })
      expect(message.content.map(({ type }) => type)).toEqual(["thinking", "text", "call", "call"])
      expect(textOf(message)).toBe(full.text)
      expect(finishReason).toBe("calls")
    })

    it("is the same, however the network cuts it, inside letters too", async () => {
      const body = speaker.say(full)
      const whole = await events({ body })
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 5, maxLength: 150 }),
          async (pieces) => {
            expect(await events({ body, pieces })).toEqual(whole)
          }
        ),
        { numRuns: 12 }
      )
      expect(await events({ body, pieces: Array.from({ length: 1500 }, () => 1) })).toEqual(whole)
    })

    it("starts each call before its arguments, and reads them", async () => {
      const told = await events({ body: speaker.say(full) })
      const starts = told.filter((event) => event.type === "call.started")
      expect(starts).toEqual([
        { type: "call.started", id: "call_a", name: "read_file" },
        { type: "call.started", id: "call_b", name: "list_skills" }
      ])
      const deltas = told.flatMap((event) =>
        event.type === "call.delta" && event.id === "call_a" ? [event.delta] : []
      )
      expect(deltas.join("")).toBe(full.calls?.[0]?.json)
      expect(told.findIndex(({ type }) => type === "call.started")).toBeLessThan(
        told.findIndex(({ type }) => type === "call.delta")
      )
      expect(callsOf(finished(told).message).map(({ input }) => input)).toEqual([
        { path: "ä/金.txt", deep: { list: [1, 2, null] } },
        {}
      ])
    })

    it("takes no arguments for an empty object, and keeps what is no JSON as it is", async () => {
      const calls = [
        { id: "a", name: "list_skills", json: "" },
        { id: "b", name: "read_file", json: '{"path": oops' }
      ]
      const { message } = finished(await events({ body: speaker.say({ calls }) }))
      expect(callsOf(message).map(({ input }) => input)).toEqual([{}, '{"path": oops'])
    })

    it("gives a call without an id one of its own, and another one for an id that the conversation has used", async () => {
      server.answer = {
        body: speaker.say({
          calls: [
            { id: "", name: "a", json: "{}" },
            { id: "call_0", name: "b", json: "{}" }
          ]
        })
      }
      const call = { type: "call", id: "call_0", name: "b", input: {} } as const
      const request = {
        ...ask(),
        messages: [
          ...ask().messages,
          { role: "assistant", model: "spec/model", content: [call] },
          { role: "tool", callId: "call_0", name: "b", success: true, content: [{ type: "text", text: "done" }] }
        ]
      } as const
      const told = await Effect.runPromise(Stream.runCollect(model().respond(request)))
      const ids = callsOf(finished(told).message).map(({ id }) => id)
      expect(new Set([...ids, "call_0", ""]).size).toBe(4)
      expect(told.flatMap((event) => (event.type === "call.started" ? [event.id] : []))).toEqual(ids)
    })

    it("counts tokens, and money where a price is known", async () => {
      const body = speaker.say(full)
      expect(finished(await events({ body })).usage).toEqual(counted)
      expect(finished(await events({ body }))).not.toHaveProperty("cost")
      const price = { input: 10, output: 100, cacheRead: 1, cacheWrite: 20 }
      const { input, output, cacheRead, cacheWrite } = counted
      const paid = (input - cacheRead - cacheWrite) * 10 + cacheRead + cacheWrite * 20 + output * 100
      expect(finished(await events({ body }, { info: { price } })).cost).toBeCloseTo(paid / 1e6, 10)
      expect(finished(await events({ body: speaker.say({ text: "hi" }) }))).not.toHaveProperty("usage")
    })

    it.each([
      [{ text: "all of it" }, "stop"],
      [{ text: "a part of", finish: "length" }, "length"]
    ] as const)("says why it ended: %j", async (script, why) => {
      expect(finished(await events({ body: speaker.say(script) })).finishReason).toBe(why)
    })

    it("does not wait for a server that keeps the connection open after it", async () => {
      const timeouts = { connect: 10_000, idle: 50, total: 10_000 }
      expect(finished(await events({ body: speaker.say(full), ending: "stall" }, { timeouts })).usage).toEqual(counted)
    })
  })

  const sayWhole = speaker.whole
  const aReplyThatComesWhole = (say: NonNullable<typeof sayWhole>): void => {
    const whole = (script: Script): Answer => ({
      headers: { "content-type": "application/json" },
      body: say(script),
      encoding: "utf8"
    })

    it.each([
      ["all it can hold", full],
      ["a part of", { text: "a part of", finish: "length" }],
      ["no count", { text: "hi" }]
    ] satisfies ReadonlyArray<[string, Script]>)("is told like a streamed one: %s", async (_, script) => {
      const streamed = await events({ body: speaker.say(script) })
      const told = await events({ ...whole(script), pieces: [3, 500, 1, 2] })
      expect(finished(told)).toEqual(finished(streamed))
      for (const type of ["text", "thinking"] as const) expect(joined(told, type)).toBe(joined(streamed, type))
      expect(told.filter(({ type }) => type === "call.started")).toEqual(
        streamed.filter(({ type }) => type === "call.started")
      )
      const deltas = told.flatMap((event) => (event.type === "call.delta" && event.id === "call_a" ? event.delta : []))
      expect(deltas.join("")).toBe(script.calls?.[0]?.json ?? "")
    })

    it("is a failure when it breaks off, whatever words stand in it", async () => {
      const { headers, body = "" } = whole({ ...full, text: "rate limit exceeded, invalid api key, quota exceeded" })
      for (const share of [0.2, 0.6, 0.9, 0.999]) {
        const part = body.slice(0, Math.floor(body.length * share))
        expect(await reasonOf({ headers, body: part, encoding: "utf8" })).toEqual({ kind: "truncated" })
        expect(await reasonOf({ headers, body: part, encoding: "utf8", ending: "cut" })).toEqual({ kind: "truncated" })
      }
    })

    it("is a reply although its connection stays open", async () => {
      const timeouts = { connect: 10_000, idle: 50, total: 10_000 }
      const told = await events({ ...whole(full), ending: "stall" }, { timeouts })
      expect(textOf(finished(told).message)).toBe(full.text)
    })
  }
  // Where a whole reply is a stream of one line, it needs no telling.
  const wholes = sayWhole === undefined ? [] : [{ say: sayWhole }]
  describe.each(wholes)("a reply that comes whole where a stream was asked for", ({ say }) => {
    aReplyThatComesWhole(say)
  })

  describe("a stream that breaks off", () => {
    it("is a failure or the whole reply, never a shorter one, wherever it ends", async () => {
      const body = speaker.say(full)
      const { message } = finished(await events({ body }))
      const bytes = Buffer.from(body, speaker.encoding)
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (end) => {
          const result = await run({ body: bytes.subarray(0, end).toString("latin1"), encoding: "latin1" })
          if (Result.isFailure(result))
            expect(result.failure).toMatchObject({ reason: { kind: "truncated" }, retryable: true })
          else expect(finished(result.success).message).toEqual(message)
        }),
        { numRuns: 40, examples: [[0], [bytes.length]] }
      )
    })

    it("is a failure when its socket is cut", async () => {
      expect(await reasonOf({ body: begun, ending: "cut" })).toEqual({ kind: "truncated" })
    })

    it("has taken something, which is told; a refusal has not", async () => {
      expect((await error({ body: begun })).took).toMatchObject({ model: "spec/model", broken: true })
      expect((await error({ status: 503, body: "busy" })).took).toBeUndefined()
    })

    it("is a failure with the server's word when it holds an error", async () => {
      const overloaded = { message: "Overloaded, sorry", type: "overloaded_error", code: "server_error" }
      const failed = await error({ body: begun + speaker.complain(overloaded) })
      expect(failed.reason.kind).toBe("unavailable")
      expect(failed.detail).toBe("Overloaded, sorry")
      const broke = {
        message: "You exceeded your current quota",
        type: "insufficient_quota",
        code: "insufficient_quota"
      }
      expect(await reasonOf({ body: begun + speaker.complain(broke) })).toEqual({ kind: "quota_exceeded" })
      const fast = { message: "Slow down", type: "rate_limit_error", code: "rate_limit_exceeded" }
      expect(await reasonOf({ body: begun + speaker.complain(fast) })).toEqual({ kind: "rate_limited" })
    })

    it("is a failure when an event is no JSON", async () => {
      expect(await reasonOf({ body: speaker.broken ?? "event: message_start\ndata: {oops\n\n" })).toEqual({
        kind: "truncated"
      })
    })
  })

  describe("a refusal", () => {
    const refuse = (message: string, type = "invalid_request_error", code?: string) =>
      speaker.refuse({ message, type, ...(code === undefined ? {} : { code }) })

    it.each([
      [400, "messages: wrong", {}, { kind: "refused", status: 400 }],
      [401, "no such key", {}, { kind: "unauthorized" }],
      [403, "not yours", {}, { kind: "unauthorized" }],
      [404, "no such model", {}, { kind: "not_found" }],
      [413, "too big", {}, { kind: "context_overflow" }],
      [400, "prompt is too long: 200001 tokens > 200000 maximum", {}, { kind: "context_overflow" }],
      [429, "slow down", {}, { kind: "rate_limited" }],
      [429, "slow down", { "retry-after": "7" }, { kind: "rate_limited", retryAfter: 7_000 }],
      [429, "slow down", { "retry-after-ms": "120" }, { kind: "rate_limited", retryAfter: 120 }],
      [500, "oh", {}, { kind: "unavailable", status: 500 }],
      [503, "busy", { "retry-after": "2" }, { kind: "unavailable", status: 503, retryAfter: 2_000 }],
      [529, "overloaded", {}, { kind: "unavailable", status: 529 }]
    ] as const)("with status %i, %j and %j says why", async (status, message, headers, reason) => {
      const failed = await error({
        status,
        headers: { "content-type": "application/json", ...headers },
        body: refuse(message)
      })
      expect(failed.reason).toEqual(reason)
      expect(failed.detail).toBe(message)
      expect(server.received).toHaveLength(1)
    })

    it("for money is told from one for haste", async () => {
      const body = refuse(
        "You exceeded your current quota, please check your plan",
        "insufficient_quota",
        "insufficient_quota"
      )
      expect(await reasonOf({ status: 429, headers: { "retry-after": "1" }, body })).toEqual({ kind: "quota_exceeded" })
    })

    it("of the key names where it could have come from, and repeats no key", async () => {
      const failed = await error({ status: 401, body: refuse(`Incorrect API key provided: ${key}.`) })
      expect(failed.message).toContain("SPEC_API_KEY or SPEC_KEY")
      expect(failed.message).toContain("Incorrect API key provided")
      expect(failed.message).not.toContain(key)
    })

    it("with status 200 is one too", async () => {
      const json = { "content-type": "application/json" }
      expect(await reasonOf({ headers: json, body: refuse("Slow down", "rate_limit_error", "429") })).toEqual({
        kind: "rate_limited"
      })
      expect((await error({ headers: json, body: refuse("Something odd", "odd") })).detail).toBe("Something odd")
      const page = "<!doctype html><title>Welcome</title>"
      expect(await reasonOf({ headers: { "content-type": "text/html" }, body: page })).toEqual({ kind: "not_found" })
      expect(await reasonOf({ body: "" })).toEqual({ kind: "truncated" })
    })

    it("in words that are no JSON is told as it stands", async () => {
      const failed = await error({ status: 502, headers: { "content-type": "text/plain" }, body: "upstream is gone" })
      expect(failed).toMatchObject({ reason: { kind: "unavailable", status: 502 }, detail: "upstream is gone" })
    })

    it("to be asked here is told with the other address, and neither the key nor the conversation goes there", async () => {
      for (const status of [301, 302, 307, 308]) {
        await using elsewhere = await wireServer(speaker)
        const location = `${elsewhere.url}/v2`
        const failed = await error({ status, headers: { location } })
        expect(failed).toMatchObject({ reason: { kind: "not_found" }, detail: expect.stringContaining(location) })
        expect(elsewhere.received).toEqual([])
      }
    })
  })

  describe("a connection", () => {
    it("that nobody answers is unavailable", async () => {
      const gone = await wireServer()
      await gone[Symbol.asyncDispose]()
      expect((await reasonOf({}, { baseUrl: gone.url })).kind).toBe("unavailable")
    })

    it.each([
      ["connect", { ending: "silent" }],
      ["idle", { body: begun, ending: "stall" }],
      ["idle", { body: "", ending: "stall" }],
      ["total", { body: begun, ending: "drip" }]
    ] as const)("is given up after its %s timeout (%#)", async (phase, answer) => {
      const timeouts = { connect: 10_000, idle: 10_000, total: 10_000, [phase]: 60 }
      const arrived = server.next()
      expect(await reasonOf(answer, { timeouts })).toEqual({ kind: "timed_out", phase })
      const { aborted } = await arrived
      await expect(aborted).resolves.toBeUndefined()
    })

    it("is aborted, down to the server, when the stream is interrupted", async () => {
      server.answer = { body: begun, ending: "stall" }
      const arrived = server.next()
      let tell = (): void => undefined
      const heard = new Promise<void>((resolve) => (tell = resolve))
      const fiber = Effect.runFork(Stream.runForEach(model().respond(ask()), () => Effect.sync(tell)))
      await heard
      await Effect.runPromise(Fiber.interrupt(fiber))
      const { aborted } = await arrived
      await expect(aborted).resolves.toBeUndefined()
    })

    it("is aborted while it still waits for the first byte", async () => {
      server.answer = { ending: "silent" }
      const arrived = server.next()
      const fiber = Effect.runFork(Stream.runDrain(model().respond(ask())))
      const request = await arrived
      await Effect.runPromise(Fiber.interrupt(fiber))
      await expect(request.aborted).resolves.toBeUndefined()
    })

    it("is let go when the listener has heard enough", async () => {
      server.answer = { body: begun, ending: "stall" }
      const arrived = server.next()
      await Effect.runPromise(Stream.runDrain(Stream.take(model().respond(ask()), 1)))
      const { aborted } = await arrived
      await expect(aborted).resolves.toBeUndefined()
    })
  })

  describe("a request", () => {
    it("is sent when the stream runs, and again when it runs again", async () => {
      server.answer = { body: speaker.say({ text: "hi" }) }
      const stream = model().respond(ask())
      expect(server.received).toHaveLength(0)
      await Effect.runPromise(Stream.runDrain(stream))
      await Effect.runPromise(Stream.runDrain(stream))
      expect(server.received).toHaveLength(2)
    })

    it("asks for a stream of the model, with headers of the options", async () => {
      await events({ body: speaker.say({ text: "hi" }) }, { headers: { "x-title": "Kintsugi", "user-agent": null } })
      const [request] = server.received
      const body = JSON.parse(request?.body ?? "") as Readonly<Record<string, unknown>>
      expect(isAsked(request?.path ?? "", body)).toBe(true)
      expect(request?.headers).toMatchObject({ "x-title": "Kintsugi" })
      expect(JSON.stringify(request?.headers)).toContain(key)
      expect(request?.headers["user-agent"]).not.toMatch(/openai|anthropic/i)
    })

    it("holds no half of a letter, which would be no JSON there, in words, answers and arguments", async () => {
      server.answer = { body: speaker.say({ text: "x" }) }
      const call = { type: "call", id: "c1", name: "b", input: { "a\ud83d": ["\ud83d", 1] } } as const
      const messages: ReadonlyArray<Message> = [
        { role: "user", id: "u", content: [{ type: "text", text: "🏺 cut\ud83d" }] },
        { role: "assistant", model: "spec/model", content: [{ type: "text", text: "cut\ud83d" }, call] },
        { role: "tool", callId: "c1", name: "b", success: true, content: [{ type: "text", text: "\udffacut" }] }
      ]
      await Effect.runPromise(Stream.runDrain(model().respond({ ...ask(), messages })))
      const body = server.received.at(-1)?.body ?? ""
      expect(body).toContain("🏺 cut�")
      expect(body).not.toMatch(/\\ud[89a-f]/i)
    })

    it("carries no credential where there is none", async () => {
      const local = { id: "local/m", apiKey: undefined }
      await events({ body: speaker.say({ text: "hi" }) }, local)
      const headers = server.received[0]?.headers
      expect(headers).not.toHaveProperty("authorization")
      expect(headers).not.toHaveProperty("x-api-key")
    })
  })
}

const joined = (events: ReadonlyArray<ModelEvent>, type: "text" | "thinking"): string =>
  events.flatMap((event) => (event.type === type ? [event.delta] : [])).join("")

const finished = (
  events: ReadonlyArray<ModelEvent>
): Extract<ModelEvent, { type: "finished" }> & { readonly message: AssistantMessage } => {
  const last = events.at(-1)
  if (last?.type !== "finished") throw new Error(`ended with ${JSON.stringify(last)}`)
  return last
}
