/** What hooks give, checked field by field: it comes from other people's code. */
import type { Allow, Ask, ContextMessage, Deny, Diagnosis, HookName, ToolEnd } from "../../plugins/hooks.ts"
import { changedAnswer } from "./hook-answer.ts"
import { keptMessages } from "./hook-context.ts"

/** What a guard says: that its words are missing is what `deny` could not be read from. */
export type Verdict = Deny | Ask | Allow | { readonly input: unknown }

/** What a guard of messages says. */
export type Admission = Deny | { readonly context: string }

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

/** Several words at once are none. */
const verdict = (value: unknown): Verdict => {
  const { deny, ask, allow, ...rest } = fieldsOf(value)
  const said = [deny, ask, allow].filter((word) => word !== undefined)
  const input = "input" in rest ? { input: rest.input } : {}
  if (said.length === 1) {
    if (isText(deny)) return { deny }
    if (isText(ask)) return { ask, ...input }
    if (isText(allow)) return { allow, ...input }
  }
  if ("input" in rest && said.length === 0) return { input: rest.input }
  throw new TypeError("beforeToolExecute must return nothing, { deny: why }, { ask: why }, { allow: why } or { input }")
}

const admission = (value: unknown): Admission | undefined => {
  const { deny, context } = fieldsOf(value)
  if (isText(deny) && context === undefined) return { deny }
  if (deny !== undefined || context === undefined)
    throw new TypeError("beforeUserMessage must return nothing, { deny: why } or { context: text }")
  const added = text("the context of beforeUserMessage", context)
  return added === undefined ? undefined : { context: added }
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
  beforeUserMessage: admission,
  beforeTurnEnd: (value) => {
    const goOn = text("what beforeTurnEnd says in goOn", fieldsOf(value).goOn)
    return goOn === undefined ? undefined : { goOn }
  },
  enhanceToolError: diagnosis,
  afterToolExecute: (value, input, plugin) => {
    const { answer } = fieldsOf(value)
    if (answer === undefined) throw new TypeError("afterToolExecute must return nothing or { answer }")
    return { answer: changedAnswer(plugin, (input as ToolEnd).answer, answer) }
  },
  onSessionBeforeCompact: (value) => {
    const { deny } = fieldsOf(value)
    if (isText(deny)) return { deny }
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
