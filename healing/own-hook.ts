/** How a hook may be found on a plugin: where its author wrote it, and nowhere else. Runs none of the plugin's code. */

export type OwnHook =
  | { readonly type: "present"; readonly hook: (input: unknown) => unknown }
  | { readonly type: "absent" }
  /** Something is there that must not be called, or cannot be. `reason` completes "the hook start …". */
  | { readonly type: "refused"; readonly reason: string }

/**
 * A hook is a method: a property with a function as its value, on the instance itself or on a class of the author's own
 * that it comes from. Not a getter, whose reading may do anything; not something that stands on `Object.prototype` or on
 * another of the language's own, where nobody puts a hook but by pollution.
 */
export const ownHook = (instance: object, name: string): OwnHook => {
  for (let at: object | null = instance; at !== null; at = Object.getPrototypeOf(at)) {
    if (at !== instance && isOfTheLanguage(at)) return { type: "absent" }
    const property = Object.getOwnPropertyDescriptor(at, name)
    if (property === undefined) continue
    if (!("value" in property)) return { type: "refused", reason: "is a getter; write it as a method" }
    if (property.value === undefined) return { type: "absent" }
    if (isFunction(property.value)) return { type: "present", hook: property.value }
    return { type: "refused", reason: `must be a function, not ${typeof property.value}` }
  }
  return { type: "absent" }
}

const isFunction = (value: unknown): value is (input: unknown) => unknown => typeof value === "function"

/** `Object.prototype` of whatever realm, which has nothing above it, and the prototype of any native class. */
const isOfTheLanguage = (prototype: object): boolean => {
  if (Object.getPrototypeOf(prototype) === null) return true
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value
  return isFunction(maker) && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(maker))
}
