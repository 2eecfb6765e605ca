import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { toBody } from "../../../llm/dialects/cohere-body.ts"
import { endings, step } from "../../../llm/dialects/cohere-step.ts"
import { cohere } from "../../../llm/dialects/cohere.ts"
import { conclude } from "../../../llm/dialects/conclude.ts"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import type { Message } from "../../../llm/message.ts"
import type { ModelRequest } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { wireServer } from "../wire-server.ts"
import { cohereChat } from "./cohere.speaker.ts"
import { answer, assistant, call, history, nonsense, options, png, stepped, user } from "./histories.ts"

describe("as a model", () => {
  modelContract(cohere, cohereChat)
})

const body = (request: Partial<ModelRequest>, more: Partial<DialectOptions> = {}) =>
  toBody(options({ model: "command-a", ...more }), { ...ask(), ...request })

describe("the body", () => {
  const said = (...messages: ReadonlyArray<Message>) => body({ messages }).messages

  it("is as plain as the request", () => {
    expect(body({})).toEqual({ model: "command-a", stream: true, messages: [{ role: "user", content: "hello" }] })
  })

  it("has each thing in its place", () => {
    const tool = { name: "read", description: "Reads.", parameters: { type: "object" } }
    expect(body({ system: "Be brief.", tools: [tool], maxTokens: 9, temperature: 0 })).toEqual({
      model: "command-a",
      stream: true,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hello" }
      ],
      tools: [{ type: "function", function: tool }],
      max_tokens: 9,
      temperature: 0
    })
  })

  it("has answers of tools as documents that say whether they are errors, by the ids of their calls", () => {
    const spoken = said(
      user("a"),
      assistant([{ type: "text", text: "I" }, call("1", { b: 1 }), call("2")]),
      answer("1"),
      answer("2", [{ type: "text", text: "no such file" }], false)
    )
    expect(spoken.slice(1)).toEqual([
      {
        role: "assistant",
        content: [{ type: "text", text: "I" }],
        tool_calls: [
          { id: "1", type: "function", function: { name: "x", arguments: '{"b":1}' } },
          { id: "2", type: "function", function: { name: "x", arguments: "{}" } }
        ]
      },
      { role: "tool", tool_call_id: "1", content: [{ type: "document", document: { data: { output: "ok" } } }] },
      {
        role: "tool",
        tool_call_id: "2",
        content: [{ type: "document", document: { data: { error: "no such file" } } }]
      }
    ])
  })

  it("sends back a plan under its own name and thinking as thinking, and neither to another model", () => {
    const thoughts = [
      { type: "thinking", text: "deep" },
      { type: "thinking", text: "I will", providerMeta: { plan: true } },
      call("1")
    ] as const
    expect(said(user("a"), assistant(thoughts), answer("1"))[1]).toMatchObject({
      content: [{ type: "thinking", thinking: "deep" }],
      tool_plan: "I will"
    })
    const foreign = said(user("a"), assistant(thoughts, "other/model"), answer("1"))[1]
    expect(foreign).not.toHaveProperty("content")
    expect(foreign).not.toHaveProperty("tool_plan")
    const idle = said(user("a"), assistant([thoughts[1], { type: "text", text: "never mind" }]))[1]
    expect(idle).toEqual({ role: "assistant", content: [{ type: "text", text: "never mind" }] })
  })

  it("shows images, those of answers after the answers", () => {
    const picture = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }
    expect(said(user("see", png))[0]?.content).toEqual([{ type: "text", text: "see" }, picture])
    const last = said(user("a"), assistant([call("1")]), answer("1", [png])).at(-1)
    expect(last).toEqual({ role: "user", content: [{ type: "text", text: "Shown by x:" }, picture] })
  })

  it.each([
    ["none", { type: "disabled" }],
    ["low", { type: "enabled", token_budget: 2048 }],
    ["medium", { type: "enabled", token_budget: 8192 }],
    ["high", { type: "enabled" }]
  ] as const)("asks for thinking: %s", (reasoning, thinking) => {
    expect(body({ reasoning })).toMatchObject({ thinking })
    expect(body({ reasoning }, { info: { reasoning: false } })).not.toHaveProperty("thinking")
    expect(body({})).not.toHaveProperty("thinking")
  })

  it("obeys the API's rules, whatever the conversation", () => {
    fc.assert(
      fc.property(history, (messages) => {
        const spoken = body({ messages }).messages
        let open: ReadonlyArray<string> = []
        for (const { role, content, tool_calls = [], tool_call_id = "" } of spoken) {
          if (role === "tool") expect(open).toContain(tool_call_id)
          else expect(open).toEqual([])
          open = role === "tool" ? open.filter((id) => id !== tool_call_id) : tool_calls.map(({ id }) => id)
          if (role === "assistant") expect((content?.length ?? 0) + tool_calls.length).toBeGreaterThan(0)
          else expect(content).not.toHaveLength(0)
          for (const made of tool_calls) expect(JSON.parse(made.function.arguments)).toBeTypeOf("object")
        }
        expect(open).toEqual([])
      }),
      { numRuns: 200 }
    )
  })
})

