/**
 * Calls in the words of Claude Code's tools, there and back (code.claude.com/docs/en/hooks, "PreToolUse input"): hooks read `file_path`,
 * absolute, and `timeout` in milliseconds. What no row names goes as it is.
 */
import { fullPath } from "../permission/path-pattern.ts"
import type { Answer } from "../tool.ts"
import { type Fields, isFields } from "./fields.ts"

interface Field {
  readonly ours: string
  readonly theirs: string
  /** `undefined`: it keeps our name. */
  readonly there?: (value: unknown, cwd: string) => unknown
  /** `undefined`: it is left out. */
  readonly back?: (value: unknown) => unknown
  /** Without it a call means nothing: a hook that leaves it out leaves it as it was. */
  readonly needed?: true
}

const asIs = (name: string): Field => ({ ours: name, theirs: name, needed: true })

const path = (theirs: string, needed?: true): Field => ({
  ours: "path",
  theirs,
  there: (value, cwd) => (typeof value === "string" ? fullPath(value, cwd) : value),
  ...(needed && { needed })
})

const outputs: ReadonlyArray<readonly [string, string]> = [
  ["content", "content"],
  ["files", "files_with_matches"],
  ["count", "count"]
]

const shapes: Readonly<Record<string, ReadonlyArray<Field>>> = {
  execute_bash: [
    asIs("command"),
    {
      ours: "timeout",
      theirs: "timeout",
      there: (value) => (typeof value === "number" ? value * 1000 : value),
      back: (value) => (typeof value === "number" ? value / 1000 : value)
    },
    { ours: "background", theirs: "run_in_background" }
  ],
  read_file: [path("file_path", true)],
  write_file: [path("file_path", true), asIs("content")],
  edit_file: [
    path("file_path", true),
    asIs("old_string"),
    asIs("new_string"),
    {
      ours: "occurrence",
      theirs: "replace_all",
      there: (value) => (value === "all" ? true : undefined),
      back: (value) => (value === true ? "all" : undefined)
    }
  ],
  list_files: [path("path")],
  glob: [asIs("pattern"), path("path")],
  grep: [
    asIs("pattern"),
    path("path"),
    { ours: "ignore_case", theirs: "-i" },
    { ours: "context", theirs: "-C" },
    {
      ours: "output",
      theirs: "output_mode",
      there: (value) => outputs.find(([ours]) => ours === value)?.[1],
      back: (value) => outputs.find(([, theirs]) => theirs === value)?.[0] ?? value
    }
  ],
  task: [
    asIs("prompt"),
    { ours: "agent", theirs: "subagent_type" },
    { ours: "background", theirs: "run_in_background" }
  ],
  use_skill: [
    { ours: "name", theirs: "skill", needed: true },
    { ours: "arguments", theirs: "args" }
  ]
}

const shapeOf = (tool: string): ReadonlyArray<Field> => (Object.hasOwn(shapes, tool) ? (shapes[tool] ?? []) : [])

/** A call's input as a hook reads it. What is no object, since the model wrote no JSON, stands in one. */
export const theirInput = (tool: string, input: unknown, cwd: string): Fields => {
  if (!isFields(input)) return { input }
  const shape = shapeOf(tool)
  return fromPairs(
    Object.entries(input).map(([key, value]) => {
      const field = shape.find(({ ours }) => ours === key)
      const said = field?.there === undefined ? value : field.there(value, cwd)
      return field === undefined || said === undefined ? [key, value] : [field.theirs, said]
    })
  )
}

/** What a hook makes of the input, as the tool takes it. It stands for the whole of it, but for what a call cannot be without. */
export const ourInput = (tool: string, updated: Fields, before: unknown): Fields => {
  const shape = shapeOf(tool)
  const pairs = Object.entries(updated).map(([key, value]): readonly [string, unknown] => {
    const field = shape.find(({ theirs }) => theirs === key)
    return field === undefined ? [key, value] : [field.ours, field.back === undefined ? value : field.back(value)]
  })
  const kept = shape.flatMap(({ ours, needed }): ReadonlyArray<readonly [string, unknown]> =>
    needed === true && isFields(before) && Object.hasOwn(before, ours) ? [[ours, before[ours]]] : []
  )
  return fromPairs([...kept, ...pairs].filter(([, value]) => value !== undefined))
}

/** An own `__proto__` of a stranger's JSON stays a key. */
const fromPairs = (pairs: ReadonlyArray<readonly [string, unknown]>): Fields => Object.fromEntries(pairs)

/** An answer as a hook reads it: of the commonest tools in the words it expects, and always in ours. */
export const theirResponse = (tool: string, input: unknown, answer: Answer, cwd: string): Fields => {
  const { success, data, error, summary } = answer
  const ours = { success, ...(data !== undefined && { data }), ...(error && { error }), ...(summary && { summary }) }
  const { file_path: filePath } = theirInput(tool, input, cwd)
  if (tool === "execute_bash") return { stdout: textOf(data), stderr: "", interrupted: false, isImage: false, ...ours }
  if (tool === "read_file") return { type: "text", file: { filePath, content: textOf(data) }, ...ours }
  return filePath === undefined ? ours : { filePath, ...ours }
}

const textOf = (data: unknown): string =>
  typeof data === "string" ? data : data === undefined ? "" : JSON.stringify(data)
