/** What an answer is worth when something broke on the way: the states and their words, and which answers are honest about theirs. */
import { stripVTControlCharacters } from "node:util"
import { type Advice, type Answer, type ErrorClass, type Outcome, refuse } from "./tool.ts"

export interface OutcomeWords {
  readonly code: "S0" | "S1" | "S2" | "S3" | "SX"
  /** For people. */
  readonly word: string
  /** One line: what the state says of an answer. */
  readonly meaning: string
}

export const outcomes: Readonly<Record<Outcome, OutcomeWords>> = {
  contained: { code: "S0", word: "contained", meaning: "it failed, in time and honestly, and harmed nothing else" },
  degraded: { code: "S1", word: "degraded", meaning: "it answered, and names what was skipped, invented or stubbed" },
  provisional: { code: "S2", word: "provisional", meaning: "repaired code answered, on probation and undoable" },
  healed: {
    code: "S3",
    word: "healed",
    meaning: "repaired code answered, and passes the tool's own examples or tests"
  },
  false_heal: { code: "SX", word: "false heal", meaning: "it was called sound or repaired, and that was not true" }
}

/** An answer, or what a conversation tells of one. */
export type ToldAnswer = Omit<Answer, "errorClass"> & { readonly errorClass?: string }

export const isOutcome = (value: unknown): value is Outcome =>
  typeof value === "string" && Object.hasOwn(outcomes, value)

/** What an answer says it lost, a line each. Plugin code may have put anything there. */
export const lossesOf = ({ degraded }: Pick<Answer, "degraded">): ReadonlyArray<string> => {
  const losses: unknown = degraded
  return Array.isArray(losses) ? losses.map((loss) => (isText(loss) ? oneLine(loss) : "")).filter(isText) : []
}

/** What is taken of advice: other plugins wrote it, and the model pays for it. Lengths in characters. */
const adviceLimits = { plugins: 8, diagnosis: 500, fixes: 5, fix: 300 }

/** What plugins say of a failure, checked and cut, the one asked first before the others. Plugin code may have put anything there. */
export const adviceOf = ({ advice }: Pick<Answer, "advice">): ReadonlyArray<Advice> => {
  const said: ReadonlyArray<unknown> = Array.isArray(advice) ? advice : []
  const read = said.slice(0, adviceLimits.plugins).map((one): Advice => {
    const { plugin, diagnosis, fixes } = (typeof one === "object" && one !== null ? one : {}) as Readonly<
      Record<keyof Advice, unknown>
    >
    const lines: ReadonlyArray<unknown> = Array.isArray(fixes) ? fixes.slice(0, adviceLimits.fixes) : []
    return {
      plugin: lineOf(plugin, 64),
      diagnosis: lineOf(diagnosis, adviceLimits.diagnosis),
      fixes: lines.map((fix) => lineOf(fix, adviceLimits.fix)).filter(isText)
    }
  })
  return read.filter(({ diagnosis, fixes }) => diagnosis !== "" || fixes.length > 0)
}

const lineOf = (value: unknown, limit: number): string => {
  const line = isText(value) ? oneLine(value.slice(0, 4 * limit)) : ""
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`
}

const errorClasses: Readonly<Record<ErrorClass, true>> = {
  missing_dependency: true,
  permission_denied: true,
  invalid_arguments: true,
  invalid_json_args: true,
  network_timeout: true,
  skill_workflow_error: true,
  not_found: true,
  cancelled: true,
  interrupted: true,
  execution_error: true
}

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === "string" && Object.hasOwn(errorClasses, value)

/** A failure says of which class it is, one of those that models may react to; what says nothing of it just failed. */
export const classified = (answer: Answer): Answer =>
  answer.success || isErrorClass(answer.errorClass) ? answer : { ...answer, errorClass: "execution_error" }

/**
 * The state to show: the one it claims or a lower one, never a higher one. An answer is worth its worst part, and a state
 * that nobody knows is worth nothing.
 */
export const stateOf = (answer: ToldAnswer): Outcome | undefined => {
  const { outcome } = answer
  if (outcome !== undefined && !isOutcome(outcome)) return "false_heal"
  const claimsMore = outcome === undefined || outcome === "provisional" || outcome === "healed"
  return claimsMore && lossesOf(answer).length > 0 ? "degraded" : outcome
}

/** It went well, as far as it may be believed. */
export const succeeded = (answer: ToldAnswer): boolean => {
  const state = stateOf(answer)
  return answer.success && state !== "contained" && state !== "false_heal"
}

/** The state in a few words for people, `contained, execution_error` or `healed, seam s1`; `undefined` when nothing broke. */
export const labelOf = (answer: ToldAnswer): string | undefined => {
  const state = stateOf(answer)
  if (state === undefined) return undefined
  const { errorClass, seam } = answer
  const parts = [outcomes[state].word, succeeded(answer) ? "" : errorClass, isText(seam) ? `seam ${seam}` : ""]
  return oneLine(parts.filter(isText).join(", "))
}

/** @returns how an answer contradicts itself, `undefined` when it does not. */
export const flawOf = (answer: Answer): string | undefined => {
  const { success, outcome, degraded, seam, error }: Unchecked = answer
  if (degraded !== undefined && !(Array.isArray(degraded) && degraded.every(isText)))
    return "what it lost is not a list of lines"
  if (seam !== undefined && !isText(seam)) return "its seam is no id"
  if (outcome === undefined && seam !== undefined) return "a repair stands behind it, and it does not say of what worth"
  if (outcome !== undefined && !isOutcome(outcome)) return "the state it claims is none"
  if (success && isText(error) && stateOf(answer) !== "degraded")
    return "it calls itself a success and carries an error"
  return outcome === undefined ? undefined : unfounded[outcome](answer)
}

/** The fields as they may be: an answer can come from code that knows no types. */
type Unchecked = { readonly [Field in keyof Answer]: unknown }

/** Why an answer may not claim the state it claims. */
const unfounded: Readonly<Record<Outcome, (answer: Answer) => string | undefined>> = {
  contained: ({ success, errorClass }) =>
    success
      ? "it calls itself contained, which is a failure, and a success"
      : errorClass === undefined
        ? "it calls itself contained and has no error class"
        : undefined,
  degraded: (answer) => (lossesOf(answer).length === 0 ? "it calls itself degraded and names no loss" : undefined),
  provisional: ({ seam }) => (seam === undefined ? "it calls itself provisional and names no seam" : undefined),
  healed: ({ seam }) => (seam === undefined ? "it calls itself healed and names no seam" : undefined),
  false_heal: ({ success }) => (success ? "it is known to be untrue and calls itself a success" : undefined)
}

/**
 * The answer as the host may pass it on: one that contradicts itself becomes a failure, without the data that nobody can
 * vouch for; one that names losses is in no better state than degraded.
 */
export const honest = (answer: Answer): Answer => {
  const flaw = flawOf(answer)
  const state = stateOf(answer)
  if (flaw === undefined) return state === answer.outcome ? answer : { ...answer, outcome: state }
  const { error, seam, summary }: Unchecked = answer
  const said = [error, summary].find(isText)
  const told = `the answer contradicts itself (${flaw}) and was discarded; what the call did is not known, so look before you call it again`
  const losses = lossesOf(answer)
  return {
    ...refuse("execution_error", said === undefined ? told : `${told}\nIt said: ${said}`),
    outcome: "false_heal",
    ...(losses.length === 0 ? {} : { degraded: losses }),
    ...(isText(seam) ? { seam } : {})
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== ""

/** Without anything that steers a terminal. */
const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .trim()
