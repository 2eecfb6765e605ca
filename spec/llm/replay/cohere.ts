/** Cohere's Chat v2, read independently. Source: docs.cohere.com, "Chat with Streaming". The plan before the calls is thinking. */
import { at, firstNum, items, num, str } from "./dig.ts"
import { argumentsIn, type Finish, finishOf, type Reader, usageOf } from "./reading.ts"

const finishes: Readonly<Record<string, Finish>> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  TOOL_CALL: "calls",
  MAX_TOKENS: "length"
}

export const cohere: Reader = {
  merge: (events) => {
    const content = { text: "", thinking: "" }
    let tool_plan = ""
    const calls = new Map<unknown, { id: string; name: string; arguments: string }>()
    for (const event of events) {
      const message = at(event, "delta", "message")
      content.text += str(message, "content", "text")
      content.thinking += str(message, "content", "thinking")
      tool_plan += str(message, "tool_plan")
      const call = at(message, "tool_calls")
      if (str(event, "type") === "tool-call-start")
        calls.set(at(event, "index"), { id: str(call, "id"), name: str(call, "function", "name"), arguments: "" })
      const known = calls.get(at(event, "index"))
      if (known !== undefined) known.arguments += str(call, "function", "arguments")
    }
    const tool_calls = [...calls.values()].map(({ id, ...rest }) => ({ id, function: rest }))
    const end = events.find((event) => str(event, "type") === "message-end")
    return { ...Object(at(end, "delta")), message: { content: [content], tool_plan, tool_calls } }
  },

  read: (body) => {
    const message = at(body, "message")
    const usage = at(body, "usage")
    const content = items(message, "content")
    const calls = items(message, "tool_calls").map((call) => ({
      id: str(call, "id"),
      name: str(call, "function", "name"),
      input: argumentsIn(str(call, "function", "arguments"))
    }))
    return {
      text: content.map((part) => str(part, "text")).join(""),
      thinking: str(message, "tool_plan") + content.map((part) => str(part, "thinking")).join(""),
      calls,
      ...usageOf({
        input: num(usage, "tokens", "input_tokens"),
        output: num(usage, "tokens", "output_tokens"),
        cacheRead: firstNum(usage, ["cached_tokens"]),
        cacheWrite: 0
      }),
      finish: finishOf(finishes[str(body, "finish_reason")], calls)
    }
  }
}
