/** TypeScript that is more than types (enums, parameter properties), written as what it would become. */
import { builders as b, keyOf, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Template } from "../template.ts"
import { all, insert, put, swap, textOf, type Undo } from "./kit.ts"

type Expression = NonNullable<Parameters<typeof b.awaitExpression>[0]>

export const erasableSyntax: Template = {
  name: "erasable-syntax",
  tier: "A",
  treats: ({ kind, code }) => kind === "typescript_syntax" || code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  *propose({ program }) {
    const paths = nodesIn(program)
    const enums = paths.flatMap((path) => enumChange(path) ?? [])
    const classes = paths.flatMap((path) => fieldsChange(path) ?? [])
    const changes = [...enums, ...classes]
    if (changes.length > 0)
      yield {
        what: "writes enums and parameter properties out as plain code",
        apply: () => all(...changes.map((change) => change()))
      }
  }
}

/** `enum A { X }` as the object that it is at run time: names to numbers, and back. */
const enumChange = (path: NodePath): (() => Undo) | undefined => {
  const { node } = path
  if (!n.TSEnumDeclaration.check(node) || node.declare === true) return undefined
  let next: number | undefined = 0
  const properties: Array<ReturnType<typeof b.objectProperty>> = []
  for (const { id, initializer } of node.members) {
    const name = n.Identifier.check(id) ? id.name : (textOf(id) ?? "")
    const value: number | string | undefined = initializer ? constantOf(initializer) : next
    // What it is calculated from is not known here.
    if (value === undefined) return undefined
    const literal: Expression = typeof value === "string" ? b.stringLiteral(value) : b.numericLiteral(value)
    properties.push(b.objectProperty(n.Identifier.check(id) ? b.identifier(name) : b.stringLiteral(name), literal))
    if (typeof value === "number" && value >= 0)
      properties.push(b.objectProperty(b.numericLiteral(value), b.stringLiteral(name)))
    next = typeof value === "number" ? value + 1 : undefined
  }
  const declaration = b.variableDeclaration("const", [
    b.variableDeclarator(b.identifier(String(node.id.name)), b.objectExpression(properties))
  ])
  return () => all(swap(path, declaration), moveComments(node, declaration))
}

const constantOf = (node: unknown): number | string | undefined => {
  if (n.NumericLiteral.check(node)) return node.value
  if (n.UnaryExpression.check(node) && node.operator === "-" && n.NumericLiteral.check(node.argument)) return undefined
  return textOf(node)
}

const moveComments = (from: object, to: object): Undo => put(to, "comments", "comments" in from ? from.comments : null)

/** `constructor(private readonly a: string) {}` as a field and an assignment. */
const fieldsChange = (path: NodePath): (() => Undo) | undefined => {
  const { node } = path
  if (!n.ClassBody.check(node)) return undefined
  const constructing = node.body.find((one) => n.ClassMethod.check(one) && keyOf(one) === "constructor")
  if (!n.ClassMethod.check(constructing)) return undefined
  const { params, body } = constructing
  const fields = params.flatMap((one, at) => (n.TSParameterProperty.check(one) ? [{ at, inner: one.parameter }] : []))
  if (fields.length === 0) return undefined
  const names = fields.flatMap(({ inner }) => {
    const id: unknown = n.AssignmentPattern.check(inner) ? inner.left : inner
    return n.Identifier.check(id) ? [id.name] : []
  })
  const superAt = body.body.findIndex(
    (one) =>
      n.ExpressionStatement.check(one) && n.CallExpression.check(one.expression) && n.Super.check(one.expression.callee)
  )
  const assignments = names.map((name) =>
    b.expressionStatement(
      b.assignmentExpression("=", b.memberExpression(b.thisExpression(), b.identifier(name)), b.identifier(name))
    )
  )
  const properties = names.map((name) => b.classProperty(b.identifier(name), null))
  return () =>
    all(
      ...fields.map(({ at, inner }) => put(params, at, inner)),
      insert(body.body, superAt + 1, ...assignments),
      insert(node.body, 0, ...properties)
    )
}
