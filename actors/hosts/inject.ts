/** Puts a value where an attribute is missing: an own data property of one object, and nowhere else. */
import { isGate, isMeaningful } from "../../healing/patch/refused.ts"
import type { Injection, NeutralValue } from "../../healing/strategy.ts"
import { isHook } from "../../plugins/hooks.ts"
import type { ReadPlugin } from "./read-plugin.ts"

export type Injected = "injected" | "present" | "refused"

/** What the host reads of a plugin and of a tool. */
const read = new Set([
  "name",
  "description",
  "risk",
  "input",
  "tools",
  "hooks",
  "defaults",
  "version",
  "requires",
  "priority",
  "execute",
  "decode",
  "preview"
])

export const inject = ({ instance, written }: ReadPlugin, { target, key, value }: Injection): Injected => {
  if (typeof key !== "string" || isMeaningful(key) || isGate(key) || read.has(key) || isHook(key)) return "refused"
  const object = target.type === "plugin" ? instance : written(target.tool)
  if (object === undefined) return "refused"
  if (!isMissing(object, key)) return "present"
  const property = { value: made(value), writable: true, enumerable: true, configurable: true }
  return Reflect.defineProperty(object, key, property) ? "injected" : "refused"
}

/** Not there, or a class's field without a value. What is inherited or computed is there, whatever it says. */
const isMissing = (object: object, key: string): boolean => {
  if (!(key in object)) return true
  const property = Object.getOwnPropertyDescriptor(object, key)
  return property !== undefined && "value" in property && property.value === undefined && property.configurable === true
}

const made = (value: NeutralValue): unknown => {
  switch (value.kind) {
    case "list":
      return []
    case "record":
      return {}
    case "map":
      return new Map()
    case "set":
      return new Set()
    case "count":
      return 0
    case "text":
      return ""
    case "noop":
      return () => undefined
    case "json":
      return structuredClone(value.value)
    default:
      return undefined
  }
}
