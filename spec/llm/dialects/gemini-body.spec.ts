import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import { type Content, toBody } from "../../../llm/dialects/gemini-body.ts"
import type { AssistantMessage, Message, ToolMessage, UserMessage } from "../../../llm/message.ts"
import type { Effort, ModelRequest } from "../../../llm/model.ts"

const options = (model = "gemini-3-pro-preview", more: Partial<DialectOptions> = {}): DialectOptions => ({
  id: `google/${model}`,
  provider: "Spec",
  model,
  baseUrl: "https://llm.example",
  variables: [],
  quirks: {},
  info: {},
  timeouts: { connect: 1_000, idle: 1_000, total: 1_000 },
  ...more
})

const request = (messages: ReadonlyArray<Message>, more: Partial<ModelRequest> = {}): ModelRequest => ({
  system: "",
  messages,
  tools: [],
  ...more
})

const user = (...content: UserMessage["content"]): UserMessage => ({ role: "user", id: "u", content })
const text = (words: string, thoughtSignature?: string) => ({
  type: "text" as const,
  text: words,
  ...(thoughtSignature === undefined ? {} : { providerMeta: { thoughtSignature } })
})
const png = { type: "image", mime: "image/png", data: "AAAA" } as const
const call = (id: string, input: unknown = {}, thoughtSignature?: string) => ({
  type: "call" as const,
  id,
  name: `tool_${id}`,
  input,
  ...(thoughtSignature === undefined ? {} : { providerMeta: { thoughtSignature } })
})
const model = (content: AssistantMessage["content"], by = "google/gemini-3-pro-preview"): AssistantMessage => ({
  role: "assistant",
  model: by,
  content
})
const answer = (callId: string, ...content: ToolMessage["content"]): ToolMessage => ({
  role: "tool",
  callId,
  name: `tool_${callId}`,
  success: true,
  content
})

const contents = (messages: ReadonlyArray<Message>, given = options()) => toBody(given, request(messages)).contents

describe("a request", () => {
  it("has system prompt, tools and limits in their places", () => {
    const tool = { name: "read", description: "Reads.", parameters: { type: "object", properties: { path: {} } } }
    const more = { system: "Be brief.", tools: [tool], temperature: 0.5, maxTokens: 100 }
    expect(toBody(options(), request([user(text("hi"))], more))).toEqual({
      contents: [{ role: "user", parts: [{ text: "hi" }] }],
      systemInstruction: { parts: [{ text: "Be brief." }] },
      tools: [
        { functionDeclarations: [{ name: "read", description: "Reads.", parametersJsonSchema: tool.parameters }] }
      ],
      generationConfig: { maxOutputTokens: 100, temperature: 0.5, thinkingConfig: { includeThoughts: true } }
    })
  })

  it("says nothing of what is not there", () => {
    const body = toBody(options("gemini-2.0-flash"), request([user(text("hi"))]))
    expect(body).toEqual({ contents: [{ role: "user", parts: [{ text: "hi" }] }] })
  })

  it("has schemas in Google's older form where the server takes no other", () => {
    const parameters = { type: "object", properties: { way: { const: "up" } }, additionalProperties: false }
    const tools = [
      { name: "go", description: "", parameters },
      { name: "now", description: "", parameters: { type: "object", properties: {} } }
    ]
    const given = options("gemini-2.0-flash", { quirks: { toolSchema: "subset", body: { safetySettings: [] } } })
    expect(toBody(given, request([], { tools }))).toMatchObject({
      tools: [
        {
          functionDeclarations: [
            { name: "go", description: "", parameters: { type: "object", properties: { way: { enum: ["up"] } } } },
            { name: "now", description: "" }
          ]
        }
      ],
      safetySettings: []
    })
  })
})

describe("what this model said", () => {
  it("goes back with its signatures, and its unsigned thoughts stay away", () => {
    const said = model([
      { type: "thinking", text: "for people" },
      { type: "thinking", text: "signed", providerMeta: { thoughtSignature: "QQ==" } },
      text("ok", "Qg=="),
      call("a", { n: 1 }, "Qw=="),
      call("b")
    ])
    expect(contents([user(text("hi")), said, answer("a", text("1")), answer("b", text("2"))])[1]).toEqual({
      role: "model",
      parts: [
        { text: "signed", thought: true, thoughtSignature: "QQ==" },
        { text: "ok", thoughtSignature: "Qg==" },
        { functionCall: { id: "a", name: "tool_a", args: { n: 1 } }, thoughtSignature: "Qw==" },
        { functionCall: { id: "b", name: "tool_b", args: {} } }
      ]
    })
  })

  it("goes back where it was nothing but a signature", () => {
    const [, said] = contents([user(text("hi")), model([text("", "QQ==")]), user(text("go on"))])
    expect(said).toEqual({ role: "model", parts: [{ text: "", thoughtSignature: "QQ==" }] })
    const odd = { type: "text", text: "", providerMeta: { extra_content: {} } } as const
    for (const silent of [model([text("", "QQ==")], "x/y"), model([odd]), model([text("")])]) {
      const [all] = contents([user(text("hi")), silent, user(text("go on"))])
      expect(all?.parts).toEqual([{ text: "hi" }, { text: "go on" }])
    }
  })

  it("goes back as an object where its arguments were none", () => {
    const [, said] = contents([user(text("hi")), model([call("a", "{oops")]), answer("a", text("no"))])
    expect(said?.parts[0]?.functionCall?.args).toEqual({ invalid_json: "{oops" })
  })
})

