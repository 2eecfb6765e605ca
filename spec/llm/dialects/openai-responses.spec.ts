import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { conclude } from "../../../llm/dialects/conclude.ts"
import type { DialectOptions, Quirks } from "../../../llm/dialects/dialect.ts"
import { toBody } from "../../../llm/dialects/openai-responses-body.ts"
import { endings, step } from "../../../llm/dialects/openai-responses-step.ts"
import { openaiResponses } from "../../../llm/dialects/openai-responses.ts"
import { newReply, type Reply } from "../../../llm/dialects/reply.ts"
import type { AssistantMessage, Message } from "../../../llm/message.ts"
import type { ModelEvent, ModelInfo, ModelRequest } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { responses } from "./speakers.ts"

describe("as a model", () => {
  modelContract(openaiResponses, responses)
})

const options = (quirks: Quirks = {}, info: ModelInfo = {}): DialectOptions => ({
  id: "spec/model",
  provider: "Spec",
  model: "model",
  baseUrl: "https://llm.example/v1",
  variables: [],
  quirks,
  info,
  timeouts: { connect: 1_000, idle: 1_000, total: 1_000 }
})

const stepped = (...events: ReadonlyArray<unknown>): readonly [Reply, ReadonlyArray<ModelEvent>] =>
  events.reduce<readonly [Reply, ReadonlyArray<ModelEvent>]>(
    ([reply, told], event) => {
      const [next, more] = step(reply, event)
      return [next, [...told, ...more]]
    },
    [newReply("seed0000"), []]
  )

const completed = { type: "response.completed", response: { status: "completed", output: [] } }

const content = (...events: ReadonlyArray<unknown>): AssistantMessage["content"] => {
  const end = conclude(stepped(...events, completed)[0], options(), endings)
  if (!("type" in end)) throw new Error(end.kind)
  return end.message.content
}

const item = (type: string, output_index: number, fields: Record<string, unknown>) => ({
  type: `response.output_item.${type}`,
  output_index,
  item: fields
})

describe("items", () => {
  it("are known by their place when their ids change on the way (Copilot)", () => {
    expect(
      content(
        item("added", 0, { type: "function_call", id: "one", call_id: "c", name: "x", arguments: "" }),
        { type: "response.function_call_arguments.delta", output_index: 0, item_id: "two", delta: '{"n":' },
        { type: "response.function_call_arguments.delta", output_index: 0, item_id: "three", delta: "1}" },
        item("done", 0, { type: "function_call", id: "four", call_id: "c", name: "x", arguments: '{"n":1}' })
      )
    ).toEqual([{ type: "call", id: "c", name: "x", input: { n: 1 } }])
  })

  it("may come whole (LM Studio), or only at the end", () => {
    const call = { type: "function_call", call_id: "c", name: "x", arguments: '{"n":1}' }
    const said = { type: "message", content: [{ type: "output_text", text: "so" }] }
    const told = [
      { type: "text", delta: "so" },
      { type: "call.started", id: "c", name: "x" },
      { type: "call.delta", id: "c", delta: '{"n":1}' }
    ]
    expect(stepped(item("done", 0, said), item("done", 1, call))[1]).toEqual(told)
    const end = { type: "response.completed", response: { status: "completed", output: [said, call] } }
    expect(stepped(end)[1]).toEqual(told)
  })

  it("tell thoughts or their summary, never both", () => {
    const delta = (kind: string, text: string) => ({ type: `response.${kind}.delta`, output_index: 0, delta: text })
    const [, told] = stepped(
      { type: "response.reasoning_summary_part.added", output_index: 0, summary_index: 0 },
      delta("reasoning_summary_text", "one"),
      { type: "response.reasoning_summary_part.added", output_index: 0, summary_index: 1 },
      delta("reasoning_summary_text", "two"),
      delta("reasoning_text", "all of it")
    )
    expect(told.map((event) => ("delta" in event ? event.delta : ""))).toEqual(["one", "\n\n", "two"])
    expect(stepped(delta("reasoning_text", "all"), delta("reasoning_summary_text", "some"))[1]).toHaveLength(1)
  })

  it("that hold sealed reasoning are kept with the thinking, also when nothing of it is told", () => {
    const sealed = { type: "reasoning", id: "rs", encrypted_content: "sealed", summary: [] }
    expect(
      content(
        item("done", 0, sealed),
        item("done", 1, { type: "message", content: [{ text: "so" }], phase: "commentary" })
      )
    ).toEqual([
      {
        type: "thinking",
        text: "",
        providerMeta: { reasoning: { id: "rs", encrypted_content: "sealed", summary: [] } }
      },
      { type: "text", text: "so", providerMeta: { phase: "commentary" } }
    ])
    const open = { type: "reasoning", id: "rs", content: [{ type: "reasoning_text", text: "hm" }] }
    expect(content(item("done", 0, open))).toEqual([{ type: "thinking", text: "hm" }])
  })

  it("of a refusal are text", () => {
    expect(content({ type: "response.refusal.delta", output_index: 0, delta: "I will not." })).toEqual([
      { type: "text", text: "I will not." }
    ])
  })

  it("of tools that we did not offer are passed over", () => {
    expect(
      content(
        item("added", 0, { type: "custom_tool_call", call_id: "c", name: "x" }),
        { type: "response.custom_tool_call_input.delta", output_index: 0, delta: "x" },
        { type: "response.mcp_call_arguments.delta", output_index: 0, delta: "{}" },
        item("done", 0, { type: "custom_tool_call", call_id: "c", name: "x" })
      )
    ).toEqual([])
  })
})

