/** A syntax tree as it stands: what of it is changed later on, and how it is brought back. */
import { aside, type File, isNode, namedTypes, type Statement } from "./syntax.ts"

export interface Snapshot {
  /** The nodes and lists of the tree that are not as they were; only those among the given ones, where some are. */
  readonly changed: (among?: ReadonlyArray<object>) => ReadonlyArray<object>
  /** Puts every field of these back. */
  readonly restore: (objects: ReadonlyArray<object>) => void
  /** The innermost block, or statement of a list, that stood around all of these; `undefined` when only the program did. */
  readonly statementAround: (objects: ReadonlyArray<object>) => Statement | undefined
}

interface Seen {
  readonly copy: object
  readonly holder: object | undefined
}

export const snapshotOf = (file: File): Snapshot => {
  const seen = new Map<object, Seen>()
  const look = (value: unknown, holder: object | undefined) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return
    seen.set(value, { copy: Array.isArray(value) ? [...value] : { ...value }, holder })
    for (const key in value) {
      const inner: unknown = Reflect.get(value, key)
      if (Array.isArray(value) || says(key, inner)) look(inner, value)
    }
  }
  look(file.program, undefined)
  const around = (object: object): ReadonlyArray<object> => {
    const chain: Array<object> = []
    for (let at: object | undefined = object; at !== undefined; at = seen.get(at)?.holder) chain.push(at)
    return chain
  }
  return {
    changed: (among = [...seen.keys()]) =>
      among.filter((object) => {
        const before = seen.get(object)?.copy
        return before !== undefined && (differs(object, before) || differs(before, object))
      }),
    restore: (objects) => {
      for (const object of objects) putBack(object, seen.get(object)?.copy)
    },
    statementAround: (objects) => {
      const [first = [], ...others] = objects.map(around)
      const shared = first.filter((object) => others.every((chain) => chain.includes(object)))
      const isListed = (object: object) => Array.isArray(seen.get(object)?.holder)
      return shared
        .filter((object) => namedTypes.Statement.check(object))
        .find((object) => isListed(object) || namedTypes.BlockStatement.check(object))
    }
  }
}

/** Whether something in one is not so in the other. */
const differs = (one: object, other: object): boolean => {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length !== other.length || one.some((inner, at) => inner !== other[at])
  for (const key in one) {
    const inner: unknown = Reflect.get(one, key)
    if (inner !== Reflect.get(other, key) && says(key, inner)) return true
  }
  return false
}

/** Whoever walks a tree with ast-types leaves fields behind that say what is so anyway. */
const says = (key: string, inner: unknown): boolean => {
  if (key === "expression" && typeof inner === "boolean") return false
  if (aside.has(key) && key !== "type") return false
  if (Array.isArray(inner)) return inner.length > 0
  return inner === true || typeof inner === "string" || typeof inner === "number" || isNode(inner)
}

const putBack = (object: object, copy: object | undefined): void => {
  if (Array.isArray(object) && Array.isArray(copy)) return void object.splice(0, object.length, ...copy)
  for (const key of Object.keys(object)) if (copy !== undefined && !(key in copy)) Reflect.deleteProperty(object, key)
  Object.assign(object, copy)
}
