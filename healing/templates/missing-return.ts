/** A function that calculates its result and does not give it back. */
import { builders as b, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Template } from "../template.ts"
import { calledName, isCall, keyOf, put, shown } from "./kit.ts"

const kinds =
  /^(undefined_access|undefined_destructure|not_iterable|not_a_function|broken_example|broken_promise|wrong_type|wrong_value|bad_json|unknown)$/

/** Methods whose callback must give something back. */
const asking =
  /^(map|flatMap|filter|reduce|reduceRight|sort|toSorted|find|findIndex|findLast|findLastIndex|some|every|then|replace|replaceAll|from|groupBy)$/

export const missingReturn: Template = {
  name: "missing-return",
  tier: "A",
  treats: ({ kind }) => kinds.test(kind),
  *propose(site) {
    const around = site.fn ?? site.program
    const inner = nodesIn(around).filter((path) => n.Function.check(path.node) && (path === site.fn || isAsked(path)))
    for (const fn of inner) yield* returned(fn)
  }
}

/** A callback of a method that uses what it gives. */
const isAsked = ({ node, parent }: NodePath): boolean =>
  isCall(parent?.node) && asking.test(calledName(parent?.node) ?? "") && n.Function.check(node)

function* returned(fn: NodePath): Generator<Proposed> {
  if (!n.Function.check(fn.node) || !n.BlockStatement.check(fn.node.body) || keyOf(fn.node) === "constructor") return
  const name = keyOf(fn.node) ?? keyOf(fn.parent?.node) ?? ""
  for (const list of endsOf(fn.node.body.body)) yield* lastReturned(list, name)
}

/** The lists of statements that a function may end with and that give nothing back. */
const endsOf = (list: Array<unknown>): ReadonlyArray<Array<unknown>> => {
  const last = list.at(-1)
  const branches = n.IfStatement.check(last)
    ? [last.consequent, last.alternate]
    : n.TryStatement.check(last)
      ? [last.block, last.handler?.body]
      : n.BlockStatement.check(last)
        ? [last]
        : []
  const inner = branches.flatMap((one) => (n.BlockStatement.check(one) ? endsOf(one.body) : []))
  return n.ReturnStatement.check(last) || n.ThrowStatement.check(last) ? [] : [list, ...inner]
}

function* lastReturned(list: Array<unknown>, name: string): Generator<Proposed> {
  const last = list.at(-1)
  const where = name === "" ? "" : ` from ${name}`
  if (n.ExpressionStatement.check(last)) {
    const { expression } = last
    const given = n.AssignmentExpression.check(expression) ? expression.left : expression
    if (n.AssignmentExpression.check(expression) && n.Identifier.check(expression.left))
      yield appended(list, expression.left, where)
    else if (!n.Literal.check(expression))
      yield {
        what: `gives ${shown(given)} back${where}`,
        apply: () => put(list, list.length - 1, withComments(b.returnStatement(expression), last))
      }
  }
  if (n.VariableDeclaration.check(last)) {
    const [declarator] = last.declarations.slice(-1)
    if (n.VariableDeclarator.check(declarator) && n.Identifier.check(declarator.id))
      yield appended(list, declarator.id, where)
  }
  if (!n.ExpressionStatement.check(last) && !n.VariableDeclaration.check(last)) {
    const [built] = list.flatMap((one) => (n.VariableDeclaration.check(one) ? one.declarations : []))
    if (n.VariableDeclarator.check(built) && n.Identifier.check(built.id)) yield appended(list, built.id, where)
  }
  // What was built up and then changed by a last call: `out.push(x)` or `map.set(k, v)`.
  if (
    n.ExpressionStatement.check(last) &&
    n.CallExpression.check(last.expression) &&
    n.MemberExpression.check(last.expression.callee)
  ) {
    const { object } = last.expression.callee
    if (n.Identifier.check(object) && list.some((one) => declares(one, object.name)))
      yield appended(list, object, where)
  }
}

const declares = (statement: unknown, name: string): boolean =>
  n.VariableDeclaration.check(statement) &&
  statement.declarations.some(
    (one) => n.VariableDeclarator.check(one) && n.Identifier.check(one.id) && one.id.name === name
  )

const appended = (list: Array<unknown>, id: { readonly name: string }, where: string): Proposed => ({
  what: `gives ${id.name} back${where}`,
  apply: () => {
    const length = list.length
    list.push(b.returnStatement(b.identifier(id.name)))
    return () => void list.splice(length, 1)
  }
})

const withComments = <Node extends object>(node: Node, from: object): Node =>
  "comments" in from && from.comments ? { ...node, comments: from.comments } : node
