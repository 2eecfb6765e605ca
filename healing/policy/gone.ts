/** Calls that can only throw, because Node has taken away what they call: leaving one out loses nothing. */
import util from "node:util"
import { namesOf } from "./rule.ts"
import { child, isCall, lastName, type Node } from "./tree.ts"

/** What `util` had to ask about a value, until Node 23. */
const asked = namesOf(`
  isArray isBoolean isBuffer isDate isError isFunction isNull isNullOrUndefined isNumber isObject isPrimitive isRegExp
  isString isSymbol isUndefined
`)

/** Of the module that everybody calls `util`, and only what the running Node really lacks. */
export const isGone = (node: Node): boolean => {
  const callee = isCall(node) ? child(node, "callee") : undefined
  const object = callee === undefined ? undefined : child(callee, "object")
  if (object?.type !== "Identifier" || lastName(object) !== "util") return false
  const name = lastName(callee)
  return asked.has(name) && typeof Reflect.get(util, name) !== "function"
}
