/** What a plugin says its attributes are when they are missing: written down in its code, or in its package. */
import type { Code } from "../code.ts"
import { keyOf, namedTypes as n, type NodePath, textOf } from "../syntax.ts"
import { bare, listed } from "./attribute.ts"
import { type Holder, memberOf, membersOf } from "./owner.ts"

/** A plain value in a box, so that `null` and nothing differ. */
export interface Declared {
  readonly value: unknown
}

/** @returns `undefined` when nothing is declared, or not as plain JSON. */
export const declaredDefault = (key: string, holders: ReadonlyArray<Holder>, code: Code): Declared | undefined => {
  for (const { path } of holders) {
    const defaults = memberOf(path, "defaults")
    const object = defaults === undefined ? undefined : bare(defaults.get("value"))
    if (!n.ObjectExpression.check(object?.node) || object === undefined) continue
    const property = membersOf(object).find(({ node }) => keyOf(node) === key)
    if (property !== undefined) return literal(property.get("value"))
  }
  const manifest = record(code.manifest()?.["kintsugi"])
  const defaults = record(manifest?.["defaults"])
  return defaults !== undefined && Object.hasOwn(defaults, key) ? { value: defaults[key] } : undefined
}

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined

/** The value of an expression that is written out. */
const literal = (path: NodePath): Declared | undefined => {
  const inner = bare(path)
  const { node } = inner
  const text = textOf(node)
  if (text !== undefined) return { value: text }
  if (n.NumericLiteral.check(node) || n.BooleanLiteral.check(node)) return { value: node.value }
  if (n.NullLiteral.check(node)) return { value: null }
  if (n.UnaryExpression.check(node) && node.operator === "-" && n.NumericLiteral.check(node.argument))
    return { value: -node.argument.value }
  if (n.ArrayExpression.check(node)) {
    const items = listed(inner.get("elements")).map(literal)
    return items.every((one) => one !== undefined) ? { value: items.map(({ value }) => value) } : undefined
  }
  if (!n.ObjectExpression.check(node)) return undefined
  const entries = membersOf(inner).map((one) => {
    const [key, value] = [keyOf(one.node), n.ObjectProperty.check(one.node) ? literal(one.get("value")) : undefined]
    return key === undefined || key === "__proto__" || value === undefined ? undefined : ([key, value.value] as const)
  })
  return entries.every((one) => one !== undefined) ? { value: Object.fromEntries(entries) } : undefined
}
