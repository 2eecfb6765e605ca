/** The table of deviations: what is sent without a quirk, and with it. */
import { describe, expect, it } from "vitest"
import type { Quirks } from "../../llm/dialects/dialect.ts"
import type { AssistantMessage, Message } from "../../llm/message.ts"
import type { ModelInfo, ModelRequest } from "../../llm/model.ts"
import { bodies, speaking } from "./bodies.ts"
import { ask } from "./fakes.ts"

type Json = Readonly<Record<string, unknown>>

interface Row {
  /** Default: openai-chat. */
  readonly dialect?: "openai-responses" | "anthropic"
  readonly model?: string
  readonly info?: ModelInfo
  readonly quirks: Quirks
  readonly request: Partial<ModelRequest>
  /** The fields of the body that the quirk changes, as they are without it, and with it. */
  readonly before: Json
  readonly after: Json
}

/** Those that change where a request goes, not what is in it: see profiles.spec.ts and dialects/anthropic-vertex.spec.ts. */
type InHeaders = "keyHeader" | "anthropicVersion" | "messagesPath"

const user: Message = { role: "user", id: "u", content: [{ type: "text", text: "go" }] }
const image: Message = { role: "user", id: "u", content: [{ type: "image", mime: "image/png", data: "AAAA" }] }
const said = (content: AssistantMessage["content"], model = "spec/openai-chat"): Message => ({
  role: "assistant",
  model,
  content
})
const call = { type: "call", id: "call_1", name: "look", input: { path: "a" } } as const
const answer: Message = {
  role: "tool",
  callId: "call_1",
  name: "look",
  success: true,
  content: [{ type: "text", text: "ok" }]
}
const wireCall = { id: "call_1", type: "function", function: { name: "look", arguments: '{"path":"a"}' } }
const wireAnswer = { role: "tool", tool_call_id: "call_1", content: "ok" }
const wireUser = { role: "user", content: "go" }

const look = {
  name: "look",
  description: "Looks.",
  parameters: {
    type: "object",
    properties: { path: { type: "string", minLength: 1 }, mode: { const: "fast" } },
    required: ["path"]
  }
}
const loose = {
  name: "env",
  description: "Sets.",
  parameters: { type: "object", additionalProperties: { type: "string" } }
}
const strictLook = {
  type: "object",
  properties: { path: { type: "string" }, mode: { type: ["string", "null"], enum: ["fast", null] } },
  required: ["path", "mode"],
  additionalProperties: false
}
const mark = { cache_control: { type: "ephemeral" } }
const limited = { maxTokens: 9 }
const high = { reasoning: "high" } as const

