import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { toBody } from "../../../llm/dialects/anthropic-body.ts"
import { endings, step } from "../../../llm/dialects/anthropic-step.ts"
import { anthropicMessages } from "../../../llm/dialects/anthropic.ts"
import { conclude } from "../../../llm/dialects/conclude.ts"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import { newReply, type Reply } from "../../../llm/dialects/reply.ts"
import type { AssistantMessage, Message, ToolMessage } from "../../../llm/message.ts"
import type { ModelEvent, ModelRequest } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { wireServer } from "../wire-server.ts"
import { messages as speaker } from "./speakers.ts"

describe("as a model", () => {
  modelContract(anthropicMessages, speaker)
})

describe("as a model of the older version", () => {
  modelContract((options) => anthropicMessages({ ...options, quirks: { anthropicVersion: "2023-06-01" } }), speaker)
})

const options = (more: Partial<DialectOptions> = {}): DialectOptions => ({
  id: "spec/model",
  provider: "Spec",
  model: "claude-sonnet-5-5",
  baseUrl: "https://llm.example",
  variables: [],
  quirks: {},
  info: {},
  timeouts: { connect: 1_000, idle: 1_000, total: 1_000 },
  ...more
})
const old = { quirks: { anthropicVersion: "2023-06-01" } }

const stepped = (...events: ReadonlyArray<unknown>): readonly [Reply, ReadonlyArray<ModelEvent>] =>
  events.reduce<readonly [Reply, ReadonlyArray<ModelEvent>]>(
    ([reply, told], event) => {
      const [next, more] = step(reply, event)
      return [next, [...told, ...more]]
    },
    [newReply("seed0000"), []]
  )

const end = (...events: ReadonlyArray<unknown>) =>
  conclude(stepped(...events, { type: "message_stop" })[0], options(), endings)

const begin = (index: number, content_block: Record<string, unknown>) => ({
  type: "content_block_start",
  index,
  content_block
})
const more = (index: number, type: string, delta: Record<string, unknown>) => ({
  type: "content_block_delta",
  index,
  delta: { type, ...delta }
})
const because = (stop_reason: string, usage?: unknown) => ({ type: "message_delta", delta: { stop_reason }, usage })

describe("blocks", () => {
  it("of thinking keep their signature, and sealed ones all they are", () => {
    expect(
      end(
        begin(0, { type: "thinking", thinking: "" }),
        more(0, "thinking_delta", { thinking: "hm" }),
        more(0, "signature_delta", { signature: "signed" }),
        begin(1, { type: "redacted_thinking", data: "sealed" }),
        begin(2, { type: "thinking", thinking: "" }),
        more(2, "signature_delta", { signature: "silent" }),
        begin(3, { type: "text", text: "" }),
        more(3, "text_delta", { text: "so" }),
        because("end_turn")
      )
    ).toMatchObject({
      message: {
        content: [
          { type: "thinking", text: "hm", providerMeta: { signature: "signed" } },
          { type: "thinking", text: "", providerMeta: { redacted: "sealed" } },
          { type: "thinking", text: "", providerMeta: { signature: "silent" } },
          { type: "text", text: "so" }
        ]
      }
    })
  })

  it("of calls may come whole, without pieces", () => {
    const whole = begin(0, { type: "tool_use", id: "t", name: "x", input: { n: 1 } })
    expect(end(whole, because("tool_use"))).toMatchObject({
      message: { content: [{ type: "call", id: "t", name: "x", input: { n: 1 } }] },
      finishReason: "calls"
    })
  })

  it("have no empty arguments where the limit cut them off before the first, only where nothing follows", () => {
    const bare = (index: number) => begin(index, { type: "tool_use", id: `t${index}`, name: "x", input: {} })
    const inputs = (word: string) => {
      const reply = end(bare(0), bare(1), because(word))
      return "message" in reply && reply.message.content.map((block) => block.type === "call" && block.input)
    }
    expect(inputs("max_tokens")).toEqual([{}, ""])
    expect(inputs("tool_use")).toEqual([{}, {}])
  })

  it("of tools that run at the server are passed over", () => {
    const told = end(
      begin(0, { type: "server_tool_use", id: "s", name: "web_fetch" }),
      more(0, "input_json_delta", { partial_json: '{"url":"x"}' }),
      begin(1, { type: "web_fetch_tool_result", tool_use_id: "s", content: {} }),
      begin(2, { type: "compaction", content: null }),
      more(2, "compaction_delta", { content: "x" }),
      because("pause_turn")
    )
    expect(told).toMatchObject({ message: { content: [] }, finishReason: "length" })
  })

  it("are void when the server begins again, and the listener is told", () => {
    const start = { type: "message_start", message: { usage: { input_tokens: 17, output_tokens: 1 } } }
    const events = [
      start,
      begin(0, { type: "text", text: "first" }),
      start,
      begin(0, { type: "text", text: "second" }),
      because("end_turn", { output_tokens: 5 })
    ]
    expect(stepped(...events)[1].map(({ type }) => type)).toEqual(["text", "retrying", "text"])
    expect(end(...events)).toMatchObject({
      message: { content: [{ type: "text", text: "second" }] },
      usage: { input: 17, output: 5 }
    })
    expect(stepped(start, start)[1]).toEqual([])
  })
})

