import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { toBody } from "../../../llm/dialects/bedrock-body.ts"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import type { Message } from "../../../llm/message.ts"
import type { ModelRequest } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { answer, assistant, call, history, options, png, user } from "./histories.ts"

const claude = "us.anthropic.claude-sonnet-4-6"
const point = { cachePoint: { type: "default" } }
const tool = { name: "read", description: "Reads.", parameters: { type: "object", properties: {} } }

const body = (request: Partial<ModelRequest>, model = "mistral.large", more: Partial<DialectOptions> = {}) =>
  toBody(options({ model, ...more }), { ...ask(), ...request })

describe("the body", () => {
  const turns = (...messages: ReadonlyArray<Message>) => body({ messages }).messages

  it("is as plain as the request", () => {
    expect(body({})).toEqual({ messages: [{ role: "user", content: [{ text: "hello" }] }] })
  })

  it("has each thing in its place", () => {
    expect(body({ system: "Be brief.", tools: [tool], maxTokens: 9, temperature: 0 })).toEqual({
      messages: [{ role: "user", content: [{ text: "hello" }] }],
      system: [{ text: "Be brief." }],
      toolConfig: {
        tools: [{ toolSpec: { name: "read", description: "Reads.", inputSchema: { json: tool.parameters } } }]
      },
      inferenceConfig: { maxTokens: 9, temperature: 0 }
    })
  })

  it("has the answers of tools in the user's next turn, by the ids of their calls", () => {
    expect(
      turns(
        user("a"),
        assistant([{ type: "text", text: "I" }, call("1"), call("2", { b: 1 })]),
        answer("1"),
        answer("2"),
        user("b")
      )
    ).toEqual([
      { role: "user", content: [{ text: "a" }] },
      {
        role: "assistant",
        content: [
          { text: "I" },
          { toolUse: { toolUseId: "1", name: "x", input: {} } },
          { toolUse: { toolUseId: "2", name: "x", input: { b: 1 } } }
        ]
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "1", content: [{ text: "ok" }] } },
          { toolResult: { toolUseId: "2", content: [{ text: "ok" }] } },
          { text: "b" }
        ]
      }
    ])
  })

  it("marks answers that are errors for those who read the mark, and says something where a tool said nothing", () => {
    const told = [user("a"), assistant([call("1")]), answer("1", [], false)]
    const result = (model: string) => body({ messages: told }, model).messages.at(-1)?.content[0]
    expect(result("meta.llama")).toEqual({ toolResult: { toolUseId: "1", content: [{ text: "(nothing)" }] } })
    for (const model of [claude, "amazon.nova-lite-v1:0"])
      expect(result(model)).toMatchObject({ toolResult: { status: "error" } })
  })

  it("shows images, the user's and those of answers, and says what it cannot show", () => {
    const picture = { image: { format: "png", source: { bytes: "AAAA" } } }
    const [first, , last] = turns(
      user("see", png),
      assistant([call("1")]),
      answer("1", [png, { ...png, mime: "image/tiff" }])
    )
    expect(first?.content).toEqual([{ text: "see" }, picture])
    expect(last?.content[0]).toEqual({
      toolResult: {
        toolUseId: "1",
        content: [picture, { text: "[image/tiff image: this model takes JPEG, PNG, GIF and WebP]" }]
      }
    })
  })

  it("sends thinking back as it was signed or sealed, and what is neither not at all", () => {
    const thought = (providerMeta: Record<string, unknown>) => ({ type: "thinking", text: "hm", providerMeta }) as const
    const [, said] = turns(
      user("a"),
      assistant([thought({ signature: "s" }), thought({ redacted: "AAAA" }), thought({}), call("1")]),
      answer("1")
    )
    expect(said?.content.slice(0, -1)).toEqual([
      { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
      { reasoningContent: { redactedContent: "AAAA" } }
    ])
  })

  it("offers a tool to a conversation with calls when no other is offered: it would be refused", () => {
    expect(body({ messages: [user("a"), assistant([call("1")]), answer("1")] }).toolConfig?.tools).toHaveLength(1)
    expect(body({ messages: [user("a")] })).not.toHaveProperty("toolConfig")
  })

  it.each([
    [claude, { system: true, tools: true, messages: true }],
    [
      "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0",
      { system: true, tools: true, messages: true }
    ],
    ["anthropic.claude-3-5-haiku-20241022-v1:0", { system: true, tools: true, messages: true }],
    ["anthropic.claude-3-5-sonnet-20240620-v1:0", { system: false, tools: false, messages: false }],
    ["anthropic.claude-3-haiku-20240307-v1:0", { system: false, tools: false, messages: false }],
    ["us.amazon.nova-pro-v1:0", { system: true, tools: false, messages: true }],
    ["openai.gpt-oss-120b-1:0", { system: false, tools: false, messages: false }],
    ["arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", { system: false, tools: false, messages: false }]
  ])("marks for the prompt cache of %s only what it may: %j", (model, caches) => {
    const marked = body(
      { system: "s", tools: [tool], messages: [user("a"), assistant([call("1")]), answer("1")] },
      model
    )
    expect({
      system: marked.system?.at(-1),
      tools: marked.toolConfig?.tools.at(-1),
      messages: marked.messages.at(-1)?.content.at(-1)
    }).toEqual({
      system: caches.system ? point : { text: "s" },
      tools: caches.tools ? point : expect.objectContaining({ toolSpec: expect.anything() }),
      messages: caches.messages ? point : { toolResult: { toolUseId: "1", content: [{ text: "ok" }] } }
    })
    expect(JSON.stringify(marked).split("cachePoint")).toHaveLength(1 + Object.values(caches).filter(Boolean).length)
  })

  it.each([
    ["us.anthropic.claude-sonnet-4-6", "high", { thinking: { type: "adaptive" }, output_config: { effort: "high" } }],
    [
      "us.anthropic.claude-opus-4-7",
      "low",
      { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } }
    ],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "low", { thinking: { type: "enabled", budget_tokens: 2048 } }],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "none", undefined],
    ["us.amazon.nova-2-lite-v1:0", "medium", { reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" } }],
    ["us.amazon.nova-2-lite-v1:0", "none", undefined],
    ["us.amazon.nova-pro-v1:0", "high", undefined],
    ["openai.gpt-oss-120b-1:0", "none", { reasoning_effort: "low" }],
    ["qwen.qwen3-32b-v1:0", "high", { reasoning_config: "high" }],
    ["meta.llama4-maverick", "high", undefined]
  ] as const)("asks %s to think %s in its maker's words", (model, reasoning, expected) => {
    expect(body({ reasoning }, model).additionalModelRequestFields).toEqual(expected)
    expect(body({ reasoning }, model, { info: { reasoning: false } }).additionalModelRequestFields).toBeUndefined()
    expect(body({}, model).additionalModelRequestFields).toBeUndefined()
  })

  it("asks for no budget in a turn that began without thinking, and for no temperature beside thinking", () => {
    const old = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    const running = [user("a"), assistant([call("1")]), answer("1")]
    expect(body({ messages: running, reasoning: "high" }, old).additionalModelRequestFields).toBeUndefined()
    expect(body({ reasoning: "low", temperature: 0.5 }, old).inferenceConfig).toBeUndefined()
    expect(body({ temperature: 0.5 }, old).inferenceConfig).toEqual({ temperature: 0.5 })
    expect(body({ temperature: 0.5 }, "us.anthropic.claude-opus-4-7").inferenceConfig).toBeUndefined()
    const nova = "us.amazon.nova-2-lite-v1:0"
    expect(body({ reasoning: "high", temperature: 0.5, maxTokens: 9 }, nova).inferenceConfig).toBeUndefined()
    expect(body({ reasoning: "low", maxTokens: 9 }, nova).inferenceConfig).toEqual({ maxTokens: 9 })
  })

  it("obeys the API's rules, whatever the conversation", () => {
    fc.assert(
      fc.property(history, fc.constantFrom("mistral.large", claude), (messages, model) => {
        const { messages: turns, toolConfig } = body({ messages }, model)
        expect(turns.map(({ role }) => role)).toEqual(turns.map((_, at) => (at % 2 === 0 ? "user" : "assistant")))
        turns.forEach(({ content }, at) => {
          expect(content.length).toBeGreaterThan(0)
          const made = content.flatMap((block) => ("toolUse" in block ? [block.toolUse.toolUseId] : []))
          const next = turns[at + 1]?.content ?? []
          expect(next.flatMap((block) => ("toolResult" in block ? [block.toolResult.toolUseId] : []))).toEqual(made)
          for (const id of made) expect(id).toMatch(/^[\w-]{1,64}$/)
          if (made.length > 0) expect(toolConfig?.tools.length).toBeGreaterThan(0)
          for (const block of content) {
            if ("text" in block) expect(block.text.trim()).not.toBe("")
            if ("toolUse" in block) expect(block.toolUse.input).toBeTypeOf("object")
            const told = "toolResult" in block ? block.toolResult.content : [block]
            expect(told.length).toBeGreaterThan(0)
            for (const part of told) if ("image" in part) expect(part.image.format).toMatch(/^(png|jpeg)$/)
          }
        })
      }),
      { numRuns: 200 }
    )
  })
})
