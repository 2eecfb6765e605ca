/** How well an argument fits a parameter, as far as names and types say it. */
import { ownFunctions } from "../tool-code.ts"
import { namedTypes as n, type NodePath, print } from "../syntax.ts"
import type { Site } from "../template.ts"
import { declarationOf, memberName, namesBound } from "./kit.ts"

/** What an argument is called. */
export const nameOf = (node: unknown): string | undefined => (n.Identifier.check(node) ? node.name : memberName(node))

/** Parameters of the plugin's own function that is called; `undefined` when it is none, or might be several. */
export const paramsFor = (call: NodePath, site: Site): ReadonlyArray<unknown> | undefined => {
  const [one, ...others] = ownFunctions(site.code, site, call.get("callee"))
  return one !== undefined && others.length === 0 && n.Function.check(one.node) ? one.node.params : undefined
}

/** Above 0: something says that it belongs there; below 0: something says that it does not. */
export const fitOf = (argument: unknown, param: unknown, at: NodePath): number => {
  const name = nameOf(argument)
  const type = typeOf(param)
  const [given, wanted] = [typeOf(argument, at), type]
  const [givenKind, wantedKind] = [kindOf(argument, given), kindOf(param, wanted)]
  if (givenKind !== undefined && wantedKind !== undefined && givenKind !== wantedKind) return -2
  if (name !== undefined && namesOfParam(param).includes(name)) return 2
  const isOfType = name !== undefined && name.length > 3 && (typeName(type)?.endsWith(name.toLowerCase()) ?? false)
  const isSameType = given !== undefined && typeName(given) !== undefined && typeName(given) === typeName(wanted)
  return isOfType || isSameType ? 2 : givenKind !== undefined && givenKind === wantedKind ? 0.5 : 0
}

const namesOfParam = (param: unknown): ReadonlyArray<string> =>
  n.Identifier.check(param) || n.AssignmentPattern.check(param) ? namesBound(param) : []

/** Its annotation: of a parameter, or of what an argument names. */
const typeOf = (node: unknown, at?: NodePath): unknown => {
  if (at !== undefined) {
    const declared = n.Identifier.check(node) ? declarationOf(at, node.name)?.node : undefined
    return n.VariableDeclarator.check(declared) ? typeOf(declared.id) : typeOf(declared)
  }
  const target: unknown = n.AssignmentPattern.check(node) ? node.left : node
  const annotation =
    n.Identifier.check(target) || n.ObjectPattern.check(target) || n.ArrayPattern.check(target)
      ? target.typeAnnotation
      : undefined
  return n.TSTypeAnnotation.check(annotation) ? annotation.typeAnnotation : undefined
}

/** `toolcontext` of `ToolContext`; nothing for the types that many things have. */
const typeName = (type: unknown): string | undefined =>
  n.TSTypeReference.check(type) ? print(type).toLowerCase() : undefined

const keywords: Readonly<Record<string, string>> = {
  TSStringKeyword: "string",
  StringLiteral: "string",
  TemplateLiteral: "string",
  TSNumberKeyword: "number",
  NumericLiteral: "number",
  TSBooleanKeyword: "boolean",
  BooleanLiteral: "boolean",
  TSArrayType: "list",
  ArrayExpression: "list",
  ArrayPattern: "list",
  TSFunctionType: "function",
  FunctionExpression: "function",
  ArrowFunctionExpression: "function",
  ObjectExpression: "object",
  ObjectPattern: "object",
  RegExpLiteral: "object"
}

const kindOf = (node: unknown, type: unknown): string | undefined => {
  if (n.TSTypeReference.check(type)) return /^(Readonly)?Array</.test(print(type)) ? "list" : undefined
  if (n.BinaryExpression.check(node) && /^[-*/%]$/.test(node.operator)) return "number"
  if (n.AssignmentPattern.check(node) && type === undefined) return kindOf(node.right, undefined)
  if (n.TSTypeOperator.check(type)) return kindOf(undefined, type.typeAnnotation)
  const said = type ?? node
  return typeof said === "object" && said !== null && "type" in said ? keywords[String(said.type)] : undefined
}