describe("the end", () => {
  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["pause_turn", "length"],
    ["refusal", "filtered"],
    ["a word of tomorrow", "other"]
  ])("%s is %s", (said, finishReason) => {
    expect(end(begin(0, { type: "text", text: "x" }), because(said))).toMatchObject({ finishReason })
  })

  it("of the window is an overflow", () => {
    expect(end(because("model_context_window_exceeded"))).toEqual({ kind: "context_overflow" })
  })

  it("is not the stop reason alone", () => {
    expect(conclude(stepped(because("end_turn"))[0], options(), endings)).toEqual({ kind: "truncated" })
  })

  it("counts what the newest word says, field by field", () => {
    const start = {
      type: "message_start",
      message: {
        usage: { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 5, output_tokens: 1 }
      }
    }
    const counted = (usage: unknown) => stepped(start, because("end_turn", usage))[0].usage
    expect(counted({ output_tokens: 7 })).toEqual({ input: 115, output: 7, cacheRead: 100, cacheWrite: 5 })
    expect(counted({ input_tokens: 20, cache_read_input_tokens: null, output_tokens: 7 })).toEqual({
      input: 125,
      output: 7,
      cacheRead: 100,
      cacheWrite: 5
    })
    expect(counted(null)).toEqual({ input: 115, output: 1, cacheRead: 100, cacheWrite: 5 })
    const split = { cache_creation: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 2 } }
    expect(counted({ cache_creation_input_tokens: null, ...split, input_tokens: 1 })?.cacheWrite).toBe(9)
  })

  it("keeps its numbers when a server counts without sense", () => {
    const usage = { input_tokens: 1e308, cache_read_input_tokens: 1e308, output_tokens: 3 }
    expect(end(because("end_turn", usage))).toMatchObject({ usage: { input: 0, output: 3 } })
  })

  it("comes whatever a server sends, without a throw", () => {
    const type = fc.constantFrom(
      "message_start",
      "content_block_start",
      "content_block_delta",
      "message_delta",
      "message_stop",
      "error",
      "text",
      "tool_use",
      "thinking",
      "redacted_thinking",
      "text_delta",
      "input_json_delta",
      "signature_delta"
    )
    const name = fc.constantFrom(
      "type",
      "index",
      "content_block",
      "delta",
      "text",
      "partial_json",
      "input",
      "id",
      "name",
      "usage",
      "message",
      "output_tokens",
      "signature"
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "medium" },
        fc.constantFrom<unknown>(null, 0, 1.5, "", "x"),
        type,
        fc.array(tie("value"), { maxLength: 2 }),
        fc.dictionary(name, tie("value"), { maxKeys: 5 })
      )
    }))
    const event = fc.tuple(type, value).map(([type, rest]) => ({ ...(rest as object), type }))
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), (events) => {
        expect(() => end(...events)).not.toThrow()
      }),
      { numRuns: 300 }
    )
  })
})

