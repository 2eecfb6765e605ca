/** Names that the language and Node give: members of built-in things, globals, exports of built-in modules. */
import { builtinModules } from "node:module"

const membersOf = (value: object): ReadonlyArray<string> =>
  Object.getOwnPropertyNames(value).filter((name) => !/^(constructor|caller|callee|arguments|__.*)$/.test(name))

const kinds = [Array, String, Map, Set, Promise, Date, RegExp, Number, Object, URL, URLSearchParams, Response, Headers]

/** Members of the values that a built-in constructor makes. */
export const instanceMembers: ReadonlySet<string> = new Set(
  [...kinds, Buffer, Function, Error].flatMap((kind) => membersOf(kind.prototype))
)

/** Members of what a global name stands for: `stringify` of `JSON`. */
export const globalMembers = (name: string): ReadonlyArray<string> => {
  const value: unknown = Reflect.get(globalThis, name)
  const isThing = (typeof value === "object" && value !== null) || typeof value === "function"
  // Reading `process` and the like by their names does nothing; the values themselves are not touched.
  return isThing ? membersOf(value).filter((member) => !/^(length|name|prototype)$/.test(member)) : []
}

export const globalNames: ReadonlyArray<string> = Object.getOwnPropertyNames(globalThis)

/** Names that a built-in module exports; nothing for one that is not built in. */
export const builtinExports = (specifier: string): ReadonlyArray<string> => {
  const name = specifier.replace(/^node:/, "")
  if (!builtinModules.includes(name)) return []
  const module: unknown = process.getBuiltinModule(name)
  return typeof module === "object" || typeof module === "function" ? Object.keys(module ?? {}) : []
}
