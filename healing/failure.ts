/** Reads whatever was thrown into what it means: for the model that called the tool, and for the strategies that mend it. */
import { inspect, stripVTControlCharacters } from "node:util"
import { frameOf } from "./frame.ts"
import { type Fact, type FailureClass, signatures, unknownSignature } from "./signature.ts"

export type { FailureClass } from "./signature.ts"

export interface Failure {
  /** What went wrong, finer than the class: see signature.ts. */
  readonly kind: string
  readonly errorClass: FailureClass
  /** That the tool failed and how, that its state is unknown, and what to do now. */
  readonly message: string
  /** What may help with this kind of failure. */
  readonly hint?: string
  /** First place outside Node's own code, `file:line:column`; without a column when it is a file that could not be read. */
  readonly frame?: string
}

/** Characters of a foreign text that are passed on: it may be a page long, and the model pays for it. */
const longestText = 2000

/** Most causes of causes that are looked at. */
const deepest = 8

/**
 * Diagnoses a thrown value. Never throws itself, whatever it is given.
 *
 * @example
 * diagnose(new TypeError("Cannot read properties of undefined (reading 'x')")).kind // "undefined_access"
 */
export const diagnose = (error: unknown): Failure => {
  const facts = chainOf(error).map(factOf)
  const [outer] = facts
  // What is deepest knows most: `fetch failed` says nothing, its cause says ECONNREFUSED.
  const found = facts.toReversed().flatMap((fact) => signatures.find((one) => one.matches(fact)) ?? [])[0]
  const { kind, errorClass, hint } = found ?? unknownSignature
  const frame = facts.map(({ stack }) => frameOf(stack)).find((one) => one !== undefined)
  const place = frame === undefined ? "" : ` at ${frame}`
  const message = `the tool's own code failed with ${describe(error, outer)}${place}; what it had done before is not known, so look before you call it again or go another way`
  return { kind, errorClass, message, hint, ...(frame === undefined ? {} : { frame }) }
}

/** The error, its cause, that one's cause; of several errors in one, the first. */
const chainOf = (error: unknown): ReadonlyArray<unknown> => {
  const chain: Array<unknown> = []
  for (let next = error; isThing(next) && !chain.includes(next) && chain.length < deepest;) {
    chain.push(next)
    const errors = read(next, "errors")
    next = read(next, "cause") ?? (isThing(errors) ? read(errors, "0") : undefined)
  }
  return chain
}

const factOf = (value: unknown): Fact => ({
  name: text(read(value, "name")),
  code: text(read(value, "code")),
  call: text(read(value, "syscall")),
  message: text(read(value, "message")),
  stack: text(read(value, "stack"))
})

const describe = (error: unknown, outer: Fact | undefined): string => {
  if (outer === undefined || outer.message + outer.name === "") return `a thrown ${clean(show(error))}`
  const code = outer.code === "" || outer.message.includes(outer.code) ? "" : ` (${outer.code})`
  return clean(`${outer.name || "an error"}: ${outer.message}${code}`)
}

/** Foreign text on one line, of limited length, without anything that steers a terminal. */
const clean = (foreign: string): string => {
  const cut = foreign.length > longestText ? `${foreign.slice(0, longestText)}…` : foreign
  return stripVTControlCharacters(cut)
    .replace(/\s*[\p{Cc}\p{Zl}\p{Zp}]+\s*/gu, " ")
    .toWellFormed()
    .trim()
}

const isThing = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function"

const text = (value: unknown): string => (typeof value === "string" ? value : "")

/** A property, of an object that may fight back: a getter or a proxy that throws counts as nothing. */
const read = (value: unknown, key: string): unknown => {
  try {
    return isThing(value) ? Reflect.get(value, key) : undefined
  } catch {
    return undefined
  }
}

const show = (value: unknown): string => {
  try {
    const options = { depth: 1, breakLength: Infinity, customInspect: false, maxArrayLength: 10, maxStringLength: 500 }
    return `${typeof value} ${inspect(value, options)}`
  } catch {
    return `${typeof value} that cannot be shown`
  }
}