const user = (text: string): Message => ({ role: "user", id: text, content: [{ type: "text", text }] })
const assistant = (content: AssistantMessage["content"], model = "spec/model"): AssistantMessage => ({
  role: "assistant",
  model,
  content
})
const call = (id: string, input: unknown = {}) => ({ type: "call", id, name: "x", input }) as const
const answer = (
  callId: string,
  content: ToolMessage["content"] = [{ type: "text", text: "ok" }],
  success = true
): ToolMessage => ({ role: "tool", callId, name: "x", success, content })
const signed = { type: "thinking", text: "hm", providerMeta: { signature: "signed" } } as const

describe("the body", () => {
  const body = (request: Partial<ModelRequest>, more?: Partial<DialectOptions>) =>
    toBody(options(more), { ...ask(), ...request })
  const turns = (...messages: ReadonlyArray<Message>) =>
    JSON.parse(JSON.stringify(body({ messages }).messages).replaceAll(',"cache_control":{"type":"ephemeral"}', ""))

  it("marks what the next request will begin with: system, last tool, the ends of this request and the last one", () => {
    const tool = (name: string) => ({ name, description: name, parameters: { type: "object", properties: {} } })
    const marked = { cache_control: { type: "ephemeral" } }
    expect(
      body(
        {
          system: "Be good.",
          tools: [tool("a"), tool("b")],
          messages: [
            user("zero"),
            assistant([{ type: "text", text: "half" }]),
            user("one"),
            assistant([{ type: "text", text: "two" }]),
            user("three")
          ]
        },
        { model: "claude-haiku-4-5" }
      )
    ).toEqual({
      model: "claude-haiku-4-5",
      max_tokens: 8_192,
      stream: true,
      system: [{ type: "text", text: "Be good.", ...marked }],
      tools: [
        { name: "a", description: "a", input_schema: { type: "object", properties: {} } },
        { name: "b", description: "b", input_schema: { type: "object", properties: {} }, ...marked }
      ],
      messages: [
        { role: "user", content: [{ type: "text", text: "zero" }] },
        { role: "assistant", content: [{ type: "text", text: "half" }] },
        { role: "user", content: [{ type: "text", text: "one", ...marked }] },
        { role: "assistant", content: [{ type: "text", text: "two" }] },
        { role: "user", content: [{ type: "text", text: "three", ...marked }] }
      ]
    })
    const tooled = body({ messages: [user("go"), assistant([call("a")]), answer("a")] })
    expect(tooled.messages.at(-1)?.content.at(-1)).toMatchObject({ type: "tool_result", ...marked })
  })

  it("always says how much may be written", () => {
    expect(body({}, { info: { maxOutput: 64_000 } }).max_tokens).toBe(64_000)
    expect(body({ maxTokens: 10 }, { info: { maxOutput: 64_000 } }).max_tokens).toBe(10)
  })

  it("sends a temperature only where the version has one, and not beside thinking", () => {
    expect(body({ temperature: 1 })).not.toHaveProperty("temperature")
    expect(body({ temperature: 1 }, { ...old, model: "glm-5" })).toMatchObject({ temperature: 1 })
    expect(body({ temperature: 1, reasoning: "high" }, { ...old, model: "glm-5" })).not.toHaveProperty("temperature")
  })

  it("makes one turn of what one role says in a row, answers first", () => {
    const spoken = (text: string) => ({ type: "text", text })
    expect(
      turns(
        user("a"),
        assistant([]),
        user("b"),
        assistant([call("1"), call("2")]),
        answer("1"),
        answer("2", [], false),
        user("c")
      )
    ).toEqual([
      { role: "user", content: [spoken("a"), spoken("b")] },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "1", name: "x", input: {} },
          { type: "tool_use", id: "2", name: "x", input: {} }
        ]
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "1", content: [spoken("ok")] },
          { type: "tool_result", tool_use_id: "2", content: [], is_error: true },
          spoken("c")
        ]
      }
    ])
  })

  it("leaves out text of blanks, and arguments that are no object become one", () => {
    expect(
      turns(
        user(" \n"),
        user("a"),
        assistant([{ type: "text", text: "\n" }, call("1", "{oops")]),
        answer("1", [{ type: "text", text: "" }])
      )
    ).toEqual([
      { role: "user", content: [{ type: "text", text: "a" }] },
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "x", input: { invalid_json: "{oops" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "1", content: [] }] }
    ])
  })

  it("lets no turn of the assistant end in thinking, although blanks stood behind it", () => {
    const signed = { type: "thinking", text: "hm", providerMeta: { signature: "s" } } as const
    const blank = { type: "text", text: "\n" } as const
    expect(turns(user("a"), assistant([signed, blank]), user("b"))).toEqual([
      { role: "user", content: [expect.anything(), expect.anything()] }
    ])
    const [, said] = turns(user("a"), assistant([signed, { type: "text", text: "b" }, signed, blank]), user("c"))
    expect(said?.content).toEqual([
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "text", text: "b" }
    ])
  })

  it("gives its own model back what it signed and sealed, unchanged and in order; unsigned thinking not", () => {
    const sealed = { type: "thinking", text: "", providerMeta: { redacted: "sealed" } } as const
    const unsigned = { type: "thinking", text: "stopped" } as const
    const own = [signed, sealed, unsigned, { type: "text", text: "so" } as const, call("1")]
    expect(turns(user("go"), assistant(own), answer("1"))[1].content).toEqual([
      { type: "thinking", thinking: "hm", signature: "signed" },
      { type: "redacted_thinking", data: "sealed" },
      { type: "text", text: "so" },
      { type: "tool_use", id: "1", name: "x", input: {} }
    ])
  })

  it("gives another model no thinking, and ids that it takes, in pairs", () => {
    const id = "functions.read:0|é"
    const [, said, answered] = turns(user("go"), assistant([signed, call(id)], "other/model"), answer(id))
    expect(said.content).toHaveLength(1)
    expect(said.content[0].id).toMatch(/^[\w-]{1,64}$/)
    expect(answered.content[0].tool_use_id).toBe(said.content[0].id)
  })

  it("shows images it can take, from users and tools, and names the others", () => {
    const image = (mime: string) => ({ type: "image", mime, data: "AAAA" }) as const
    const png = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } }
    const [asked, , answered] = turns(
      { role: "user", id: "1", content: [image("image/png"), image("image/bmp")] },
      assistant([call("1")]),
      answer("1", [image("image/png")])
    )
    expect(asked.content).toMatchObject([png, { type: "text", text: expect.stringContaining("image/bmp") }])
    expect(answered.content[0].content).toEqual([png])
  })
})

