/** When two outcomes are the same, and what an outcome says of itself. */
import { isDeepStrictEqual } from "node:util"
import type { Code } from "../code.ts"
import type { Failure } from "../failure.ts"
import type { Use } from "../tape.ts"
import type { Outcome } from "../trial.ts"

/** The same bug: of one kind, on one property. Places move with every repair and say nothing. */
export const isSameFailure = (one: Failure, other: Failure): boolean =>
  one.kind === other.kind &&
  one.errorClass === other.errorClass &&
  one.name === other.name &&
  one.property === other.property

export const isSameOutcome = (one: Outcome, other: Outcome): boolean => {
  if (one.type === "answered" && other.type === "answered")
    return isDeepStrictEqual(answerOf(one.answer), answerOf(other.answer)) && areSameEffects(one.effects, other.effects)
  if (one.type === "threw" && other.type === "threw")
    return isSameFailure(one.failure, other.failure) && areSameEffects(one.effects, other.effects)
  if (one.type === "ended" && other.type === "ended") return one.failure.kind === other.failure.kind
  return one.type === "refused" && other.type === "refused"
}

/** Without what people alone see. */
const answerOf = ({ summary: _, ...answer }: Readonly<Record<string, unknown>>) => answer

const areSameEffects = (some: ReadonlyArray<Use>, others: ReadonlyArray<Use>): boolean =>
  isDeepStrictEqual(some.map(doneBy), others.map(doneBy))

const doneBy = ({ port, args, error }: Use) => ({ port, args, failed: error?.kind })

export const failureOf = (outcome: Outcome): Failure | undefined =>
  outcome.type === "threw" || outcome.type === "ended" ? outcome.failure : undefined

const native = /^(TypeError|ReferenceError|RangeError|SyntaxError|URIError|AssertionError)$/

/**
 * Whether code failed by accident. What it throws itself, on purpose, is its way to say no, and no repair of a crash may
 * turn that into an answer.
 */
export const isCrash = (outcome: Outcome, code: Code): boolean => {
  if (outcome.type === "ended") return true
  if (outcome.type !== "threw") return false
  const { failure } = outcome
  if (failure.kind === "broken_promise" || failure.code === "ERR_BROKEN_PROMISE") return true
  const [top] = failure.frames
  const line = top === undefined ? undefined : code.read(top.file)?.split("\n")[top.line - 1]
  if (line !== undefined && /\bthrow\b/.test(line)) return false
  return native.test(failure.name) || (failure.code ?? "") !== ""
}

/** Nothing in it: no text, no number but 0, no list with something in it. */
export const isEmpty = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true
  if (typeof value === "string") return value.trim() === "" || /^(0|null|false|\[\]|\{\})$/.test(value.trim())
  if (typeof value !== "object") return false
  return Object.values(value).every(isEmpty)
}

/** It shows a value that is not there, or no number. */
export const isGarbled = (value: unknown, depth = 0): boolean => {
  if (typeof value === "string") return /\b(undefined|NaN|Infinity)\b|\[object \w+\]/.test(value)
  if (typeof value === "number") return !Number.isFinite(value)
  if (typeof value !== "object" || value === null || depth > 6) return false
  return Object.values(value).some((one) => isGarbled(one, depth + 1))
}

/** What an answer says, success or not. */
export const saidBy = ({ data, error }: Readonly<Record<string, unknown>>): unknown => data ?? error
