/** A syntax tree as it stands: what of it is changed later on, and how it is brought back. */
import { type ASTNode, aside, type File, isNode, namedTypes } from "./syntax.ts"

export interface Snapshot {
  /** The nodes and lists of the tree that are not as they were; only those among the given ones, where some are. */
  readonly changed: (among?: ReadonlyArray<object>) => ReadonlyArray<object>
  /** Puts every field of these back. */
  readonly restore: (objects: ReadonlyArray<object>) => void
  /** The innermost statement that stood around all of these; `undefined` when only the program did. */
  readonly statementAround: (objects: ReadonlyArray<object>) => ASTNode | undefined
}

interface Seen {
  readonly copy: object
  readonly fields: ReadonlyArray<readonly [string, unknown]>
  readonly holder: object | undefined
}

export const snapshotOf = (file: File): Snapshot => {
  const seen = new Map<object, Seen>()
  const look = (value: unknown, holder: object | undefined) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return
    const fields = fieldsOf(value)
    seen.set(value, { copy: Array.isArray(value) ? [...value] : { ...value }, fields, holder })
    for (const [, inner] of fields) look(inner, value)
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
        const before = seen.get(object)?.fields
        return before !== undefined && !isAs(object, before)
      }),
    restore: (objects) => {
      for (const object of objects) putBack(object, seen.get(object)?.copy)
    },
    statementAround: (objects) => {
      const [first = [], ...others] = objects.map(around)
      const shared = first.filter((object) => others.every((chain) => chain.includes(object)))
      return shared.find((object) => namedTypes.Statement.check(object))
    }
  }
}

const isAs = (object: object, before: Seen["fields"]): boolean =>
  fieldsOf(object).length === before.length && before.every(([key, inner]) => Reflect.get(object, key) === inner)

/** Those that say something: whoever walks a tree with ast-types leaves fields behind that say what is so anyway. */
const fieldsOf = (value: object): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(value).filter(([key, inner]) => {
    if (Array.isArray(value)) return true
    if (key === "expression" && typeof inner === "boolean") return false
    if (Array.isArray(inner)) return inner.length > 0 && !aside.has(key)
    return (!aside.has(key) || key === "type") && (inner === true || isNode(inner) || /^[sn]/.test(typeof inner))
  })

const putBack = (object: object, copy: object | undefined): void => {
  if (Array.isArray(object) && Array.isArray(copy)) return void object.splice(0, object.length, ...copy)
  for (const key of Object.keys(object)) if (copy !== undefined && !(key in copy)) Reflect.deleteProperty(object, key)
  Object.assign(object, copy)
}
