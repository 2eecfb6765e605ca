/** What plugins give to their store, checked: keys that can be found again, values that come back as they were. */
import { PortError } from "../../plugins/ports.ts"

/** Characters of a key. */
const longestKey = 256
/** Bytes of a value as JSON. */
const mostBytes = 1024 * 1024

const refuse = (message: string): never => {
  throw new PortError("invalid_arguments", message)
}

/** @throws PortError for what cannot be a key. */
export const checkedKey = (key: unknown): string => {
  if (typeof key !== "string") return refuse(`a key of the store must be a text, not ${typeof key}`)
  if (key === "" || key.length > longestKey)
    return refuse(`a key of the store has 1 to ${longestKey} characters, not ${key.length}`)
  // Half a surrogate pair would become another key on its way into the file.
  return key.isWellFormed() ? key : refuse("a key of the store must be well-formed Unicode")
}

/** @throws PortError for what JSON does not know, or would silently change, and for what is too large. */
export const toStored = (key: string, value: unknown): string => {
  const named = `the value of ${JSON.stringify(key)}`
  if (value === undefined) return refuse(`${named} is undefined; to remove it, call delete`)
  const json = written(named, value)
  const bytes = Buffer.byteLength(json)
  if (bytes <= mostBytes) return json
  return refuse(`${named} has ${bytes} bytes as JSON; a note has at most ${mostBytes}: keep long texts in a file`)
}

const written = (named: string, value: unknown): string => {
  try {
    return JSON.stringify(value, function (this: unknown, at: string) {
      // What stands there, before a `toJSON` makes something else of it.
      const one: unknown = Reflect.get(Object(this), at)
      const problem = notJson(one, Array.isArray(this))
      if (problem !== undefined) refuse(`${named} must be plain JSON, but ${at === "" ? "it" : at} is ${problem}`)
      return one
    })
  } catch (error) {
    if (error instanceof PortError) throw error
    // A circle, or deeper than the stack.
    return refuse(`${named} cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** @returns what it is, when JSON does not know it. A property that is undefined counts as absent, as everywhere in JSON. */
const notJson = (value: unknown, inList: boolean): string | undefined => {
  if (value === undefined) return inList ? "undefined" : undefined
  if (typeof value === "number") return Number.isFinite(value) ? undefined : String(value)
  if (value === null || typeof value === "string" || typeof value === "boolean" || Array.isArray(value))
    return undefined
  if (typeof value !== "object") return `a ${typeof value}`
  const prototype: unknown = Object.getPrototypeOf(value)
  // A plain object of another realm has a prototype without one of its own, too.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined
  return `an instance of ${value.constructor?.name ?? "a class"}`
}
