/** A call in one line: its tool, and the first text that it is given. */
import type { ToolCall } from "../../llm/message.ts"

/** Characters. */
const most = 120

export const callLine = ({ name, input }: Pick<ToolCall, "name" | "input">): string => {
  const values: ReadonlyArray<unknown> = typeof input === "object" && input !== null ? Object.values(input) : []
  const text = values.find((value) => typeof value === "string") ?? ""
  const line = `${name} ${String(text)}`.replaceAll(/[\s\p{Cc}]+/gu, " ").trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
