/** The tools of a request as one provider takes them, before its dialect's own spelling; and their calls on the way back. */
import { callsOf } from "../message.ts"
import type { ModelEvent, ModelRequest, ToolDefinition } from "../model.ts"
import { isFields } from "../wire-value.ts"
import type { Quirks } from "./dialect.ts"
import { subsetOf } from "./schema-subset.ts"
import { withoutNulls } from "./strict-input.ts"
import { strictly } from "./strict-schema.ts"

export interface OfferedTool extends ToolDefinition {
  /** Its schema was made strict. */
  readonly strict: boolean
}

/** For servers that want some tool beside a conversation with calls. */
const idle: ToolDefinition = {
  name: "none",
  description: "Does nothing. There is no reason to call it.",
  parameters: { type: "object", properties: {} }
}

export const offeredTools = (
  quirks: Quirks,
  { tools, messages }: Pick<ModelRequest, "tools" | "messages">
): ReadonlyArray<OfferedTool> => {
  const isWanted = tools.length === 0 && quirks.needsTools === true && messages.some((one) => callsOf(one).length > 0)
  return (isWanted ? [idle] : tools).map((tool) => {
    const strict = quirks.strictTools === true ? strictly(tool.parameters) : undefined
    if (strict !== undefined) return { ...tool, parameters: strict, strict: true }
    const parameters = quirks.toolSchema === "subset" ? subsetOf(tool.parameters) : tool.parameters
    return { ...tool, parameters, strict: false }
  })
}

/** Gives the calls of a finished reply the arguments that their tools' own schemas would have had them write. */
export const asWritten =
  ({ tools }: Pick<ModelRequest, "tools">) =>
  (event: ModelEvent): ModelEvent => {
    if (event.type !== "finished") return event
    const content = event.message.content.map((block) => {
      if (block.type !== "call" || !isFields(block.input)) return block
      const schema = tools.find(({ name }) => name === block.name)?.parameters
      const isStrict = schema !== undefined && strictly(schema) !== undefined
      return isStrict ? { ...block, input: withoutNulls(schema, block.input) } : block
    })
    return { ...event, message: { ...event.message, content } }
  }

/** The same as most servers spell them beside OpenAI's own, who know no strictness. */
export const functions = (quirks: Quirks, request: ModelRequest) => {
  const tools = offeredTools(quirks, request).map(({ strict: _, ...tool }) => ({ type: "function", function: tool }))
  return tools.length === 0 ? {} : { tools }
}
