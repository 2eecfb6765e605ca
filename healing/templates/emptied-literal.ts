/** A literal that lost what stood in it, or holds what has no business there: told by what the code does with it. */
import { keyOf, namedTypes as n, type NodePath, nodesIn, textOf } from "../syntax.ts"
import type { Site } from "../template.ts"
import { expressionOf } from "./edit.ts"
import { around, calledName, memberName, namesInScope, put, shown, swap } from "./kit.ts"
import { type Edit, isReference, nodesAround, wholeFunction } from "./weighted.ts"

export const emptiedLiteral = (site: Site): ReadonlyArray<Edit> =>
  nodesAround(site).flatMap((path) => [
    ...filledLists(site, path),
    ...emptyObjects(site, path),
    ...emptyTexts(site, path)
  ])

/** `["x"]`, which should begin with nothing: surely so where other code pushes on to it. */
const filledLists = (site: Site, path: NodePath): ReadonlyArray<Edit> => {
  const { node } = path
  if (!n.ArrayExpression.check(node) || node.elements.length === 0) return []
  if (!node.elements.every((one) => n.StringLiteral.check(one) || n.NumericLiteral.check(one))) return []
  const name = holderName(path)
  const weight = name !== undefined && pushedNames(site.program).has(name) ? 0.5 : 3
  return [{ what: `empties the list ${shown(node)}`, node, weight, apply: () => put(node, "elements", []) }]
}

/** What a list is kept under. */
const holderName = ({ parent }: NodePath): string | undefined => {
  const holder: unknown = parent?.node
  if (n.VariableDeclarator.check(holder)) return n.Identifier.check(holder.id) ? holder.id.name : undefined
  if (n.AssignmentExpression.check(holder)) return nameIn(holder.left)[0]
  if (n.ArrayExpression.check(holder) && parent !== undefined) return holderName(parent)
  return keyOf(holder)
}

/** Names of variables and members that something is pushed on to. */
const pushedNames = (program: NodePath): ReadonlySet<string> =>
  new Set(
    nodesIn(program).flatMap(({ node }) =>
      n.MemberExpression.check(node) && /^(push|unshift)$/.test(memberName(node) ?? "") ? nameIn(node.object) : []
    )
  )

/** `body` of `open.body`, of either side of a choice. */
const nameIn = (node: unknown): ReadonlyArray<string> => {
  if (n.ConditionalExpression.check(node)) return [...nameIn(node.consequent), ...nameIn(node.alternate)]
  if (n.Identifier.check(node)) return [node.name]
  return [memberName(node)].filter((name) => name !== undefined)
}

const emptyObjects = (site: Site, path: NodePath): ReadonlyArray<Edit> => {
  const { node } = path
  if (!n.ObjectExpression.check(node) || node.properties.length > 0 || isFallback(path)) return []
  const found = [...knownNames(site, path), pushedFields(site), likeOthers(site, node)]
  return [...new Set(found.filter((text) => text !== ""))].map((text, at) => ({
    what: `puts ${text} where {} stood`,
    node,
    weight: at / 2,
    apply: () => swap(path, expressionOf(text))
  }))
}

/** `= {}` and `?? {}` are whole. */
const isFallback = ({ node, parent }: NodePath): boolean => {
  const holder: unknown = parent?.node
  return (n.AssignmentPattern.check(holder) || n.LogicalExpression.check(holder)) && holder.right === node
}

/** What the function makes and has no use for; and with it what the block around makes. */
const knownNames = (site: Site, path: NodePath): ReadonlyArray<string> => {
  const whole = wholeFunction(site)
  if (whole === undefined) return []
  const inner = nodesIn(whole)
  const nodes = new Set<unknown>(inner.map(({ node }) => node))
  const own = namesInScope(path).filter(({ by, node }) => (by === "variable" || by === "parameter") && nodes.has(node))
  // In `{ a }` the key and the value are one word.
  const words = new Map(inner.filter(isReference).map(({ node }) => [placeOf(node), node]))
  const used = [...words.values()].flatMap((node) => (n.Identifier.check(node) ? [node.name] : []))
  const idle = own.filter(({ name }) => used.filter((one) => one === name).length === 1)
  const block = around(path).find(({ node }) => n.BlockStatement.check(node))
  const near = new Set(block === undefined ? [] : nodesIn(block).map(({ node }): unknown => node))
  const made = own.filter(({ by, node }) => by === "variable" && near.has(node)).map(({ name }) => name)
  const shape = (names: ReadonlyArray<string>) => (names.length === 0 ? "" : `{ ${[...new Set(names)].join(", ")} }`)
  const begun = idle.filter(({ by }) => by === "variable").map(({ name }) => name)
  return [shape(begun), idle.length === 0 ? "" : shape([...made, ...idle.map(({ name }) => name)])]
}

const placeOf = (node: unknown): unknown => {
  const { line, column } = (n.Node.check(node) ? node.loc?.start : undefined) ?? {}
  return line === undefined ? node : `${line}:${column}`
}

/** Lists that the failing code fills, `open.body.push(…)`. */
const pushedFields = ({ failure, fn }: Site): string => {
  if (failure.property !== "push" || fn === undefined) return ""
  const fields = [...pushedNames(fn)]
  return fields.length === 0 ? "" : `{ ${fields.map((name) => `${name}: []`).join(", ")} }`
}

/** The fields that begin as nothing in another object of the file that has the fields that are asked for here. */
const likeOthers = ({ program, failure }: Site, own: unknown): string => {
  if (failure.property === undefined) return ""
  for (const { node } of nodesIn(program)) {
    if (!n.ObjectExpression.check(node) || node === own) continue
    const blank = node.properties.flatMap((one) => {
      const key = keyOf(one)
      const value = n.ObjectProperty.check(one) ? shown(one.value) : ""
      return key !== undefined && /^(\[\]|\{\}|0|""|false|new (Map|Set)\(\))$/.test(value) ? [`${key}: ${value}`] : []
    })
    if (blank.length > 1) return `{ ${blank.join(", ")} }`
  }
  return ""
}

/** `""` where other places of the same kind have a text: compared with the same member, under the same key, handed to the same call. */
const emptyTexts = ({ program }: Site, path: NodePath): ReadonlyArray<Edit> => {
  const role = textOf(path.node) === "" ? roleOf(path) : undefined
  if (role === undefined) return []
  const others = nodesIn(program).flatMap((other) => {
    const text = n.StringLiteral.check(other.node) ? other.node.value : ""
    return text !== "" && roleOf(other) === role ? [text] : []
  })
  return [...new Set(others)].slice(0, 4).map((text, at) => ({
    what: `puts ${JSON.stringify(text)}, as elsewhere, where "" stood`,
    node: path.node,
    weight: 1 + at / 4,
    apply: () => swap(path, expressionOf(JSON.stringify(text)))
  }))
}

/** What a text stands for in the code around it. */
const roleOf = ({ node, parent, name }: NodePath): string | undefined => {
  const holder: unknown = parent?.node
  if (n.ObjectProperty.check(holder) && holder.value === node) return `.${keyOf(holder) ?? "?"}`
  if (n.BinaryExpression.check(holder) && /^[!=]==?$/.test(holder.operator)) {
    const other = holder.left === node ? holder.right : holder.left
    return memberName(other) === undefined ? shown(other) : `.${memberName(other)}`
  }
  const called = calledName(holder)
  return called === undefined ? undefined : `${called}(${name})`
}
