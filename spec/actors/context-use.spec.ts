/** How what fills a context is counted. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Contents, contextUse } from "../../actors/context-use.ts"
import type { Message } from "../../llm/message.ts"
import type { Tool } from "../../plugins/tool.ts"
import { tool } from "./stage.ts"

const said = (text: string, id = "u"): Message => ({ role: "user", id, content: [{ type: "text", text }] })
const replied = (text: string): Message => ({ role: "assistant", model: "m/x", content: [{ type: "text", text }] })
const answered = (name: string, text: string): Message => ({
  role: "tool",
  callId: "c",
  name,
  success: true,
  content: [{ type: "text", text }]
})
const offered = (plugin: string, name: string, more: Partial<Tool> = {}) => ({
  tool: { ...tool(name, () => "x"), ...more },
  from: { plugin }
})

const empty: Contents = {
  model: "m/x",
  sections: [],
  tools: [],
  transcript: [],
  used: 0,
  window: undefined,
  compacts: true
}

const file = (path: string, text: string) => ({
  kind: "file" as const,
  text,
  file: { path, real: path, text, owner: "project" as const }
})

describe("the use of a context", () => {
  it("names what each part is", () => {
    const { parts } = contextUse({
      ...empty,
      sections: [
        { kind: "prompt", text: "p".repeat(40) },
        { kind: "plugin", plugin: "soul", text: "s".repeat(20) },
        { kind: "task", text: "t".repeat(8) },
        file("/p/AGENTS.md", "f".repeat(80))
      ],
      tools: [
        offered("files", "one"),
        offered("mcp-gateway", "mcp_list"),
        offered("files", "two"),
        offered("mcp-gateway", "mcp_a_x", { server: "a" }),
        offered("mcp-gateway", "hidden", { server: "a", deferred: true })
      ],
      transcript: [said("the summary", "summary"), said("12345678"), replied("1234"), answered("look", "123456789")]
    })
    expect(parts.map(({ kind, name, tokens, count }) => [kind, name, kind === "tools" ? 0 : tokens, count])).toEqual([
      ["prompt", "Kintsugi's own words", 10, undefined],
      ["plugin", "soul", 5, undefined],
      ["prompt", "what the task is, from the agent above", 2, undefined],
      ["file", "/p/AGENTS.md", 20, undefined],
      ["tools", "files", 0, 2],
      ["tools", "mcp-gateway", 0, 1],
      ["tools", "MCP server a", 0, 1],
      ["messages", "the summary of what was said before", 3, 1],
      ["messages", "the user", 2, 1],
      ["messages", "the model", 1, 1],
      ["messages", "answers of look", 3, 1]
    ])
  })

  it("says when the conversation is compacted, where that is known", () => {
    expect(contextUse({ ...empty, window: 100_000 })).toMatchObject({ window: 100_000, compactsAt: 90_000 })
    expect(contextUse({ ...empty, window: 1_000_000 }).compactsAt).toBe(1_000_000 - 16_384)
    expect(contextUse({ ...empty, window: 100_000, compacts: false })).not.toHaveProperty("compactsAt")
    expect(contextUse(empty)).not.toHaveProperty("window")
  })

  it("takes an estimate for none that a provider made", () => {
    const transcript = [said("a".repeat(40)), replied("b".repeat(40))]
    const sections = [{ kind: "prompt" as const, text: "p".repeat(400) }]
    expect(contextUse({ ...empty, sections, transcript, used: 20 })).not.toHaveProperty("counted")
    expect(contextUse({ ...empty, sections, transcript, used: 20 }).tokens).toBe(120)
    expect(contextUse({ ...empty, sections, transcript, used: 300 })).toMatchObject({ counted: 300, tokens: 300 })
  })

  it("adds up: the parts to the sum, those of the last request to what the provider counted", () => {
    const text = fc.string({ maxLength: 200 })
    const message = fc.oneof(
      text.map((one) => said(one)),
      text.map(replied),
      text.map((one) => answered("look", one))
    )
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), fc.array(message), fc.nat(1_000_000), (texts, before, used) => {
        const sections = texts.map((one, n) => file(`/${n}`, `${one}.`))
        const since = said("1234567890")
        const transcript = [...before, replied("the newest"), since]
        const { parts, tokens, counted } = contextUse({ ...empty, sections, transcript, used })
        expect(parts.reduce((sum, part) => sum + part.tokens, 0)).toBe(tokens)
        expect(parts.every((part) => Number.isInteger(part.tokens) && part.tokens >= 0)).toBe(true)
        if (counted !== undefined) expect(tokens).toBe(used + 3)
      })
    )
  })
})