describe("the end", () => {
  const ended = (type: string, response: unknown) => conclude(stepped({ type, response })[0], options(), endings)

  it("may be incomplete for two reasons", () => {
    const incomplete = (reason: string) => ({ status: "incomplete", incomplete_details: { reason } })
    expect(ended("response.incomplete", incomplete("max_output_tokens"))).toMatchObject({ finishReason: "length" })
    expect(ended("response.incomplete", incomplete("content_filter"))).toMatchObject({ finishReason: "filtered" })
  })

  it("of a cancelled response is none", () => {
    expect(ended("response.completed", { status: "cancelled" })).toEqual({ kind: "truncated" })
  })

  it("counts tokens, and money where the provider does", () => {
    const usage = {
      input_tokens: 9,
      output_tokens: 3,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      cost: 0.5
    }
    expect(ended("response.completed", { status: "completed", usage })).toMatchObject({
      usage: { input: 9, output: 3, cacheRead: 4, cacheWrite: 2 },
      cost: 0.5
    })
  })

  it("of a failed response keeps the provider's error", () => {
    expect(stepped({ type: "response.failed", response: { error: { code: "server_error" } } })[0].error).toEqual({
      code: "server_error"
    })
    expect(stepped({ type: "error", code: "x", message: "y" })[0].error).toMatchObject({ message: "y" })
  })

  it("comes whatever a server sends, without a throw", () => {
    const name = fc.constantFrom(
      "type",
      "item",
      "output_index",
      "delta",
      "content",
      "summary",
      "arguments",
      "response",
      "output",
      "usage",
      "text",
      "call_id"
    )
    const type = fc.constantFrom(
      "response.output_item.added",
      "response.output_item.done",
      "response.output_text.delta",
      "response.reasoning_text.delta",
      "response.function_call_arguments.delta",
      "response.completed",
      "response.failed",
      "function_call",
      "reasoning",
      "message"
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "medium" },
        fc.constantFrom<unknown>(null, true, 0, 1.5, "", "x"),
        type,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(name, tie("value"), { maxKeys: 5 })
      )
    }))
    const event = fc.tuple(type, value).map(([type, rest]) => ({ ...(rest as object), type }))
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), (events) => {
        const [reply] = stepped(...events)
        expect(() => conclude({ ...reply, ended: true }, options(), endings)).not.toThrow()
      }),
      { numRuns: 300 }
    )
  })
})

