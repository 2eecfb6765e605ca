/** The argument that says most about a call, on one line, wherever calls are shown in short. */
import { taskWords } from "./shown-words.ts"

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

/** @param tidy What a text goes through, so that it may be shown there. */
export const mainArgument = (
  { name, input }: { readonly name: string; readonly input: unknown },
  tidy?: (text: string) => string
): string => {
  // The report of a task is printed in full as the turn's last word.
  if (name === "task_done" || input === undefined || input === null) return ""
  const short = (text: string) => oneLine(text, tidy)
  if (typeof input !== "object") return typeof input === "string" ? short(input) : ""
  const task = name === "task" ? taskWords(input) : undefined
  if (task !== undefined) return short(task)
  const fields = Object.entries(input)
  const known = main.flatMap((key) => fields.filter(([field, value]) => field === key && typeof value === "string"))
  const value: unknown = (known[0] ?? fields.find(([, one]) => typeof one === "string"))?.[1]
  if (typeof value === "string") return short(value)
  return fields.length === 0 ? "" : short(JSON.stringify(input))
}

/** Characters that are looked at: whoever shows them cuts them to the room there is. */
const longest = 2000

export const oneLine = (text: string, tidy = (text: string) => text): string => {
  const [first = "", ...rest] = tidy(text.slice(0, longest)).trim().split("\n")
  return rest.length === 0 ? first : `${first} …`
}
