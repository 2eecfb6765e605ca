/** A loop that goes one too far, and reads of what is behind the end. */
import { namedTypes, type NodePath } from "../syntax.ts"
import type { Proposed, Template } from "../template.ts"
import { codeOf, expressionOf } from "./edit.ts"
import { around, declarationOf, put, swap } from "./kit.ts"
import { bareOf, readingAt } from "./reading.ts"

export const loopBound: Template = {
  name: "loop-bound",
  tier: "B",
  treats: ({ said }) => said.startsWith("Cannot read properties of undefined"),
  *propose(site) {
    const object = readingAt(site)?.object
    const entry = object === undefined ? undefined : indexed(object)
    if (object === undefined || entry === undefined) return
    for (const loop of around(object)) {
      if (namedTypes.Function.check(loop.node)) return
      yield* shorter(loop, entry)
    }
  }
}

interface Entry {
  readonly list: string
  /** The name in the brackets, `i` of `a[i + 1]`. */
  readonly index: string
  /** How far from it, 1 of `a[i + 1]`. */
  readonly offset: number
}

/** `a[i]`, `a[i + 1]`, or a name that was given that. */
const indexed = (object: NodePath): Entry | undefined => {
  const bare = bareOf(object.node)
  if (namedTypes.Identifier.check(bare)) {
    const { node } = declarationOf(object, bare.name) ?? {}
    return namedTypes.VariableDeclarator.check(node) && node.init ? entryOf(node.init) : undefined
  }
  return entryOf(bare)
}

const entryOf = (node: unknown): Entry | undefined => {
  if (!namedTypes.MemberExpression.check(node) || node.computed !== true) return undefined
  const list = codeOf(node.object)
  const { property } = node
  if (namedTypes.Identifier.check(property)) return { list, index: property.name, offset: 0 }
  if (!namedTypes.BinaryExpression.check(property) || property.operator !== "+") return undefined
  const { left, right } = property
  if (!namedTypes.Identifier.check(left) || !namedTypes.NumericLiteral.check(right)) return undefined
  return { list, index: left.name, offset: right.value }
}

function* shorter(loop: NodePath, { list, index, offset }: Entry): Iterable<Proposed> {
  const { node } = loop
  if (!namedTypes.ForStatement.check(node) && !namedTypes.WhileStatement.check(node)) return
  const length = `${list}.length`
  const { test } = node
  if (namedTypes.BinaryExpression.check(test) && codeOf(test.left) === index && codeOf(test.right) === length) {
    if (test.operator === "<=" && offset === 0)
      yield { what: `ends before \`${length}\`, not at it`, apply: () => put(test, "operator", "<") }
    if (test.operator === "<" && offset > 0) {
      const right: NodePath = loop.get("test", "right")
      yield {
        what: `ends ${offset} before \`${length}\``,
        apply: () => swap(right, expressionOf(`${length} - ${offset}`))
      }
    }
  }
  yield* laterStart(loop, index, length)
}

/** `for (let i = a.length; i >= 0; i--)`. */
function* laterStart(loop: NodePath, index: string, length: string): Iterable<Proposed> {
  if (!namedTypes.ForStatement.check(loop.node) || !namedTypes.VariableDeclaration.check(loop.node.init)) return
  const at = loop.node.init.declarations.findIndex(
    (one) =>
      namedTypes.VariableDeclarator.check(one) &&
      namedTypes.Identifier.check(one.id) &&
      one.id.name === index &&
      codeOf(one.init ?? one.id) === length
  )
  if (at < 0 || !namedTypes.UpdateExpression.check(loop.node.update) || loop.node.update.operator !== "--") return
  const init: NodePath = loop.get("init", "declarations", at, "init")
  yield { what: `begins at \`${length} - 1\``, apply: () => swap(init, expressionOf(`${length} - 1`)) }
}
