/** A container that was never begun: `groups[key].push(x)` begins a list first, `counts[key].n = 1` an object. */
import { functionAround, namedTypes, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { codeOf, expressionOf, insertBefore, isListed, mayBracket, statementAround } from "./edit.ts"
import { calledName, declarationOf, swap } from "./kit.ts"
import { bareOf, fills, isInnermost, isPlain, readingAt, rootOf } from "./reading.ts"

/** What a method fills. */
const fillers: Readonly<Record<string, string>> = { push: "[]", unshift: "[]", add: "new Set()", set: "new Map()" }

const words: Readonly<Record<string, string>> = {
  "[]": "an empty list",
  "{}": "an empty object",
  "new Set()": "an empty set",
  "new Map()": "an empty map"
}

export const initContainer: Template = {
  name: "init-container",
  tier: "B",
  treats: ({ said, property }) =>
    said.startsWith("Cannot set properties of ") || (said.startsWith("Cannot read properties of ") && fills(property)),
  *propose(site) {
    const object = readingAt(site)?.object ?? assignedAt(site)
    const empty = object === undefined ? undefined : emptyFor(site)
    if (object === undefined || empty === undefined) return
    const bare = bareOf(object.node)
    yield* begun(object, empty)
    if (namedTypes.Identifier.check(bare)) yield* declared(object, bare.name, empty)
  }
}

/** The object whose property is assigned to at the failing position. */
const assignedAt = ({ at, ...site }: Site): NodePath | undefined => {
  if (!isInnermost({ at, ...site }) || !namedTypes.AssignmentExpression.check(at?.node)) return undefined
  return namedTypes.MemberExpression.check(at.node.left) ? at.get("left", "object") : undefined
}

const emptyFor = ({ failure: { said, property = "" } }: Site): string | undefined =>
  said.startsWith("Cannot set")
    ? /^\d+$/.test(property)
      ? "[]"
      : "{}"
    : Object.hasOwn(fillers, property)
      ? fillers[property]
      : undefined

/** In its own place: a member that can be assigned to, or an entry of a map. */
function* begun(object: NodePath, empty: string): Iterable<Proposed> {
  const node = bareOf(object.node)
  const statement = statementAround(object)
  const entry = entryOf(object)
  if (entry !== undefined && statement !== undefined && isListed(statement)) {
    const { map, key } = entry
    yield {
      what: `begins the entry ${key} of "${map}" with ${empty}`,
      apply: () => insertBefore(statement, `if (!${map}.has(${key})) ${map}.set(${key}, ${empty})`)
    }
    return
  }
  if (!namedTypes.MemberExpression.check(node) || !isPlain(node)) return
  const text = codeOf(node)
  const what = `begins "${text}" with ${empty}`
  // A key that is calculated is how entries are gathered; a name that is written down should have been there.
  const made = node.computed === true ? {} : { invents: `${words[empty]} stood in for "${text}"` }
  const isFirst = namedTypes.ExpressionStatement.check(statement?.node) && isListed(statement) && /^[\w$]/.test(text)
  if (isFirst) yield { what, ...made, apply: () => insertBefore(statement, `${text} ??= ${empty}`) }
  else if (mayBracket(object)) yield { what, ...made, apply: () => swap(object, expressionOf(`${text} ??= ${empty}`)) }
}

/** `map.get(key)` of plain names. */
const entryOf = ({ node }: NodePath): { readonly map: string; readonly key: string } | undefined => {
  const bare = bareOf(node)
  if (!namedTypes.CallExpression.check(bare) || calledName(bare) !== "get") return undefined
  const { callee, arguments: given } = bare
  const [key] = given
  if (!namedTypes.MemberExpression.check(callee) || !isPlain(callee.object) || key === undefined || !isPlain(key))
    return undefined
  return { map: codeOf(callee.object), key: codeOf(key) }
}

/** `const list = groups[key]`, and then `list.push(x)`: begun where it is fetched. */
function* declared(object: NodePath, name: string, empty: string): Iterable<Proposed> {
  const { node } = declarationOf(object, name) ?? {}
  const around = functionAround(object)
  const path = around === undefined ? undefined : nodesIn(around).find((one) => one.node === node)
  if (path === undefined || !namedTypes.VariableDeclarator.check(path.node)) return
  const init: NodePath = path.get("init")
  if (init.node !== path.node.init || init.node === null || rootOf(init.node) === name) return
  const bare = bareOf(init.node)
  if (entryOf(init) !== undefined) yield* begun(init, empty)
  else if (namedTypes.MemberExpression.check(bare) && bare.computed === true && isPlain(bare))
    yield {
      what: `begins "${codeOf(bare)}" with ${empty}`,
      apply: () => swap(init, expressionOf(`(${codeOf(bare)} ??= ${empty})`))
    }
}
