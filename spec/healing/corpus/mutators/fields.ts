/** Reads the fields of nodes that mutators ask for. */
import { isNode, type Node } from "./mutator.ts"

export const field = (node: Node | undefined, name: string): Node | undefined => {
  const value = node?.[name]
  return isNode(value) ? value : undefined
}

export const fields = (node: Node | undefined, name: string): ReadonlyArray<Node> => {
  const value = node?.[name]
  return Array.isArray(value) ? value.filter(isNode) : []
}

export const word = (node: Node | undefined, name: string): string | undefined => {
  const value = node?.[name]
  return typeof value === "string" ? value : undefined
}

export const nameOf = (node: Node | undefined): string | undefined =>
  node?.type === "Identifier" ? word(node, "name") : undefined

export const isFunction = (node: Node | undefined): boolean =>
  /^(Arrow)?Function(Expression|Declaration)?|^(Object|Class)(Private)?Method$/.test(node?.type ?? "")

/** A value that stands for nothing: `[]`, `{}`, `""`, 0, false, an empty collection. */
export const isNeutral = (node: Node | undefined): boolean => {
  switch (node?.type) {
    case "ArrayExpression":
      return fields(node, "elements").length === 0
    case "ObjectExpression":
      return fields(node, "properties").length === 0
    case "StringLiteral":
      return node.value === ""
    case "NumericLiteral":
      return node.value === 0
    case "BooleanLiteral":
      return node.value === false
    case "NewExpression":
      return /^(Map|Set)$/.test(nameOf(field(node, "callee")) ?? "") && fields(node, "arguments").length === 0
    case "NullLiteral":
      return true
    default:
      return nameOf(node) === "undefined"
  }
}

/** Two letters of the middle change places: a slip of the fingers. */
export const misspelt = (name: string): string => {
  const at = Math.max(1, Math.floor(name.length / 2) - 1)
  const swapped = name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2)
  return swapped === name ? name.slice(0, at) + name.slice(at + 1) : swapped
}
