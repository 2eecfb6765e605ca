import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { conclude } from "../../../llm/dialects/conclude.ts"
import type { DialectOptions, Quirks } from "../../../llm/dialects/dialect.ts"
import { toBody } from "../../../llm/dialects/openai-chat-body.ts"
import { endings, step } from "../../../llm/dialects/openai-chat-step.ts"
import { openaiChat } from "../../../llm/dialects/openai-chat.ts"
import { newReply, type Reply } from "../../../llm/dialects/reply.ts"
import type { AssistantMessage, Message, ToolMessage } from "../../../llm/message.ts"
import type { ModelEvent, ModelInfo, ModelRequest } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { modelContract } from "../model.contract.ts"
import { wireServer } from "../wire-server.ts"
import { chat } from "./speakers.ts"

describe("as a model", () => {
  modelContract(openaiChat, chat)
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

/** All chunks stepped through, as one delta each. */
const stepped = (...deltas: ReadonlyArray<Record<string, unknown>>): readonly [Reply, ReadonlyArray<ModelEvent>] =>
  chunks(...deltas.map((delta) => ({ choices: [{ index: 0, delta }] })))

const chunks = (...all: ReadonlyArray<unknown>): readonly [Reply, ReadonlyArray<ModelEvent>] =>
  all.reduce<readonly [Reply, ReadonlyArray<ModelEvent>]>(
    ([reply, told], chunk) => {
      const [next, more] = step(reply, chunk)
      return [next, [...told, ...more]]
    },
    [newReply("seed0000"), []]
  )

const content = ([reply]: readonly [Reply, unknown], said = "stop"): AssistantMessage["content"] => {
  const end = conclude({ ...reply, ended: true, finish: said }, options(), endings)
  if (!("type" in end)) throw new Error(end.kind)
  return end.message.content
}

const calls = (...deltas: ReadonlyArray<Record<string, unknown>>) =>
  content(stepped(...deltas)).filter(({ type }) => type === "call")

const entry = (wire: Record<string, unknown>, name?: string, json = "") => ({
  tool_calls: [{ ...wire, function: { ...(name === undefined ? {} : { name }), arguments: json } }]
})

describe("thinking", () => {
  it.each([
    [{ reasoning_content: "hm" }],
    [{ reasoning: "hm", channel: "analysis" }],
    [{ reasoning_text: "hm" }],
    [{ reasoning_details: [{ type: "reasoning.text", text: "hm" }] }],
    [{ reasoning_details: [{ type: "reasoning.summary", summary: "hm" }] }],
    [{ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }],
    [{ reasoning_content: "hm", reasoning: "hm", reasoning_details: [{ type: "reasoning.text", text: "hm" }] }],
    [{ reasoning_content: "", reasoning: null, reasoning_text: "hm" }]
  ])("is read in the spelling %j, once", (delta) => {
    expect(stepped(delta, { content: "so" })[1]).toEqual([
      { type: "thinking", delta: "hm" },
      { type: "text", delta: "so" }
    ])
  })

  it("keeps what must travel back, joined as it was before it was cut", () => {
    const told = stepped(
      {
        reasoning: "a",
        reasoning_details: [{ type: "reasoning.text", text: "a", signature: "", format: "f", index: 0 }]
      },
      { reasoning: "b", reasoning_details: [{ type: "reasoning.text", text: "b", format: "f", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.text", signature: "signed", format: "f", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "one", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "two", index: 0 }] },
      { content: "so" }
    )
    expect(content(told)).toEqual([
      {
        type: "thinking",
        text: "ab",
        providerMeta: {
          reasoning_details: [
            { type: "reasoning.text", text: "ab", signature: "signed", format: "f", index: 0 },
            { type: "reasoning.encrypted", data: "one", index: 0 },
            { type: "reasoning.encrypted", data: "two", index: 0 }
          ]
        }
      },
      { type: "text", text: "so" }
    ])
  })
})

it("tells the words of a refusal as text", () => {
  expect(stepped({ content: null, refusal: "I cannot" })[1]).toEqual([{ type: "text", delta: "I cannot" }])
})

describe("calls", () => {
  const whole = (id: string, name: string, input: unknown) => ({ type: "call", id, name, input })

  it("are told apart by index, however their pieces are mixed", () => {
    expect(
      calls(
        entry({ index: 0, id: "a" }, "x"),
        entry({ index: 1, id: "b" }, "y"),
        entry({ index: 0 }, undefined, '{"n":'),
        entry({ index: 1 }, undefined, '{"n":2}'),
        entry({ index: 0 }, undefined, "1}")
      )
    ).toEqual([whole("a", "x", { n: 1 }), whole("b", "y", { n: 2 })])
  })

  it("are told apart by id where index is always 0 (Ollama)", () => {
    expect(calls(entry({ index: 0, id: "a" }, "x", '{"n":1}'), entry({ index: 0, id: "b" }, "x", '{"n":2}'))).toEqual([
      whole("a", "x", { n: 1 }),
      whole("b", "x", { n: 2 })
    ])
  })

  it("are told apart where index is always 0 and there is no id", () => {
    expect(
      calls(entry({ index: 0 }, "x", '{"n":1}'), entry({ index: 0 }, "y", "{}"), entry({ index: 0 }, "y", "{}"))
    ).toMatchObject([{ name: "x" }, { name: "y" }, { name: "y" }])
  })

  it("are told apart by id without an index (Gemini, Mistral)", () => {
    expect(
      calls(entry({ id: "a" }, "x", '{"n":'), entry({ id: "b" }, "y", "{}"), entry({ id: "a" }, undefined, "1}"))
    ).toEqual([whole("a", "x", { n: 1 }), whole("b", "y", {})])
  })

  it("are told apart by position with neither (old Ollama), and go on with the last", () => {
    const two = {
      tool_calls: [{ function: { name: "x", arguments: "{}" } }, { function: { name: "y", arguments: '{"n":' } }]
    }
    expect(calls(two, entry({}, undefined, "2}"))).toEqual([
      whole("seed00000", "x", {}),
      whole("seed00001", "y", { n: 2 })
    ])
  })

  it("keep the id that they were started with when another comes late, or with each piece (vLLM)", () => {
    const [, told] = stepped(
      entry({ index: 0, id: "" }, "x"),
      entry({ index: 0, id: "late" }, undefined, '{"n":'),
      entry({ index: 0, id: "later" }, undefined, "1}")
    )
    expect(told).toEqual([
      { type: "call.started", id: "seed00000", name: "x" },
      { type: "call.delta", id: "seed00000", delta: '{"n":' },
      { type: "call.delta", id: "seed00000", delta: "1}" }
    ])
  })

  it("are not started anew by an empty id or name in later pieces (Alibaba, Mistral)", () => {
    expect(
      calls(
        entry({ index: 0, id: "a" }, "x"),
        entry({ index: 0, id: "" }, "", '{"n":'),
        entry({ index: 0, id: "" }, undefined, "1}")
      )
    ).toEqual([whole("a", "x", { n: 1 })])
  })

  it("are told only when they have a name, with all that came before it", () => {
    const [, told] = stepped(entry({ index: 0, id: "a" }, "", '{"n"'), entry({ index: 0 }, "x", ":1}"))
    expect(told).toEqual([
      { type: "call.started", id: "a", name: "x" },
      { type: "call.delta", id: "a", delta: '{"n":1}' }
    ])
  })

  it("take arguments that are an object already, and keep Gemini's signature", () => {
    const signed = { google: { thought_signature: "s" } }
    const wire = { index: 0, id: "a", extra_content: signed, function: { name: "x", arguments: { n: 1 } } }
    expect(calls({ tool_calls: [wire] })).toEqual([
      { ...whole("a", "x", { n: 1 }), providerMeta: { extra_content: signed } }
    ])
  })
})

describe("the end", () => {
  const ended = (finish: string, delta: Record<string, unknown> = { content: "x" }, usage?: unknown) =>
    conclude(chunks({ choices: [{ delta, finish_reason: finish }], usage })[0], options(), endings)

  it.each([
    ["stop", "stop"],
    ["end", "stop"],
    ["length", "length"],
    ["content_filter", "filtered"],
    ["a word of tomorrow", "other"],
    ["constructor", "other"]
  ])("%s is %s", (finish, reason) => {
    expect(ended(finish)).toMatchObject({ finishReason: reason })
  })

  it("is for the calls when there are some, whatever is said, unless the space ran out", () => {
    expect(ended("stop", entry({ index: 0, id: "a" }, "x"))).toMatchObject({ finishReason: "calls" })
    expect(ended("length", entry({ index: 0, id: "a" }, "x"))).toMatchObject({ finishReason: "length" })
    expect(ended("tool_calls")).toMatchObject({ finishReason: "stop" })
  })

  it("can be a failure in the form of a word", () => {
    expect(ended("network_error")).toEqual({ kind: "truncated" })
    expect(ended("model_context_window_exceeded")).toEqual({ kind: "context_overflow" })
  })

  it("before the first token is a prompt that fills the window (MiMo)", () => {
    const usage = { prompt_tokens: 9, completion_tokens: 0 }
    expect(ended("length", {}, usage)).toEqual({ kind: "context_overflow" })
  })

  const cut = async (body: string, ending: "end" | "stall" | "cut" = "end") => {
    await using server = await wireServer()
    server.answer = { body, ending }
    const model = openaiChat({
      ...options(),
      baseUrl: server.url,
      timeouts: { connect: 9_000, idle: 60, total: 9_000 }
    })
    return await Effect.runPromise(Effect.result(Stream.runCollect(model.respond(ask()))))
  }
  const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`
  const words = event({ choices: [{ delta: { content: "4" } }] })
  const counted = event({ choices: [], usage: { prompt_tokens: 2, completion_tokens: 1 } })

  it("may go unsaid by who counts the tokens and closes with [DONE] (Snowflake)", async () => {
    expect(await cut(`${words}${counted}data: [DONE]\n\n`)).toMatchObject({ _tag: "Success" })
  })

  it.each([
    ["[DONE] alone", `${words}data: [DONE]\n\n`],
    ["counted tokens alone", `${words}${counted}`],
    ["neither", words]
  ])("is missing with %s", async (_, body) => {
    expect(await cut(body)).toMatchObject({ _tag: "Failure", failure: { reason: { kind: "truncated" } } })
  })

  it.each(["stall", "cut", "end"] as const)(
    "is not undone by what the connection does after it: %s",
    async (ending) => {
      const body = event({ choices: [{ delta: { content: "4" }, finish_reason: "stop" }] })
      expect(await cut(body, ending)).toMatchObject({ _tag: "Success" })
    }
  )
})

describe("counts", () => {
  const usage = (chunk: Record<string, unknown>) => chunks({ choices: [], ...chunk })[0].usage

  it.each([
    ["after the choices", { usage: { prompt_tokens: 5, completion_tokens: 2 } }],
    ["in the choice (Moonshot)", { choices: [{ delta: {}, usage: { prompt_tokens: 5, completion_tokens: 2 } }] }],
    ["in a field of its own (Groq)", { usage: null, x_groq: { usage: { prompt_tokens: 5, completion_tokens: 2 } } }]
  ])("are read %s", (_, chunk) => {
    expect(usage(chunk)).toEqual({ input: 5, output: 2, cacheRead: 0, cacheWrite: 0 })
  })

  it.each([
    [{ prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 1 } }, { cacheRead: 3, cacheWrite: 1 }],
    [
      { prompt_cache_hit_tokens: 3, prompt_cache_miss_tokens: 2 },
      { cacheRead: 3, cacheWrite: 0 }
    ],
    [{ cached_tokens: 3 }, { cacheRead: 3, cacheWrite: 0 }],
    [
      { prompt_tokens_details: null, cache_creation_input_tokens: 1 },
      { cacheRead: 0, cacheWrite: 1 }
    ]
  ])("of the cache are read in %j", (more, cached) => {
    expect(usage({ usage: { prompt_tokens: 5, completion_tokens: 2, ...more } })).toMatchObject(cached)
  })

  it("hold the thinking also where the server leaves it out (xAI)", () => {
    const xai = {
      prompt_tokens: 468,
      completion_tokens: 77,
      total_tokens: 1127,
      completion_tokens_details: { reasoning_tokens: 582 }
    }
    expect(usage({ usage: xai })).toMatchObject({ input: 468, output: 659 })
  })

  it("of nothing at all are none", () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    const [reply] = chunks({ choices: [{ finish_reason: "stop" }], usage: zeros })
    const end = conclude(reply, options({}, { price: { input: 1, output: 1 } }), endings)
    expect(end).not.toHaveProperty("usage")
    expect(end).not.toHaveProperty("cost")
  })

  it("are the last ones that came", () => {
    const two = chunks(
      { usage: { prompt_tokens: 5, completion_tokens: 1 } },
      { usage: { prompt_tokens: 5, completion_tokens: 9 } }
    )
    expect(two[0].usage?.output).toBe(9)
  })

  it.each([
    [{ cost: 0.0012 }, 0.0012],
    [{ cost: 0.0001, is_byok: true, cost_details: { upstream_inference_cost: 0.002 } }, 0.0021],
    [{ cost_in_usd_ticks: 3_530_500 }, 0.00035305]
  ])("of the money come from the provider where it counts: %j", (more, dollars) => {
    const [reply] = chunks({
      choices: [{ finish_reason: "stop" }],
      usage: { prompt_tokens: 5, completion_tokens: 2, ...more }
    })
    const priced = options({}, { price: { input: 1e6, output: 1e6 } })
    expect(conclude(reply, priced, endings)).toMatchObject({ cost: expect.closeTo(dollars, 12) })
  })
})

describe("whatever a server sends", () => {
  it("does not throw, and changes nothing but the reply", () => {
    const field = fc.constantFrom(
      "choices",
      "delta",
      "content",
      "tool_calls",
      "function",
      "name",
      "arguments",
      "index",
      "id",
      "usage",
      "reasoning_details",
      "text",
      "type",
      "finish_reason",
      "prompt_tokens",
      "extra_content"
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "medium" },
        fc.constantFrom<unknown>(null, true, 0, -1, 1.5, "", "x", '{"a":1}'),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(field, tie("value"), { maxKeys: 5 })
      )
    }))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), (wire) => {
        const before = newReply("seed0000")
        Object.freeze(before)
        const [reply] = chunks(...wire)
        conclude({ ...reply, ended: true }, options(), endings)
        expect(reply.usedIds.size).toBe(0)
      }),
      { numRuns: 300 }
    )
  })
})

describe("the body", () => {
  const body = (request: Partial<ModelRequest>, quirks?: Quirks, info?: ModelInfo) =>
    toBody(options(quirks, info), { ...ask(), ...request })
  const messages = (history: ReadonlyArray<Message>, quirks?: Quirks, info?: ModelInfo) =>
    body({ messages: history }, quirks, info).messages

  const user = (text: string): Message => ({ role: "user", id: text, content: [{ type: "text", text }] })
  const assistant = (blocks: AssistantMessage["content"], model = "spec/model"): AssistantMessage => ({
    role: "assistant",
    model,
    content: blocks
  })
  const answer = (callId: string, text = "ok", more: ToolMessage["content"] = []): ToolMessage => ({
    role: "tool",
    callId,
    name: "x",
    success: true,
    content: [{ type: "text", text }, ...more]
  })
  const call = (id: string, input: unknown = {}, providerMeta?: Record<string, unknown>) =>
    ({ type: "call", id, name: "x", input, ...(providerMeta === undefined ? {} : { providerMeta }) }) as const

  it("holds what was asked, and nothing that was not", () => {
    expect(body({ system: "Be good." })).toEqual({
      model: "model",
      messages: [
        { role: "system", content: "Be good." },
        { role: "user", content: "hello" }
      ],
      stream: true,
      stream_options: { include_usage: true }
    })
    const tool = { name: "x", description: "does x", parameters: { type: "object" } }
    expect(body({ tools: [tool], temperature: 0.5, maxTokens: 100, cacheKey: "s", reasoning: "low" })).toMatchObject({
      tools: [{ type: "function", function: tool }],
      temperature: 0.5,
      max_tokens: 100
    })
    expect(body({ cacheKey: "s", reasoning: "low" })).not.toHaveProperty("prompt_cache_key")
  })

  it("follows the provider's quirks", () => {
    expect(body({ system: "S" }, { developerRole: true }).messages[0]).toMatchObject({ role: "developer" })
    expect(body({}, { noStreamUsage: true })).not.toHaveProperty("stream_options")
    expect(body({ cacheKey: "s" }, { promptCacheKey: true })).toMatchObject({ prompt_cache_key: "s" })
    expect(body({ maxTokens: 7 }, { maxTokensField: "max_completion_tokens" })).toMatchObject({
      max_completion_tokens: 7
    })
    const openai = { ...options(), baseUrl: "https://api.openai.com/v1" }
    expect(toBody(openai, { ...ask(), maxTokens: 7 })).toMatchObject({ max_completion_tokens: 7 })
  })

  it.each([
    ["reasoning_effort", { reasoning_effort: "high" }, { reasoning_effort: "none" }],
    ["reasoning.effort", { reasoning: { effort: "high" } }, { reasoning: { effort: "none" } }],
    ["thinking.type", { thinking: { type: "enabled" } }, { thinking: { type: "disabled" } }],
    ["enable_thinking", { enable_thinking: true }, { enable_thinking: false }]
  ] as const)("asks for an effort as %s, unless the model cannot think", (effort, high, none) => {
    expect(body({ reasoning: "high" }, { effort })).toMatchObject(high)
    expect(body({ reasoning: "none" }, { effort })).toMatchObject(none)
    expect(body({ reasoning: "high" }, { effort }, { reasoning: false })).toEqual(body({}))
  })

  it("sends calls and answers in pairs, arguments always as an object", () => {
    const history = [user("go"), assistant([call("a", { n: 1 }), call("b", "{oops")]), answer("a"), answer("b")]
    expect(messages(history).slice(1)).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "x", arguments: '{"n":1}' } },
          { id: "b", type: "function", function: { name: "x", arguments: '{"invalid_json":"{oops"}' } }
        ]
      },
      { role: "tool", tool_call_id: "a", content: "ok" },
      { role: "tool", tool_call_id: "b", content: "ok" }
    ])
    expect(messages(history, { emptyContent: true })[1]).toMatchObject({ content: "" })
  })

  it("gives its own model back what it said, as it was", () => {
    const details = [{ type: "reasoning.text", text: "hm", signature: "s" }]
    const own = assistant([
      { type: "thinking", text: "hm", providerMeta: { reasoning_details: details } },
      { type: "text", text: "so" },
      call(
        "chatcmpl-tool-with-a-very-long-identifier-of-the-provider",
        {},
        { extra_content: { google: { thought_signature: "t" } } }
      )
    ])
    const sent = messages([user("go"), own, answer("chatcmpl-tool-with-a-very-long-identifier-of-the-provider")], {
      thinkingBack: "reasoning_content"
    })
    expect(sent[1]).toMatchObject({
      reasoning_content: "hm",
      reasoning_details: details,
      tool_calls: [
        {
          id: "chatcmpl-tool-with-a-very-long-identifier-of-the-provider",
          extra_content: { google: { thought_signature: "t" } }
        }
      ]
    })
  })

  it("gives its own model back also what came after all words: the seal on a text (Gemini behind a gateway)", () => {
    const details = [{ type: "reasoning.encrypted", data: "sealed", format: "google-gemini-v1", index: 0 }]
    const sealed = { type: "thinking", text: "", providerMeta: { reasoning_details: details } } as const
    const own = assistant([{ type: "text", text: "so" }, sealed])
    expect(messages([user("go"), own, user("on")])[1]).toEqual({
      role: "assistant",
      content: "so",
      reasoning_details: details
    })
    expect(messages([user("go"), { ...own, model: "other/model" }, user("on")])[1]).toEqual({
      role: "assistant",
      content: "so"
    })
  })

  it("gives another model no thinking, no state, and ids that it takes, in pairs", () => {
    const theirs = assistant(
      [
        { type: "thinking", text: "hm", providerMeta: { signature: "s" } },
        { type: "text", text: "so" },
        call("toolu_01/weird.and-long-enough-to-be-refused", {}, { id: "fc_1" })
      ],
      "other/model"
    )
    const history = [user("go"), theirs, answer("toolu_01/weird.and-long-enough-to-be-refused")]
    for (const callId of [{ max: 9, alphanumeric: true }, { max: 40 }]) {
      const sent = messages(history, { callId, thinkingBack: "reasoning_content" })
      const [id] = JSON.stringify(sent).match(/(?<="id":")[^"]+/) ?? []
      expect(id).toMatch(callId.alphanumeric === true ? /^[A-Za-z0-9]{1,9}$/ : /^[\w-]{1,40}$/)
      expect(sent[2]).toMatchObject({ tool_call_id: id })
      expect(JSON.stringify(sent)).not.toMatch(/hm|fc_1|signature/)
      expect(sent[1]).toMatchObject({ reasoning_content: "" })
      expect(messages(history, { callId })).toEqual(messages(history, { callId }))
    }
  })

  it("joins what is said in a row, and leaves out what says nothing", () => {
    const stopped: AssistantMessage = { ...assistant([]), interrupted: true }
    const musing = assistant([{ type: "thinking", text: "hm" }])
    expect(messages([user("a"), stopped, user("b"), musing, user("c")])).toEqual([
      { role: "user", content: "a\n\nb\n\nc" }
    ])
  })

  it("shows images to who can see, those of tools after all answers", () => {
    const image = { type: "image", mime: "image/png", data: "AAAA" } as const
    const part = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }
    const asked: Message = { role: "user", id: "1", content: [{ type: "text", text: "what is it?" }, image] }
    expect(messages([asked])).toEqual([{ role: "user", content: [{ type: "text", text: "what is it?" }, part] }])
    const history = [
      user("go"),
      assistant([call("a"), call("b")]),
      answer("a", "shot", [image]),
      answer("b", "none"),
      user("and?")
    ]
    expect(messages(history).slice(2)).toEqual([
      { role: "tool", tool_call_id: "a", content: "shot" },
      { role: "tool", tool_call_id: "b", content: "none" },
      { role: "user", content: [{ type: "text", text: "Shown by x:" }, part, { type: "text", text: "and?" }] }
    ])
    expect(messages([asked], {}, { images: false })).toEqual([
      { role: "user", content: "what is it?\n\n[image/png image: this model cannot see images]" }
    ])
  })
})