describe("the body", () => {
  const body = (request: Partial<ModelRequest>, quirks?: Quirks, info?: ModelInfo) =>
    toBody(options(quirks, info), { ...ask(), ...request })
  const input = (...messages: ReadonlyArray<Message>) => body({ messages }).input
  const user: Message = { role: "user", id: "1", content: [{ type: "text", text: "go" }] }

  it("holds what was asked, stores nothing, and asks for sealed reasoning", () => {
    expect(body({ system: "Be good." })).toEqual({
      model: "model",
      instructions: "Be good.",
      input: [{ role: "user", content: [{ type: "input_text", text: "hello" }] }],
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"]
    })
    expect(body({}, {}, { reasoning: false })).not.toHaveProperty("include")
  })

  it("follows request and quirks", () => {
    const tool = { name: "x", description: "does x", parameters: { type: "object" } }
    const quirks = { effort: "reasoning_effort", promptCacheKey: true } as const
    expect(body({ tools: [tool], maxTokens: 9, cacheKey: "s", reasoning: "high" }, quirks)).toMatchObject({
      tools: [{ type: "function", ...tool, strict: false }],
      max_output_tokens: 9,
      prompt_cache_key: "s",
      reasoning: { effort: "high", summary: "auto" }
    })
    expect(body({ reasoning: "none" }, quirks)).toMatchObject({ reasoning: { effort: "none" } })
    expect(body({ reasoning: "high", cacheKey: "s" })).toEqual(body({}))
    expect(body({ reasoning: "high" }, quirks, { reasoning: false })).not.toHaveProperty("reasoning")
  })

  it("sends a temperature to models that may take one", () => {
    expect(body({ temperature: 0 })).toMatchObject({ temperature: 0 })
    expect(body({ temperature: 0 }, {}, { reasoning: true })).not.toHaveProperty("temperature")
    const quirks = { effort: "reasoning_effort" } as const
    expect(body({ temperature: 0, reasoning: "none" }, quirks, { reasoning: true })).toMatchObject({ temperature: 0 })
  })

  it("gives its own model back its sealed reasoning, and another one none", () => {
    const content: AssistantMessage["content"] = [
      {
        type: "thinking",
        text: "hm",
        providerMeta: {
          reasoning: { id: "rs", encrypted_content: "sealed", summary: [{ type: "summary_text", text: "hm" }] }
        }
      },
      { type: "thinking", text: "unsealed" },
      { type: "text", text: "so", providerMeta: { phase: "commentary" } },
      { type: "call", id: "c.1", name: "x", input: { n: 1 } }
    ]
    const answer: Message = {
      role: "tool",
      callId: "c.1",
      name: "x",
      success: true,
      content: [{ type: "text", text: "ok" }]
    }
    expect(input(user, { role: "assistant", model: "spec/model", content }, answer).slice(1)).toEqual([
      { type: "reasoning", id: "rs", encrypted_content: "sealed", summary: [{ type: "summary_text", text: "hm" }] },
      { role: "assistant", content: "so", phase: "commentary" },
      { type: "function_call", call_id: "c.1", name: "x", arguments: '{"n":1}' },
      { type: "function_call_output", call_id: "c.1", output: "ok" }
    ])
    const foreign = input(user, { role: "assistant", model: "other/model", content }, answer).slice(1)
    expect(foreign).toMatchObject([
      { role: "assistant", content: "so" },
      { type: "function_call" },
      { type: "function_call_output" }
    ])
    expect(foreign[0]).not.toHaveProperty("phase")
    const ids = JSON.stringify(foreign).match(/(?<="call_id":")[^"]+/g)
    expect(new Set(ids).size).toBe(1)
    expect(ids?.[0]).toMatch(/^[\w-]{1,64}$/)
  })

  it("leaves out reasoning that nothing follows: it would be refused", () => {
    const thought = {
      type: "thinking",
      text: "",
      providerMeta: { reasoning: { id: "rs", encrypted_content: "sealed", summary: [] } }
    } as const
    const stopped: AssistantMessage = { role: "assistant", model: "spec/model", content: [thought], interrupted: true }
    expect(input(user, stopped, user)).toEqual([
      {
        role: "user",
        content: [
          { type: "input_text", text: "go" },
          { type: "input_text", text: "go" }
        ]
      }
    ])
    const half: AssistantMessage = { ...stopped, content: [{ type: "text", text: "so" }, thought] }
    expect(input(user, half).slice(1)).toEqual([{ role: "assistant", content: "so" }])
  })

  it("shows images, in answers of tools too", () => {
    const image = { type: "image", mime: "image/png", data: "AAAA" } as const
    const part = { type: "input_image", detail: "auto", image_url: "data:image/png;base64,AAAA" }
    const call: AssistantMessage = {
      role: "assistant",
      model: "spec/model",
      content: [{ type: "call", id: "c", name: "x", input: {} }]
    }
    const answer: Message = {
      role: "tool",
      callId: "c",
      name: "x",
      success: true,
      content: [{ type: "text", text: "see" }, image]
    }
    expect(input({ ...user, content: [image] }, call, answer)).toEqual([
      { role: "user", content: [part] },
      { type: "function_call", call_id: "c", name: "x", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: [{ type: "input_text", text: "see" }, part] }
    ])
  })
})
