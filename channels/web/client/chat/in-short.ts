/** The argument that says most about a call, on one line. */

import { taskWords } from "../../../shown-words.ts"

const main = [
  "command",
  "path",
  "file_path",
  "pattern",
  "query",
  "url",
  "name",
  "task",
  "prompt",
  "message",
  "text",
  "id"
]

export const inShort = ({ name, input }: { readonly name: string; readonly input: unknown }): string => {
  // The report of a task follows as the turn's last word.
  if (name === "task_done" || input === undefined || input === null) return ""
  if (typeof input !== "object") return typeof input === "string" ? oneLine(input) : ""
  const task = name === "task" ? taskWords(input) : undefined
  if (task !== undefined) return oneLine(task)
  const fields = Object.entries(input)
  const known = main.flatMap((key) => fields.filter(([field, value]) => field === key && typeof value === "string"))
  const value: unknown = (known[0] ?? fields.find(([, one]) => typeof one === "string"))?.[1]
  if (typeof value === "string") return oneLine(value)
  return fields.length === 0 ? "" : oneLine(JSON.stringify(input))
}

const oneLine = (text: string): string => {
  const [first = "", ...rest] = text.slice(0, 400).trim().split("\n")
  return rest.length === 0 ? first : `${first} …`
}
