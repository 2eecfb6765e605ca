/** A function that calls itself without end: each value is gone through once. Only proposed. */
import { namedTypes, type NodePath, nodesIn } from "../syntax.ts"
import type { Template } from "../template.ts"
import { expressionOf, insertBefore, statementsOf } from "./edit.ts"
import { all, insert } from "./kit.ts"

export const recursion: Template = {
  name: "recursion",
  tier: "C",
  treats: ({ said }) => said.startsWith("Maximum call stack size exceeded"),
  *propose({ fn }) {
    const node = fn?.node
    if (fn === undefined || !namedTypes.Function.check(node) || !namedTypes.BlockStatement.check(node.body)) return
    const name = nameOf(fn)
    const [first] = node.params
    const value = namedTypes.Identifier.check(first) ? first.name : undefined
    if (name === undefined || value === undefined || node.generator === true) return
    if (node.params.some((one) => !namedTypes.Identifier.check(one))) return
    const calls = nodesIn(fn).flatMap((path) => givenTo(path.node, name))
    const isWhole = calls.every((given) => given.length === node.params.length)
    const statement: NodePath = fn.get("body", "body", 0)
    if (calls.length === 0 || !isWhole || statement.node === undefined) return
    const guard = (end: string) => `if (gone.has(${value})) ${end}`
    const start = parameterOf("gone = new Set()")
    yield {
      what: `goes through each "${value}" once in "${name}"`,
      invents: `nothing stood in for what "${name}" gives of a value that holds itself`,
      apply: () =>
        all(
          ...calls.map((given) => insert(given, given.length, expressionOf("gone"))),
          insert(node.params, node.params.length, start()),
          insertBefore(statement, guard(`return; gone.add(${value})`))
        )
    }
    yield {
      what: `ends "${name}" with a failure that says so when a value holds itself`,
      apply: () =>
        all(
          ...calls.map((given) => insert(given, given.length, expressionOf("gone"))),
          insert(node.params, node.params.length, start()),
          insertBefore(
            statement,
            guard(`throw new RangeError("the input holds itself, so ${name} cannot go through it"); gone.add(${value})`)
          )
        )
    }
  }
}

const nameOf = ({ node, parent }: NodePath): string | undefined => {
  const id: unknown = namedTypes.FunctionDeclaration.check(node) ? node.id : parent?.node.id
  return namedTypes.Identifier.check(id) ? id.name : undefined
}

/** The arguments of a call of that name. */
const givenTo = (node: unknown, name: string): ReadonlyArray<Array<unknown>> =>
  namedTypes.CallExpression.check(node) && namedTypes.Identifier.check(node.callee) && node.callee.name === name
    ? [node.arguments]
    : []

const parameterOf = (text: string) => (): unknown => {
  const [statement] = statementsOf(`(${text}) => 0;`) ?? []
  const fn = namedTypes.ExpressionStatement.check(statement) ? statement.expression : undefined
  return namedTypes.Function.check(fn) ? fn.params[0] : undefined
}