describe("a stream", () => {
  const delta = (type: string, message: Record<string, unknown>, index = 0) => ({ type, index, delta: { message } })
  const done = (finish_reason: string, more: Record<string, unknown> = {}) => ({
    type: "message-end",
    delta: { finish_reason, ...more }
  })
  const end = (events: ReadonlyArray<unknown>, more: Partial<DialectOptions> = {}) =>
    conclude(stepped(step, events)[0], options(more), endings)

  it.each([
    ["COMPLETE", { finishReason: "stop" }],
    ["STOP_SEQUENCE", { finishReason: "stop" }],
    ["MAX_TOKENS", { finishReason: "length" }],
    ["ERROR_TOXIC", { finishReason: "filtered" }],
    ["ERROR_LIMIT", { kind: "context_overflow" }],
    ["ERROR", { kind: "truncated" }],
    ["TIMEOUT", { kind: "truncated" }],
    ["SOMETHING_NEW", { finishReason: "other" }]
  ])("that finishes with %s ends so: %j", (reason, expected) => {
    expect(end([delta("content-delta", { content: { text: "x" } }), done(reason)])).toMatchObject(expected)
  })

  it("tells a plan as thinking, and keeps that it is one", () => {
    const [reply, told] = stepped(step, [
      delta("tool-plan-delta", { tool_plan: "I will" }),
      delta("tool-plan-delta", { tool_plan: " read." }),
      delta("tool-call-start", { tool_calls: { id: "t", function: { name: "read", arguments: "" } } }),
      done("TOOL_CALL")
    ])
    expect(told.map(({ type }) => type)).toEqual(["thinking", "thinking", "call.started"])
    expect(conclude(reply, options(), endings)).toMatchObject({
      finishReason: "calls",
      message: {
        content: [
          { type: "thinking", text: "I will read.", providerMeta: { plan: true } },
          { type: "call", id: "t", name: "read", input: {} }
        ]
      }
    })
  })

  it("counts the tokens that fill the window, and pays for those that are billed", () => {
    const usage = {
      billed_units: { input_tokens: 13, output_tokens: 61 },
      tokens: { input_tokens: 542, output_tokens: 63 },
      cached_tokens: 448
    }
    const price = { input: 10, output: 100 }
    expect(end([done("COMPLETE", { usage })], { info: { price } })).toMatchObject({
      usage: { input: 542, output: 63, cacheRead: 448, cacheWrite: 0 },
      cost: (13 * 10 + 61 * 100) / 1e6
    })
    const billed = { billed_units: usage.billed_units }
    expect(end([done("COMPLETE", { usage: billed })])).toMatchObject({ usage: { input: 13, output: 61, cacheRead: 0 } })
  })

  it("has citations that are nobody's business", () => {
    const events = [
      delta("content-start", { content: { type: "text", text: "" } }),
      delta("content-delta", { content: { text: "so" } }),
      delta("citation-start", { citations: { start: 0, end: 2, text: "so" } }),
      { type: "citation-end", index: 0 },
      done("COMPLETE")
    ]
    expect(end(events)).toMatchObject({ message: { content: [{ type: "text", text: "so" }] } })
  })

  it("may say its error bare, or at its end", () => {
    expect(stepped(step, [{ message: "internal server error", id: "1" }])[0].error).toMatchObject({
      message: "internal server error"
    })
    expect(stepped(step, [done("ERROR", { error: "it broke" })])[0].error).toEqual({ message: "it broke" })
  })

  it("may hold anything, without a throw", () => {
    const words = [
      "type",
      "index",
      "delta",
      "message",
      "content",
      "text",
      "thinking",
      "tool_plan",
      "tool_calls",
      "function",
      "name",
      "arguments",
      "id",
      "usage",
      "tokens",
      "billed_units",
      "input_tokens",
      "finish_reason",
      "error",
      "content-start",
      "content-delta",
      "tool-plan-delta",
      "tool-call-start",
      "tool-call-delta",
      "message-end"
    ]
    fc.assert(
      fc.property(fc.array(nonsense(words), { maxLength: 6 }), (events) => {
        expect(() => end([...events, done("COMPLETE")])).not.toThrow()
      }),
      { numRuns: 300 }
    )
  })
})

describe("a request", () => {
  it.each(["", "/", "/v1", "/v2", "/v2/", "/compatibility/v1"])(
    "finds its place from an address that ends in %j",
    async (end) => {
      await using server = await wireServer()
      server.answer = { body: cohereChat.say({ text: "hi" }) }
      await Effect.runPromise(
        Stream.runDrain(cohere(options({ baseUrl: `${server.url}${end}`, apiKey: "key" })).respond(ask()))
      )
      expect(server.received[0]).toMatchObject({ path: "/v2/chat", headers: { authorization: "Bearer key" } })
    }
  )
})
