/** What hooks give, checked field by field: it comes from other people's code. */
import type { ContextMessage, Deny, Diagnosis, HookName, ToolEnd } from "../../plugins/hooks.ts"
import { changedAnswer } from "./hook-answer.ts"
import { keptMessages } from "./hook-context.ts"

/** What a guard says: that its words are missing is what `deny` could not be read from. */
export type Verdict = Deny | { readonly input: unknown }

type Reader = (value: unknown, input: unknown, plugin: string) => unknown

/** Characters that one plugin adds to a prompt or a summary at most. */
const longest = 100_000

const isText = (value: unknown): value is string => typeof value === "string"
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {}

const text = (what: string, value: unknown): string | undefined => {
  if (!isText(value)) throw new TypeError(`${what} must be a text`)
  if (value.length > longest)
    throw new TypeError(`${what} has ${value.length} characters; at most ${longest} are taken`)
  return value.trim() === "" ? undefined : value
}

const verdict = (value: unknown): Verdict => {
  const { deny, ...rest } = fieldsOf(value)
  if (isText(deny)) return { deny }
  if ("input" in rest && deny === undefined) return { input: rest.input }
  throw new TypeError("beforeToolExecute must return nothing, { deny: why } or { input }")
}

const diagnosis = (value: unknown): Diagnosis | undefined => {
  const { diagnosis = "", fixes = [] } = fieldsOf(value)
  if (!isText(diagnosis) || !Array.isArray(fixes) || !fixes.every(isText))
    throw new TypeError("enhanceToolError must return nothing or { diagnosis?: text, fixes?: [text, …] }")
  return diagnosis === "" && fixes.length === 0 ? undefined : { diagnosis, fixes }
}

const capabilities = (value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value) && value.every(isText)) return value.slice(0, 50).map((line) => line.slice(0, 300))
  throw new TypeError("capabilities must return a list of short sentences")
}

/** The casts say what the host handed to the hook. */
const readers: Readonly<Partial<Record<HookName, Reader>>> = {
  systemPrompt: (value) => text("what systemPrompt returns", value),
  capabilities,
  beforeToolExecute: verdict,
  enhanceToolError: diagnosis,
  afterToolExecute: (value, input, plugin) => {
    const { answer } = fieldsOf(value)
    if (answer === undefined) throw new TypeError("afterToolExecute must return nothing or { answer }")
    return { answer: changedAnswer(plugin, (input as ToolEnd).answer, answer) }
  },
  onSessionBeforeCompact: (value) => {
    const summary = text("the summary of onSessionBeforeCompact", fieldsOf(value).summary)
    return summary === undefined ? undefined : { summary }
  },
  onContextAccess: (value, input) => {
    const { messages } = input as { readonly messages: ReadonlyArray<ContextMessage> }
    return { messages: keptMessages(messages, value) }
  }
}

/**
 * @returns `undefined` when it says nothing; of an observer, whatever it says.
 * @throws TypeError saying what it must be.
 */
export const readResult = (hook: HookName, value: unknown, input: unknown, plugin: string): unknown =>
  value === undefined || value === null ? undefined : readers[hook]?.(value, input, plugin)