describe("thinking", () => {
  const thinking = (
    model: string,
    reasoning?: ModelRequest["reasoning"],
    more: Partial<DialectOptions> = {},
    request: Partial<ModelRequest> = {}
  ) => {
    const body = toBody(options({ model, ...more }), {
      ...ask(),
      maxTokens: 32_000,
      ...(reasoning === undefined ? {} : { reasoning }),
      ...request
    })
    return {
      ...("thinking" in body ? { thinking: body.thinking } : {}),
      ...("output_config" in body ? { output_config: body.output_config } : {})
    }
  }
  const shown = { type: "adaptive", display: "summarized" }

  it.each([
    ["claude-opus-4-6", "medium", { thinking: shown, output_config: { effort: "medium" } }],
    ["claude-opus-4-6", "none", {}],
    ["claude-opus-4-6", undefined, {}],
    ["claude-opus-5-5", "high", { thinking: shown, output_config: { effort: "high" } }],
    ["claude-opus-5-5", "none", { thinking: shown, output_config: { effort: "low" } }],
    ["claude-sonnet-5", undefined, { thinking: shown }],
    ["claude-mythos-preview", "low", { thinking: shown, output_config: { effort: "low" } }],
    ["claude-haiku-4-5-20251001", "low", { thinking: { type: "enabled", budget_tokens: 2_048 } }],
    ["claude-haiku-4-5-20251001", "none", {}],
    ["claude-sonnet-4-20250514", "high", { thinking: { type: "enabled", budget_tokens: 16_000 } }],
    ["us.anthropic.claude-3-7-sonnet-20250219-v1:0", "medium", { thinking: { type: "enabled", budget_tokens: 8_192 } }]
  ] as const)("of %s at %s", (model, effort, asked) => {
    expect(thinking(model, effort)).toEqual(asked)
  })

  it("of other models follows the version", () => {
    expect(thinking("glm-5", "low")).toEqual({ thinking: shown, output_config: { effort: "low" } })
    expect(thinking("glm-5", "low", old)).toEqual({ thinking: { type: "enabled", budget_tokens: 2_048 } })
    expect(thinking("claude-opus-4-7", "low", old)).toEqual({ thinking: shown, output_config: { effort: "low" } })
  })

  it("is not asked of models that cannot, nor where its budget has no room", () => {
    expect(thinking("claude-haiku-3-5", "high", { info: { reasoning: false } })).toEqual({})
    expect(thinking("claude-haiku-4-5", "high", {}, { maxTokens: 2_000 })).toEqual({})
  })

  it("with a budget waits for the next turn when this one was begun without", () => {
    const running = (blocks: AssistantMessage["content"]) => ({
      messages: [user("go"), assistant(blocks), answer("1")]
    })
    expect(thinking("claude-haiku-4-5", "low", {}, running([call("1")]))).toEqual({})
    expect(thinking("claude-haiku-4-5", "low", {}, running([signed, call("1")]))).toHaveProperty("thinking")
    const over = { messages: [user("go"), assistant([{ type: "text", text: "so" }]), user("on")] }
    expect(thinking("claude-haiku-4-5", "low", {}, over)).toHaveProperty("thinking")
  })
})

