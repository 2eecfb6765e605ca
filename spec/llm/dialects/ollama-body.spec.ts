import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { DialectOptions } from "../../../llm/dialects/dialect.ts"
import { toBody } from "../../../llm/dialects/ollama-body.ts"
import { ollama } from "../../../llm/dialects/ollama.ts"
import type { Message } from "../../../llm/message.ts"
import type { ModelRequest } from "../../../llm/model.ts"
import { ask } from "../fakes.ts"
import { answer, assistant, call, history, options, png, user } from "./histories.ts"

const body = (request: Partial<ModelRequest>, more: Partial<DialectOptions> = {}) =>
  toBody(options({ model: "qwen3", baseUrl: "http://127.0.0.1:11434", ...more }), { ...ask(), ...request })

describe("the body", () => {
  const said = (...messages: ReadonlyArray<Message>) => body({ messages }).messages

  it("asks for a window, and to be refused rather than cut", () => {
    expect(body({})).toEqual({
      model: "qwen3",
      messages: [{ role: "user", content: "hello" }],
      stream: true,
      truncate: false,
      shift: false,
      options: { num_ctx: 32_768 }
    })
  })

  it("has each thing in its place", () => {
    const tool = { name: "read", description: "Reads.", parameters: { type: "object" } }
    expect(body({ system: "Be brief.", tools: [tool], maxTokens: 9, temperature: 0 })).toMatchObject({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hello" }
      ],
      tools: [{ type: "function", function: tool }],
      options: { num_ctx: 32_768, num_predict: 9, temperature: 0 }
    })
  })

  it("asks for the window that is known or configured, and says of the model that it has it", () => {
    const info = { contextWindow: 131_072, price: { input: 0, output: 0 } }
    expect(body({}, { info }).options).toEqual({ num_ctx: 131_072 })
    expect(ollama(options({ info })).info).toEqual(info)
    expect(ollama(options()).info).toEqual({ contextWindow: 32_768 })
  })

  it.each([{ model: "gpt-oss:120b-cloud" }, { model: "glm-4.6:cloud" }, { baseUrl: "https://ollama.com" }])(
    "asks for no window in the cloud, which gives all there is: %j",
    (more) => {
      expect(body({}, more)).not.toHaveProperty("options")
      expect(ollama(options(more)).info).toEqual({})
    }
  )

  it("has calls with their arguments as objects, and answers by id and name", () => {
    const spoken = said(
      user("a"),
      assistant([{ type: "thinking", text: "hm" }, call("1", { b: 1 }), call("2", "{oops")]),
      answer("1"),
      answer("2")
    )
    expect(spoken.slice(1)).toEqual([
      {
        role: "assistant",
        content: "",
        thinking: "hm",
        tool_calls: [
          { id: "1", function: { name: "x", arguments: { b: 1 } } },
          { id: "2", function: { name: "x", arguments: { invalid_json: "{oops" } } }
        ]
      },
      { role: "tool", content: "ok", tool_call_id: "1", tool_name: "x" },
      { role: "tool", content: "ok", tool_call_id: "2", tool_name: "x" }
    ])
  })

  it("has images beside the words, those of answers after the answers", () => {
    expect(said(user("see", png))).toEqual([{ role: "user", content: "see", images: ["AAAA"] }])
    expect(said(user("a"), assistant([call("1")]), answer("1", [png])).at(-1)).toEqual({
      role: "user",
      content: "Shown by x:",
      images: ["AAAA"]
    })
    expect(body({ messages: [user("see", png)] }, { info: { images: false } }).messages).toEqual([
      { role: "user", content: "see\n\n[image/png image: this model cannot see images]" }
    ])
  })

  it.each([
    ["qwen3", "none", false],
    ["qwen3", "low", true],
    ["qwen3", "high", true],
    ["gpt-oss:20b", "high", "high"],
    ["gpt-oss:20b", "none", "low"]
  ] as const)("asks %s to think %s: %j", (model, reasoning, think) => {
    expect(body({ reasoning }, { model })).toMatchObject({ think })
    expect(body({ reasoning }, { model, info: { reasoning: false } })).not.toHaveProperty("think")
    expect(body({}, { model })).not.toHaveProperty("think")
  })

  it("obeys the API's rules, whatever the conversation", () => {
    fc.assert(
      fc.property(history, (messages) => {
        const spoken = body({ messages }).messages
        let open: ReadonlyArray<string> = []
        for (const { role, content, tool_calls = [], tool_call_id } of spoken) {
          expect(content).toBeTypeOf("string")
          if (role === "tool") expect(open[0]).toBe(tool_call_id)
          else expect(open).toEqual([])
          open = role === "tool" ? open.slice(1) : tool_calls.map(({ id }) => id)
          for (const made of tool_calls) expect(Array.isArray(made.function.arguments)).toBe(false)
        }
        expect(open).toEqual([])
      }),
      { numRuns: 200 }
    )
  })
})