describe("what another model said", () => {
  const foreign = [
    user(text("hi")),
    model(
      [{ type: "thinking", text: "secret", providerMeta: { signature: "s" } }, call("a", {}, "eA=="), call("b")],
      "x/y"
    ),
    answer("a", text("1")),
    answer("b", text("2"))
  ]

  it("has the documented stand-in for a signature on its first call, from Gemini 3 on", () => {
    expect(contents(foreign)[1]).toEqual({
      role: "model",
      parts: [
        { functionCall: { id: "a", name: "tool_a", args: {} }, thoughtSignature: "skip_thought_signature_validator" },
        { functionCall: { id: "b", name: "tool_b", args: {} } }
      ]
    })
  })

  it("has none before, nor ids", () => {
    const [, said, answers] = contents(foreign, options("gemini-2.5-pro"))
    expect(said?.parts).toEqual([
      { functionCall: { name: "tool_a", args: {} } },
      { functionCall: { name: "tool_b", args: {} } }
    ])
    expect(answers?.parts.map(({ functionResponse }) => functionResponse)).toEqual([
      { name: "tool_a", response: { output: "1" } },
      { name: "tool_b", response: { output: "2" } }
    ])
  })
})

describe("answers of tools", () => {
  it("tell failures from successes", () => {
    const failed: ToolMessage = { ...answer("a", text("no such file")), success: false }
    const [, , answers] = contents([user(text("hi")), model([call("a")]), failed])
    expect(answers?.parts[0]?.functionResponse).toEqual({
      id: "a",
      name: "tool_a",
      response: { error: "no such file" }
    })
  })

  it("hold their images from Gemini 3 on, and before the user shows them", () => {
    const gif = { type: "image", mime: "image/gif", data: "R0lG" } as const
    const messages = [user(text("hi")), model([call("a")]), answer("a", text("see"), png, gif)]
    expect(contents(messages)[2]).toEqual({
      role: "user",
      parts: [
        {
          functionResponse: {
            id: "a",
            name: "tool_a",
            response: { output: "see\n[image/gif image: this model takes PNG, JPEG and WebP]" },
            parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }]
          }
        }
      ]
    })
    expect(contents(messages, options("gemini-2.5-flash"))[2]?.parts).toEqual([
      { functionResponse: { name: "tool_a", response: { output: "see" } } },
      { text: "Shown by tool_a:" },
      { inlineData: { mimeType: "image/png", data: "AAAA" } },
      { text: "[image/gif image: this model takes PNG, JPEG and WebP]" }
    ])
  })
})

describe("thinking", () => {
  const asked = (name: string, reasoning?: Effort, maxTokens?: number) =>
    toBody(options(name), request([], { ...(reasoning && { reasoning }), ...(maxTokens && { maxTokens }) }))
      .generationConfig?.thinkingConfig

  const shown = { includeThoughts: true }
  it.each([
    ["gemini-3-pro-preview", "none", { thinkingLevel: "LOW", ...shown }],
    ["gemini-3-pro-preview", "medium", { thinkingLevel: "HIGH", ...shown }],
    ["gemini-3.1-pro-preview", "medium", { thinkingLevel: "MEDIUM", ...shown }],
    ["gemini-3-flash-preview", "none", { thinkingLevel: "MINIMAL", ...shown }],
    ["gemini-3.1-flash-lite", "none", { thinkingLevel: "MINIMAL", ...shown }],
    ["gemini-3.8-flash", "none", { thinkingLevel: "LOW", ...shown }],
    ["gemini-flash-latest", "none", { thinkingLevel: "LOW", ...shown }],
    ["gemini-pro-latest", "high", { thinkingLevel: "HIGH", ...shown }],
    ["gemini-pro-latest", undefined, shown],
    ["gemini-2.5-pro", "none", { thinkingBudget: 128 }],
    ["gemini-2.5-flash", "none", { thinkingBudget: 0 }],
    ["gemini-2.5-flash", "medium", { thinkingBudget: 8_192, ...shown }],
    ["gemini-2.5-flash", undefined, shown],
    // It does not think unless told to, and then there is nothing to show.
    ["gemini-2.5-flash-lite", undefined, undefined],
    ["gemini-2.0-flash", "high", undefined],
    ["gemma-3-27b-it", "high", undefined]
  ] as const)("of %s, effort %s", (name, effort, config) => {
    expect(asked(name, effort)).toEqual(config)
  })

  it("leaves room for an answer", () => {
    expect(asked("gemini-2.5-pro", "high", 4_000)).toEqual({ thinkingBudget: 2_000, ...shown })
    expect(asked("gemini-2.5-pro", "high", 10)).toEqual({ thinkingBudget: 512, ...shown })
  })

  it("is not spoken of to a model that cannot", () => {
    const given = options("gemini-2.5-flash-image", { info: { reasoning: false } })
    expect(toBody(given, request([], { reasoning: "high" }))).toEqual({ contents: [] })
  })
})