describe("the headers", () => {
  const sent = async (more: Partial<DialectOptions>, suffix = "") => {
    await using server = await wireServer()
    server.answer = { body: speaker.say({ text: "hi" }) }
    const timeouts = { connect: 9_000, idle: 9_000, total: 9_000 }
    const model = anthropicMessages(options({ baseUrl: `${server.url}${suffix}`, apiKey: "k-1", timeouts, ...more }))
    await Effect.runPromise(Stream.runDrain(model.respond(ask())))
    return server.received[0]
  }

  it("are those of the newest version where none is set", async () => {
    const request = await sent({})
    expect(request?.headers).toMatchObject({ "anthropic-version": "2026-10-21", authorization: "Bearer k-1" })
    expect(request?.headers).not.toHaveProperty("x-api-key")
  })

  it("are the older style for an older version", async () => {
    const request = await sent(old)
    expect(request?.headers).toMatchObject({ "anthropic-version": "2023-06-01", "x-api-key": "k-1" })
    expect(request?.headers).not.toHaveProperty("authorization")
  })

  it.each(["", "/", "/v1", "/v1/", "/anthropic/v1"])(
    "go to one place, with or without the version in the address %j",
    async (suffix) => {
      expect((await sent({}, suffix))?.path).toBe(
        suffix.startsWith("/anthropic") ? "/anthropic/v1/messages" : "/v1/messages"
      )
    }
  )
})
