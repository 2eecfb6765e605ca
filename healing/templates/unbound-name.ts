/** Proposals for a name that is bound to nothing: `fooBar is not defined`. */
import { builders as b, keyOf, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Proposed, Site } from "../template.ts"
import { around, inFunction, insert, namesInScope, paramsOf, put, swap } from "./kit.ts"
import { globalNames } from "./known-names.ts"
import { nearest } from "./nearness.ts"

export function* unboundName(site: Site): Generator<Proposed> {
  const { property: name } = site.failure
  if (name === undefined || site.at === undefined) return
  const uses = inFunction(site, (node) => n.Identifier.check(node) && node.name === name).filter(isUse)
  const at = uses.find(({ node }) => node === site.at?.node) ?? uses[0]
  if (at === undefined) return
  yield* fromInput(at, name, site)
  const scope = namesInScope(at)
  const rest = globalNames.filter((one) => !/^[A-Z]{2,}_|^_/.test(one))
  for (const other of nearest(name, [...scope.map((one) => one.name), ...rest]))
    yield { what: `uses "${other}" where "${name}" stood`, apply: () => renameAll(uses, other) }
  if (membersAround(at).has(name))
    yield {
      what: `uses this.${name} where ${name} stood`,
      apply: () => renameWith(uses, () => b.memberExpression(b.thisExpression(), b.identifier(name)))
    }
}

/** Not the name of a member or a key, and not where a name is bound. */
const isUse = ({ node, parent, name }: NodePath): boolean => {
  const holder = parent?.node
  if (holder === undefined) return false
  if (n.MemberExpression.check(holder) || n.OptionalMemberExpression.check(holder))
    return name !== "property" || holder.computed === true
  if (n.ObjectProperty.check(holder)) return holder.value === node
  return (
    !(n.ObjectMethod.check(holder) || n.ClassMethod.check(holder) || n.ClassProperty.check(holder)) || name !== "key"
  )
}

const renameWith = (uses: ReadonlyArray<NodePath>, make: () => unknown) => {
  const undos = uses.map((use) => {
    const holder = use.parent?.node
    const shorthand =
      n.ObjectProperty.check(holder) && holder.shorthand === true ? put(holder, "shorthand", false) : undefined
    const undo = swap(use, make())
    return () => {
      undo()
      shorthand?.()
    }
  })
  return () => undos.toReversed().forEach((undo) => undo())
}

const renameAll = (uses: ReadonlyArray<NodePath>, other: string) => renameWith(uses, () => b.identifier(other))

/** A field of the tool's input that nobody took out of it. */
function* fromInput(at: NodePath, name: string, site: Site): Generator<Proposed> {
  if (!site.inputNames.includes(name)) return
  const fn = around(at).find(({ node }) => n.Function.check(node) && isExecute(node, around(at)))
  const [first] = paramsOf(fn)
  if (n.ObjectPattern.check(first)) {
    const property = b.objectProperty(b.identifier(name), b.identifier(name))
    property.shorthand = true
    yield {
      what: `takes "${name}" from the input`,
      apply: () => insert(first.properties, first.properties.length, property)
    }
  }
  if (n.Identifier.check(first))
    yield {
      what: `reads ${first.name}.${name} where ${name} stood`,
      apply: () => renameWith([at], () => b.memberExpression(b.identifier(first.name), b.identifier(name)))
    }
}

const isExecute = (node: unknown, chain: ReadonlyArray<NodePath>): boolean =>
  keyOf(node) === "execute" ||
  chain.some((one) => "value" in one.node && one.node.value === node && keyOf(one.node) === "execute")

/** Names of the methods and fields of the class or object around a place. */
const membersAround = (path: NodePath): ReadonlySet<string> =>
  new Set(
    around(path).flatMap(({ node }) => {
      if (n.ClassBody.check(node)) return node.body.flatMap((one) => keyOf(one) ?? [])
      return []
    })
  )