const words = fc.string({ maxLength: 3 })
const userMessage = fc.array(
  fc.oneof(
    words.map((one) => text(one)),
    fc.constant(png)
  ),
  { maxLength: 3 }
)
const authors = ["google/gemini-3-pro-preview", "google/gemini-2.5-pro", "x/y"]
const block = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text: words }),
  fc.record({ type: fc.constant("thinking" as const), text: words }),
  fc.record({ type: fc.constant("call" as const), input: fc.anything() })
)
const turn = fc.record({
  by: fc.constantFrom(...authors),
  blocks: fc.array(fc.tuple(block, fc.boolean()), { maxLength: 5 }),
  answers: fc.array(userMessage, { minLength: 5, maxLength: 5 }),
  after: fc.option(userMessage, { nil: undefined })
})

/** Every call is answered at once, which is what adapters may rely on. */
const history = fc.array(turn, { maxLength: 5 }).map((turns) =>
  turns.reduce<Array<Message>>(
    (messages, { by, blocks, answers, after }, at) => {
      const said = blocks.map(([one, isSigned], place) => ({
        ...one,
        ...(one.type === "call" ? { id: `${at}x${place}`, name: `tool_${place}` } : {}),
        ...(isSigned ? { providerMeta: { thoughtSignature: `${by}/${place}` } } : {})
      })) as ReadonlyArray<AssistantMessage["content"][number]>
      const calls = said.flatMap((one) => (one.type === "call" ? [one] : []))
      messages.push(
        model(said, by),
        ...calls.map(({ id, name }, place) => ({ ...answer(id, ...answers[place]!), name })),
        ...(after === undefined ? [] : [user(...after)])
      )
      return messages
    },
    [user(text("begin"))]
  )
)

const check = (all: ReadonlyArray<Content>, name: string): void => {
  all.forEach(({ role, parts }, at) => {
    expect(role).toBe(at % 2 === 0 ? "user" : "model")
    expect(parts.length).toBeGreaterThan(0)
    for (const { text: said, thoughtSignature, ...rest } of parts) {
      expect(said !== "" || thoughtSignature !== undefined).toBe(true)
      expect(said !== undefined || Object.keys(rest).length > 0).toBe(true)
    }
    const answered = parts.flatMap(({ functionResponse }) => functionResponse ?? [])
    const called = all[at - 1]?.parts.flatMap(({ functionCall }) => functionCall ?? []) ?? []
    expect(answered.map((one) => [one.id, one.name])).toEqual(called.map((one) => [one.id, one.name]))
    expect(parts.slice(0, answered.length).every(({ functionResponse }) => functionResponse !== undefined)).toBe(true)
    const first = parts.find(({ functionCall }) => functionCall !== undefined)
    if (name.includes("-3-")) expect(first === undefined || first.thoughtSignature !== undefined).toBe(true)
    const signatures = parts.flatMap(({ thoughtSignature }) => thoughtSignature ?? [])
    expect(signatures.every((one) => one.startsWith(`google/${name}/`) || one.startsWith("skip_"))).toBe(true)
  })
  const unanswered = all.at(-1)?.parts.some(({ functionCall }) => functionCall !== undefined)
  expect(unanswered).toBe(false)
}

describe("any conversation", () => {
  it.each(["gemini-3-pro-preview", "gemini-2.5-pro"])("keeps the rules of %s", (name) => {
    fc.assert(fc.property(history, (messages) => check(contents(messages, options(name)), name)))
  })
})
