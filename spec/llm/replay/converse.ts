/** Converse, read independently. Source: the API reference of Amazon Bedrock Runtime (Converse, ConverseStream, TokenUsage). */
import { at, items, num, str } from "./dig.ts"
import { argumentsIn, type Finish, finishOf, orderOf, type Reader, usageOf } from "./reading.ts"

const finishes: Readonly<Record<string, Finish>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "calls",
  max_tokens: "length",
  guardrail_intervened: "filtered",
  content_filtered: "filtered"
}

interface Block {
  text: string
  thinking: string
  json: string
  toolUse?: unknown
}

const wholeBlock = ({ text, thinking, json, toolUse }: Block): unknown => ({
  text,
  reasoningContent: { reasoningText: { text: thinking } },
  ...(toolUse === undefined ? {} : { toolUse: { ...Object(toolUse), input: argumentsIn(json) } })
})

const isOurs = (use: unknown): boolean => use !== undefined && str(use, "type") !== "server_tool_use"

export const converse: Reader = {
  merge: (events) => {
    const blocks = new Map<number, Block>()
    const block = (event: unknown): Block => {
      const index = num(event, "contentBlockIndex")
      const known = blocks.get(index) ?? { text: "", thinking: "", json: "" }
      blocks.set(index, known)
      return known
    }
    for (const event of events) {
      const start = at(event, "contentBlockStart")
      if (start !== undefined) block(start).toolUse = at(start, "start", "toolUse")
      const delta = at(event, "contentBlockDelta")
      if (delta === undefined) continue
      const told = block(delta)
      told.text += str(delta, "delta", "text")
      told.thinking += str(delta, "delta", "reasoningContent", "text")
      told.json += str(delta, "delta", "toolUse", "input")
    }
    return {
      output: { message: { content: [...blocks.values()].map(wholeBlock) } },
      stopReason: events.map((event) => str(event, "messageStop", "stopReason")).find(Boolean),
      usage: events.map((event) => at(event, "metadata", "usage")).find(Boolean)
    }
  },

  read: (body) => {
    const content = items(body, "output", "message", "content")
    const calls = content
      .map((block) => at(block, "toolUse"))
      .filter(isOurs)
      .map((use) => ({ id: str(use, "toolUseId"), name: str(use, "name"), input: at(use, "input") }))
    const usage = at(body, "usage")
    const cacheRead = num(usage, "cacheReadInputTokens")
    const cacheWrite = num(usage, "cacheWriteInputTokens")
    return {
      text: content.map((block) => str(block, "text")).join(""),
      thinking: content.map((block) => str(block, "reasoningContent", "reasoningText", "text")).join(""),
      calls,
      order: orderOf(
        content.flatMap((block) => [
          ["thinking", str(block, "reasoningContent", "reasoningText", "text")],
          ["text", str(block, "text")],
          ["call", isOurs(at(block, "toolUse")) ? "." : ""]
        ])
      ),
      ...usageOf({
        input: num(usage, "inputTokens") + cacheRead + cacheWrite,
        output: num(usage, "outputTokens"),
        cacheRead,
        cacheWrite
      }),
      finish: finishOf(finishes[str(body, "stopReason")], calls)
    }
  }
}
