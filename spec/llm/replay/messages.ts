/** Messages, read independently. Source: Anthropic's reference ("Messages", "Streaming messages", "Handling stop reasons"). */
import { at, items, num, str } from "./dig.ts"
import { argumentsIn, type Finish, finishOf, type Kind, orderOf, type Reader, usageOf } from "./reading.ts"

const finishes: Readonly<Record<string, Finish>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "calls",
  max_tokens: "length",
  refusal: "filtered"
}

interface Block {
  readonly type: string
  readonly id: string
  readonly name: string
  text: string
  thinking: string
  json: string
}

const blockOf = (block: unknown): Block => ({
  type: str(block, "type"),
  id: str(block, "id"),
  name: str(block, "name"),
  text: str(block, "text"),
  thinking: str(block, "thinking"),
  json: ""
})

const add = (block: Block, delta: unknown): void => {
  block.text += str(delta, "text")
  block.thinking += str(delta, "thinking")
  block.json += str(delta, "partial_json")
}

export const messages: Reader = {
  merge: (events) => {
    // A server that starts again has taken back what it said before.
    const start = events.findLastIndex((event) => str(event, "type") === "message_start")
    const blocks = new Map<number, Block>()
    let usage = at(events[start], "message", "usage")
    let stop_reason: unknown
    for (const event of events.slice(start + 1)) {
      const index = num(event, "index")
      const block = blocks.get(index)
      if (str(event, "type") === "content_block_start") blocks.set(index, blockOf(at(event, "content_block")))
      if (str(event, "type") === "content_block_delta" && block !== undefined) add(block, at(event, "delta"))
      if (str(event, "type") !== "message_delta") continue
      stop_reason = at(event, "delta", "stop_reason")
      // Totals so far, of those counts that it names.
      usage = { ...Object(usage), ...Object(at(event, "usage")) }
    }
    const content = [...blocks.values()].map(({ json, ...block }) =>
      block.type === "tool_use" ? { ...block, input: argumentsIn(json) } : block
    )
    return { content, stop_reason, usage }
  },

  read: (body) => {
    const ofType = (type: string) => items(body, "content").filter((block) => str(block, "type") === type)
    const calls = ofType("tool_use").map((block) => ({
      id: str(block, "id"),
      name: str(block, "name"),
      input: at(block, "input")
    }))
    const usage = at(body, "usage")
    const cacheRead = num(usage, "cache_read_input_tokens")
    const cacheWrite = num(usage, "cache_creation_input_tokens")
    return {
      text: ofType("text")
        .map((block) => str(block, "text"))
        .join(""),
      thinking: ofType("thinking")
        .map((block) => str(block, "thinking"))
        .join(""),
      calls,
      order: orderOf(
        items(body, "content").flatMap((block): ReadonlyArray<readonly [Kind, string]> => {
          const type = str(block, "type")
          if (type === "tool_use") return [["call", "."]]
          return type === "text" || type === "thinking" ? [[type, str(block, type)]] : []
        })
      ),
      ...usageOf({
        input: num(usage, "input_tokens") + cacheRead + cacheWrite,
        output: num(usage, "output_tokens"),
        cacheRead,
        cacheWrite
      }),
      finish: finishOf(finishes[str(body, "stop_reason")], calls)
    }
  }
}