const table: Readonly<Record<Exclude<keyof Quirks, InHeaders>, ReadonlyArray<Row>>> = {
  maxTokensField: [
    {
      quirks: { maxTokensField: "max_completion_tokens" },
      request: limited,
      before: { max_tokens: 9 },
      after: { max_completion_tokens: 9 }
    }
  ],
  developerRole: [
    {
      quirks: { developerRole: true },
      request: { system: "Be good.", messages: [] },
      before: { messages: [{ role: "system", content: "Be good." }] },
      after: { messages: [{ role: "developer", content: "Be good." }] }
    }
  ],
  noStreamUsage: [
    { quirks: { noStreamUsage: true }, request: {}, before: { stream_options: { include_usage: true } }, after: {} }
  ],
  noTemperature: [
    { quirks: { noTemperature: true }, request: { temperature: 0 }, before: { temperature: 0 }, after: {} },
    {
      dialect: "openai-responses",
      quirks: { noTemperature: true },
      request: { temperature: 0 },
      before: { temperature: 0 },
      after: {}
    }
  ],
  effort: [
    { quirks: { effort: "reasoning_effort" }, request: high, before: {}, after: { reasoning_effort: "high" } },
    { quirks: { effort: "reasoning.effort" }, request: high, before: {}, after: { reasoning: { effort: "high" } } },
    { quirks: { effort: "thinking.type" }, request: high, before: {}, after: { thinking: { type: "enabled" } } },
    { quirks: { effort: "enable_thinking" }, request: high, before: {}, after: { enable_thinking: true } },
    {
      quirks: { effort: "chat_template_kwargs" },
      request: { reasoning: "none" },
      before: {},
      after: { chat_template_kwargs: { enable_thinking: false } }
    },
    { quirks: { effort: "reasoning_effort" }, info: { reasoning: false }, request: high, before: {}, after: {} },
    {
      dialect: "openai-responses",
      quirks: { effort: "reasoning_effort" },
      request: high,
      before: {},
      after: { reasoning: { effort: "high", summary: "auto" } }
    }
  ],
  efforts: [
    {
      quirks: { effort: "reasoning_effort", efforts: { none: "minimal", medium: "high" } },
      request: { reasoning: "medium" },
      before: {},
      after: { reasoning_effort: "high" }
    },
    {
      quirks: { effort: "reasoning_effort", efforts: { none: null } },
      request: { reasoning: "none" },
      before: {},
      after: {}
    },
    {
      dialect: "openai-responses",
      quirks: { effort: "reasoning_effort", efforts: { none: "minimal" } },
      request: { reasoning: "none" },
      before: {},
      after: { reasoning: { effort: "minimal", summary: "auto" } }
    }
  ],
  thinkingBack: [
    {
      quirks: { thinkingBack: "reasoning_content" },
      request: {
        messages: [
          said([
            { type: "thinking", text: "hm" },
            { type: "text", text: "so" }
          ])
        ]
      },
      before: { messages: [{ role: "assistant", content: "so" }] },
      after: { messages: [{ role: "assistant", content: "so", reasoning_content: "hm" }] }
    },
    {
      quirks: { thinkingBack: "reasoning" },
      request: { messages: [said([call], "other/model"), answer] },
      before: { messages: [{ role: "assistant", content: null, tool_calls: [wireCall] }, wireAnswer] },
      after: { messages: [{ role: "assistant", content: null, tool_calls: [wireCall], reasoning: "" }, wireAnswer] }
    }
  ],
  emptyContent: [
    {
      quirks: { emptyContent: true },
      request: { messages: [said([call]), answer] },
      before: { messages: [{ role: "assistant", content: null, tool_calls: [wireCall] }, wireAnswer] },
      after: { messages: [{ role: "assistant", content: "", tool_calls: [wireCall] }, wireAnswer] }
    }
  ],
  callId: [
    {
      quirks: { callId: { max: 9, alphanumeric: true } },
      request: { messages: [said([call], "other/model"), answer] },
      before: { messages: [{ role: "assistant", content: null, tool_calls: [wireCall] }, wireAnswer] },
      after: {
        messages: [
          { role: "assistant", content: null, tool_calls: [{ ...wireCall, id: "74196fe72" }] },
          { ...wireAnswer, tool_call_id: "74196fe72" }
        ]
      }
    }
  ],
  needsTools: [
    {
      quirks: { needsTools: true },
      request: { messages: [said([call]), answer] },
      before: {},
      after: {
        tools: [
          {
            type: "function",
            function: {
              name: "none",
              description: "Does nothing. There is no reason to call it.",
              parameters: { type: "object", properties: {} }
            }
          }
        ]
      }
    },
    { quirks: { needsTools: true }, request: { messages: [user] }, before: {}, after: {} }
  ],
  strictTools: [
    {
      quirks: { strictTools: true },
      request: { tools: [look, loose] },
      before: { tools: [look, loose].map((tool) => ({ type: "function", function: tool })) },
      after: {
        tools: [
          { type: "function", function: { ...look, parameters: strictLook, strict: true } },
          { type: "function", function: loose }
        ]
      }
    },
    {
      dialect: "openai-responses",
      quirks: { strictTools: true },
      request: { tools: [look] },
      before: { tools: [{ type: "function", ...look, strict: false }] },
      after: { tools: [{ type: "function", ...look, parameters: strictLook, strict: true }] }
    },
    {
      dialect: "anthropic",
      quirks: { strictTools: true },
      request: { tools: [look] },
      before: { tools: [{ name: "look", description: "Looks.", input_schema: look.parameters, ...mark }] },
      after: { tools: [{ name: "look", description: "Looks.", input_schema: strictLook, strict: true, ...mark }] }
    }
  ],
  toolSchema: [
    {
      quirks: { toolSchema: "subset" },
      request: { tools: [look] },
      before: { tools: [{ type: "function", function: look }] },
      after: {
        tools: [
          {
            type: "function",
            function: {
              ...look,
              parameters: {
                type: "object",
                properties: { path: { type: "string", minLength: 1 }, mode: { type: "string", enum: ["fast"] } },
                required: ["path"]
              }
            }
          }
        ]
      }
    }
  ],
  promptCacheKey: [
    { quirks: { promptCacheKey: true }, request: { cacheKey: "s" }, before: {}, after: { prompt_cache_key: "s" } },
    {
      dialect: "openai-responses",
      quirks: { promptCacheKey: true },
      request: { cacheKey: "s" },
      before: {},
      after: { prompt_cache_key: "s" }
    }
  ],
  cacheControl: [
    {
      model: "anthropic/claude-sonnet-5.5",
      quirks: { cacheControl: /^anthropic\// },
      request: {
        system: "Be good.",
        tools: [loose, look],
        messages: [
          user,
          said([{ type: "text", text: "one" }]),
          image,
          said([{ type: "text", text: "two" }]),
          said([call]),
          answer
        ]
      },
      before: {
        messages: [
          { role: "system", content: "Be good." },
          wireUser,
          { role: "assistant", content: "one" },
          { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] },
          { role: "assistant", content: "two" },
          { role: "assistant", content: null, tool_calls: [wireCall] },
          wireAnswer
        ],
        tools: [loose, look].map((tool) => ({ type: "function", function: tool }))
      },
      after: {
        messages: [
          { role: "system", content: [{ type: "text", text: "Be good.", ...mark }] },
          wireUser,
          { role: "assistant", content: "one" },
          { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" }, ...mark }] },
          { role: "assistant", content: "two" },
          { role: "assistant", content: null, tool_calls: [wireCall] },
          { ...wireAnswer, content: [{ type: "text", text: "ok", ...mark }] }
        ],
        tools: [
          { type: "function", function: loose },
          { type: "function", function: look, ...mark }
        ]
      }
    },
    {
      model: "openai/gpt-5.5",
      quirks: { cacheControl: /^anthropic\// },
      request: { system: "S" },
      before: {},
      after: {}
    }
  ],
  body: [
    {
      quirks: { body: { top_k: 1, stream_options: null } },
      request: {},
      before: { stream_options: { include_usage: true } },
      after: { top_k: 1, stream_options: null }
    },
    {
      dialect: "openai-responses",
      quirks: { body: { store: true } },
      request: {},
      before: { store: false },
      after: { store: true }
    },
    { dialect: "anthropic", quirks: { body: { top_k: 1 } }, request: {}, before: {}, after: { top_k: 1 } }
  ]
}

/** The fields of one body that are other, or absent, in another. */
const apart = (body: Json, other: Json): Json =>
  Object.fromEntries(
    Object.entries(body).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(other[name]))
  )

describe.each(Object.entries(table))("asking with %s", (_, rows) => {
  it.each(rows.map((row) => [row.dialect ?? "openai-chat", row] as const))("of %s", (dialect, row) => {
    const { model, info = {}, quirks, request, before, after } = row
    const bodyOf = (known: Quirks): Json =>
      bodies[dialect](speaking(dialect, { ...(model === undefined ? {} : { model }), info, quirks: known }), {
        ...ask(),
        messages: [user],
        ...request
      })
    const [without, having] = [bodyOf({}), bodyOf(quirks)]
    expect(apart(without, having)).toEqual(before)
    expect(apart(having, without)).toEqual(after)
  })
})
