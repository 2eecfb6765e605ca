/** A value that may be nothing, and is used as if it were always there: the question that is asked elsewhere was lost. */
import { functionAround, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Site } from "../template.ts"
import { insert, around, calledName } from "./kit.ts"
import { statementsOf } from "./edit.ts"
import { type Edit, nodesAround } from "./weighted.ts"

/** Methods whose result may be nothing. */
const mayMiss = /^(find|findLast|get|match|exec|at|pop|shift)$/

export const lostGuard = (site: Site): ReadonlyArray<Edit> => {
  // A crash names what was not there: see guard-statement.ts.
  if (!site.failure.kind.startsWith("broken_")) return []
  const makers = givingNothing(site.program)
  return nodesAround(site).flatMap((path) => {
    const { node } = path
    if (!n.VariableDeclaration.check(node) || node.declarations.length !== 1) return []
    const [one] = node.declarations
    if (!n.VariableDeclarator.check(one) || !n.Identifier.check(one.id)) return []
    const called = calledName(one.init)
    if (called === undefined || !(makers.has(called) || mayMiss.test(called))) return []
    return guardsAfter(path, one.id.name, /^(match|exec)$/.test(called) ? "null" : "undefined")
  })
}

/** Functions of the file that say `return undefined`. */
const givingNothing = (program: NodePath): ReadonlySet<string> => {
  const returns = nodesIn(program).filter(
    ({ node }) =>
      (n.ReturnStatement.check(node) && isNothing(node.argument)) ||
      (n.ConditionalExpression.check(node) && [node.consequent, node.alternate].some(isNothing))
  )
  return new Set(returns.flatMap((path) => nameOf(functionAround(path)) ?? []))
}

const isNothing = (node: unknown): boolean => n.Identifier.check(node) && node.name === "undefined"

const nameOf = (fn: NodePath | undefined): string | undefined => {
  if (fn === undefined) return undefined
  if (n.FunctionDeclaration.check(fn.node)) return n.Identifier.check(fn.node.id) ? fn.node.id.name : undefined
  const holder: unknown = fn.parent?.node
  return n.VariableDeclarator.check(holder) && n.Identifier.check(holder.id) ? holder.id.name : undefined
}

const guardsAfter = (declaration: NodePath, name: string, nothing: string): ReadonlyArray<Edit> => {
  const list: unknown = declaration.parentPath?.value
  if (!Array.isArray(list)) return []
  const index = Number(declaration.name)
  const after = list.map((_, at): NodePath => declaration.parentPath.get(at)).slice(index + 1)
  if (isAskedAfter(after, name)) return []
  const way = around(declaration).find(
    ({ node }) => n.Function.check(node) || /^(For|ForIn|ForOf|While|DoWhile)Statement$/.test(node.type)
  )
  const leave = n.Function.check(way?.node) ? "return undefined" : "continue"
  return [
    {
      what: `asks whether "${name}" is there before it is used`,
      node: declaration.node,
      weight: 1,
      apply: () => insert(list, index + 1, ...(statementsOf(`if (${name} === ${nothing}) ${leave}`) ?? []))
    }
  ]
}

/** Whether it is asked about at all in what follows. */
const isAskedAfter = (statements: ReadonlyArray<NodePath>, name: string): boolean =>
  statements.flatMap(nodesIn).some(({ node }) => {
    if (n.BinaryExpression.check(node)) return /^[!=]==?$/.test(node.operator) && isNamed(node.left, name)
    if (n.LogicalExpression.check(node)) return isNamed(node.left, name)
    if (n.IfStatement.check(node) || n.ConditionalExpression.check(node)) return isNamed(node.test, name)
    if (n.OptionalMemberExpression.check(node)) return isNamed(node.object, name)
    return n.UnaryExpression.check(node) && isNamed(node.argument, name)
  })

const isNamed = (node: unknown, name: string): boolean => n.Identifier.check(node) && node.name === name
