/** What the tool's schema says of a value in its code: which argument it is, whether it may be left out, what stands for it. */
import type { types } from "recast"
import { type ASTNode, namedTypes, type NodePath } from "../syntax.ts"
import type { Site } from "../template.ts"
import { bareOf, rootOf } from "./reading.ts"

export interface Argument {
  readonly name: string
  readonly isOptional: boolean
  /** As JSON Schema names it. */
  readonly type: string | undefined
  /** The schema's own default, as JSON. */
  readonly default: string | undefined
}

/** The tool's `execute` around a node. */
export const executeAround = (path: NodePath | undefined): NodePath | undefined => {
  for (let at = path; at?.node !== undefined; at = at.parent) {
    const key =
      namedTypes.ObjectMethod.check(at.node) || namedTypes.ClassMethod.check(at.node) ? at.node : at.parent?.node
    if (namedTypes.Function.check(at.node) && namedTypes.Identifier.check(key?.key) && key.key.name === "execute")
      return at
  }
  return undefined
}

/** @returns `undefined` when the expression is not one of the tool's arguments. */
export const argumentOf = (site: Site, expression: NodePath): Argument | undefined => {
  const name = argumentName(executeAround(expression), bareOf(expression.node))
  return name === undefined ? undefined : argumentNamed(site, name)
}

const argumentName = (execute: NodePath | undefined, node: ASTNode): string | undefined => {
  const input = inputOf(execute)
  if (namedTypes.Identifier.check(node) && namedTypes.ObjectPattern.check(input)) return keyOf(input, node.name)
  const isMember = namedTypes.MemberExpression.check(node) && node.computed !== true
  if (!isMember || !namedTypes.Identifier.check(input) || !namedTypes.Identifier.check(node.property)) return undefined
  return namedTypes.Identifier.check(node.object) && rootOf(node) === input.name ? node.property.name : undefined
}

/** What `execute` calls its input: a name or a pattern. */
export const inputOf = (execute: NodePath | undefined): ASTNode | undefined => {
  if (!namedTypes.Function.check(execute?.node)) return undefined
  const [input] = execute.node.params
  return namedTypes.AssignmentPattern.check(input) ? input.left : input
}

/** The pattern's key whose value goes by a local name. */
const keyOf = (pattern: types.namedTypes.ObjectPattern, local: string): string | undefined => {
  for (const one of pattern.properties) {
    if (!namedTypes.ObjectProperty.check(one) || !namedTypes.Identifier.check(one.key) || one.computed === true)
      continue
    const value = namedTypes.AssignmentPattern.check(one.value) ? one.value.left : one.value
    if (namedTypes.Identifier.check(value) && value.name === local) return one.key.name
  }
  return undefined
}

/** The property of `execute`'s pattern that a local name stands for, when it has no default yet. */
export const patternProperty = (execute: NodePath | undefined, local: string): NodePath | undefined => {
  const pattern = inputOf(execute)
  if (execute === undefined || !namedTypes.ObjectPattern.check(pattern)) return undefined
  const index = pattern.properties.findIndex(
    (one) => namedTypes.ObjectProperty.check(one) && namedTypes.Identifier.check(one.value) && one.value.name === local
  )
  const first: NodePath = execute.get("params", 0)
  const at: NodePath = namedTypes.AssignmentPattern.check(first.node) ? first.get("left") : first
  return index < 0 ? undefined : at.get("properties", index, "value")
}

export const argumentNamed = (site: Site, name: string): Argument | undefined => {
  const schema = record(record(site.parameters?.["properties"])?.[name])
  if (schema === undefined) return undefined
  const required = site.parameters?.["required"]
  const type = schema["type"]
  return {
    name,
    isOptional: "default" in schema || !(Array.isArray(required) && required.includes(name)),
    type: typeof type === "string" ? type : undefined,
    default: "default" in schema ? JSON.stringify(schema["default"]) : undefined
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined
