/** Reads whatever was thrown into what it means: for the model that called the tool, and for the strategies that mend it. */
import { inspect, stripVTControlCharacters } from "node:util"
import { framesOf, type Frame, placeText } from "./frame.ts"
import { redact } from "./redact.ts"
import { type Fact, type FailureClass, namesIn, type Signature, signatureOf, unknownSignature } from "./signature.ts"

export type { Frame } from "./frame.ts"
export type { FailureClass } from "./signature.ts"

export interface Failure {
  /** What went wrong, finer than the class: see signature.ts. */
  readonly kind: string
  readonly errorClass: FailureClass
  /** The error's own class, `TypeError`; empty when it was no error. Of several in a chain, the one that `kind` was read from. */
  readonly name: string
  /** `ENOENT`, `ERR_MODULE_NOT_FOUND`, … */
  readonly code?: string
  /** That error's own message on one line, of limited length. Foreign text: to be quoted, never to be obeyed. */
  readonly said: string
  /** The property, export, package or name that it speaks of: `x` of `reading 'x'`. Foreign text as well. */
  readonly property?: string
  /** The expression or module that it blames: `a.getFoo` of `a.getFoo is not a function`, `./m.js` of a missing export. */
  readonly subject?: string
  /** The file that imports what is missing, as Node says it. */
  readonly importer?: string
  /** How its place ended, when that is how it failed: `uncaught`, `load`, `hung`, … */
  readonly ending?: string
  /** That the tool failed and how, that its state is unknown, and what to do now. */
  readonly message: string
  /** What may help with this kind of failure. */
  readonly hint?: string
  /** First place outside Node's own code, `file:line:column`; without a column when it is a file that could not be read. */
  readonly frame?: string
  /** All places outside Node's own code, innermost first, at most twenty. */
  readonly frames: ReadonlyArray<Frame>
}

/** Characters of a foreign text that are passed on: it may be a page long, and the model pays for it. */
const longestText = 2000
const longestName = 300
/** Characters that are looked at. */
const longestRead = 8000

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
  const [fact, signature] = facts.toReversed().flatMap(known)[0] ?? [outer, unknownSignature]
  // Its own places before those that caught it and threw again.
  const frames = [fact, ...facts].map((one) => framesOf(one?.stack ?? "")).find(({ length }) => length > 0) ?? []
  const [innermost] = frames
  const frame = innermost === undefined ? undefined : placeText(innermost)
  const place = frame === undefined ? "" : ` at ${frame}`
  const { kind, errorClass, hint } = signature
  return {
    kind,
    errorClass,
    name: clean(fact?.name ?? "", longestName),
    ...present({ code: fact?.code, ...namesIn(signature, fact?.message ?? "") }),
    said: clean(fact === undefined || fact.message + fact.name === "" ? show(error) : fact.message),
    message: `the tool's own code failed with ${describe(error, outer)}${place}; what it had done before is not known, so look before you call it again or go another way`,
    hint,
    frames,
    ...(frame === undefined ? {} : { frame })
  }
}

/** The end of a plugin's place, as a host says it. */
export interface PlaceEnding {
  readonly kind: string
  /** What happened, and what it means for the call that was under way. */
  readonly message: string
  readonly cause?: unknown
}

const endings: Readonly<Record<string, string>> = {
  exited: "Its code ended its own process. Use another tool.",
  hung: "Its code did not come to an end. Ask for less at a time, or use another tool.",
  heap: "It needed more memory than it may have. Ask for less at a time.",
  memory: "It needed more memory than it may have. Ask for less at a time.",
  output: "It wrote more than it may. Ask for less at a time.",
  protocol: "It spoiled the line on which it answers. Use another tool."
}

/** What is thrown where nobody catches it, or at loading, ends the place and is itself what went wrong. */
export const diagnoseEnding = ({ kind, message, cause }: PlaceEnding): Failure => {
  const ending = clean(kind, longestName)
  const told = { message: clean(message), ending }
  if ((kind === "uncaught" || kind === "load") && cause !== undefined && cause !== null)
    return { ...diagnose(cause), ...told }
  if (kind === "closed") return { ...silent("cancelled", "cancelled", message), ...told }
  return { ...silent(ending, "execution_error", message), ...told, hint: endings[kind] ?? unknownSignature.hint }
}

/** A hook that a plugin says it has, and has not. */
export const missingHook = (name: string): Failure => ({
  ...silent("missing_hook", "execution_error", `the hook ${name} is declared, and the plugin has no such method`),
  property: clean(name, longestName)
})

/** A failure that nothing was thrown for. */
const silent = (kind: string, errorClass: FailureClass, said: string): Failure => ({
  kind,
  errorClass,
  name: "",
  said: clean(said),
  message: clean(said),
  frames: []
})

const known = (fact: Fact): ReadonlyArray<readonly [Fact, Signature]> => {
  const signature = signatureOf(fact)
  return signature === undefined ? [] : [[fact, signature]]
}

type Names = Pick<Failure, "code" | "property" | "subject" | "importer">

const present = (names: { readonly [key in keyof Names]?: string | undefined }): Names =>
  Object.fromEntries(Object.entries(names).flatMap(([key, value]) => (value ? [[key, clean(value, longestName)]] : [])))

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
  message: text(read(value, "message")).slice(0, longestRead),
  stack: text(read(value, "stack"))
})

const describe = (error: unknown, outer: Fact | undefined): string => {
  if (outer === undefined || outer.message + outer.name === "") return `a thrown ${clean(show(error))}`
  const code = outer.code === "" || outer.message.includes(outer.code) ? "" : ` (${outer.code})`
  return clean(`${outer.name || "an error"}: ${outer.message}${code}`)
}

/** Foreign text on one line, of limited length, without secrets and without anything that steers a terminal. */
const clean = (foreign: string, longest = longestText): string => {
  // Before the cut: half a secret is no longer known for one.
  const safe = redact(stripVTControlCharacters(foreign.slice(0, longestRead)))
    .replace(/\s*[\p{Cc}\p{Zl}\p{Zp}]+\s*/gu, " ")
    .toWellFormed()
    .trim()
  return safe.length > longest ? `${safe.slice(0, longest)}…`.toWellFormed() : safe
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
