/** Whatever was thrown, as data of bounded size, and an error made of it again on the other side of the wire. */
import { PortError } from "../../plugins/ports.ts"

export interface Thrown {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** Own properties that are no objects: `code`, `syscall`, `path`, … */
  readonly facts?: Readonly<Record<string, string | number | boolean>>
  /** What kind of port error it was. */
  readonly port?: PortError["kind"]
  readonly cause?: Thrown
}

/** Characters of a message or a stack; of any other text. */
const longest = { text: 16_384, fact: 1024 }
/** Causes of causes, and properties of one error. */
const most = { causes: 8, facts: 16 }

const isThing = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function"

/** Never throws: a getter or a Proxy may. */
const read = (from: object, key: string): unknown => {
  try {
    return Reflect.get(from, key)
  } catch {
    return undefined
  }
}

const cut = (text: string, limit: number): string =>
  text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text

const textAt = (from: object, key: string): string | undefined => {
  const value = read(from, key)
  return typeof value === "string" ? cut(value, longest.text) : undefined
}

/** Never throws itself, whatever it is given. */
export const dataOf = (thrown: unknown, depth = 0): Thrown => {
  if (!isThing(thrown)) return { name: "NonError", message: `threw ${show(thrown)}, which is no error` }
  const [message, whole, cause] = [textAt(thrown, "message"), textAt(thrown, "stack"), read(thrown, "cause")]
  const stack = whole === undefined ? undefined : withoutOurs(whole)
  const name = textAt(thrown, "name") || "Error"
  if (message === undefined) return { name: "NonError", message: `threw ${typeof thrown} that is no error` }
  return {
    name: cut(name, longest.fact),
    message,
    ...(stack === undefined ? {} : { stack }),
    ...factsOf(thrown),
    ...portKind(thrown),
    ...(isNothing(cause) || depth === most.causes ? {} : { cause: dataOf(cause, depth + 1) })
  }
}

/** Where the place's own code lies, as its address stands in stacks. */
const [ours = import.meta.url] = /^.*\/actors\/hosts\//.exec(import.meta.url) ?? []

/** Our part in it explains nothing to anybody. */
const withoutOurs = (stack: string): string =>
  stack
    .split("\n")
    .filter((line) => !line.includes(ours))
    .join("\n")

const isNothing = (value: unknown): boolean => value === undefined || value === null

const show = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(cut(value, longest.text)) : String(value)

const unsaid = new Set(["name", "message", "stack", "cause", "then", "toJSON", "__proto__", "constructor"])

const factsOf = (thrown: object): Pick<Thrown, "facts"> => {
  const facts = keysOf(thrown).flatMap((key): ReadonlyArray<[string, string | number | boolean]> => {
    const value = unsaid.has(key) || key.length > longest.fact ? undefined : read(thrown, key)
    if (typeof value === "string") return [[key, cut(value, longest.fact)]]
    return typeof value === "number" || typeof value === "boolean" ? [[key, value]] : []
  })
  return facts.length === 0 ? {} : { facts: Object.fromEntries(facts) }
}

const keysOf = (thing: object): ReadonlyArray<string> => {
  try {
    return Object.keys(thing).slice(0, most.facts)
  } catch {
    return []
  }
}

const kinds = ["permission_denied", "not_found", "invalid_arguments", "missing_dependency", "execution_error"] as const

/** By name, not by class: a plugin may have brought a copy of the class with it. */
const portKind = (thrown: object): Pick<Thrown, "port"> => {
  const kind = read(thrown, "name") === "PortError" ? kinds.find((one) => one === read(thrown, "kind")) : undefined
  return kind === undefined ? {} : { port: kind }
}

const natives = new Map<string, ErrorConstructor>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError].map((one) => [one.name, one])
)

/** A `PortError`, one of the language's own errors, or an `Error` with the name it had. */
export const errorOf = ({ name, message, stack, facts = {}, port, cause }: Thrown): Error => {
  const options = cause === undefined ? {} : { cause: errorOf(cause) }
  const error =
    port === undefined ? new (natives.get(name) ?? Error)(message, options) : new PortError(port, message, options)
  // Defined, not assigned: where the built-in objects are frozen, an assignment fails.
  const define = (key: string, value: unknown, enumerable: boolean) =>
    Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
  if (error.name !== name) define("name", name, false)
  define("stack", stack ?? `${name}: ${message}`, false)
  for (const [key, value] of Object.entries(facts)) if (!unsaid.has(key) && port === undefined) define(key, value, true)
  return error
}

/** @returns `undefined` when it is not what `dataOf` makes. */
export const readThrown = (value: unknown, depth = 0): Thrown | undefined => {
  if (!isThing(value) || depth > most.causes + 1) return undefined
  const { name, message, stack, facts, port, cause } = value as Record<string, unknown>
  if (typeof name !== "string" || typeof message !== "string") return undefined
  if (stack !== undefined && typeof stack !== "string") return undefined
  if (facts !== undefined && !isThing(facts)) return undefined
  if (port !== undefined && !kinds.some((kind) => kind === port)) return undefined
  if (cause !== undefined && readThrown(cause, depth + 1) === undefined) return undefined
  return value as Thrown
}
