/** A write to something that may not be changed: a copy is written to instead. */
import { builders as b, functionAround, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Proposed, Template } from "../template.ts"
import { declarationOf, inStatement, insert, isMember, memberName, paramsOf, put, shown } from "./kit.ts"

type Expression = NonNullable<Parameters<typeof b.awaitExpression>[0]>

/** Methods that change their list, and those that give a changed copy. */
const copying: Readonly<Record<string, string>> = { sort: "toSorted", reverse: "toReversed", splice: "toSpliced" }

const changing = /^(push|pop|shift|unshift|sort|reverse|splice|fill|copyWithin)$/

export const frozenWrite: Template = {
  name: "frozen-write",
  tier: "A",
  // A primitive that is written to is not frozen: a copy would only hide where the writes go.
  treats: ({ kind, said }) => kind === "read_only" && !/ on (boolean|number|string|symbol|bigint) /.test(said),
  *propose(site) {
    const methods = inStatement(
      site,
      (node) => n.CallExpression.check(node) && changing.test(memberName(node.callee) ?? "")
    )
    for (const path of methods) yield* withCopy(path)
    const writes = inStatement(
      site,
      (node) =>
        n.AssignmentExpression.check(node) ||
        n.UpdateExpression.check(node) ||
        (n.UnaryExpression.check(node) && node.operator === "delete")
    )
    for (const path of writes) {
      const target: unknown =
        "left" in path.node ? path.node.left : "argument" in path.node ? path.node.argument : undefined
      if (isMember(target)) yield* copiedFirst(path, rootOf(target), /\[object Array\]/.test(site.failure.said))
    }
  }
}

const rootOf = (node: unknown): unknown =>
  isMember(node) && typeof node === "object" && node !== null && "object" in node ? rootOf(node.object) : node

function* withCopy(path: NodePath): Generator<Proposed> {
  const { node } = path
  if (!n.CallExpression.check(node) || !n.MemberExpression.check(node.callee)) return
  const { callee } = node
  const name = memberName(callee) ?? ""
  const isUsed = !n.ExpressionStatement.check(path.parent?.node)
  const other = copying[name]
  if (isUsed && other !== undefined && name !== "splice")
    yield {
      what: `gives a changed copy of ${shown(callee.object)}`,
      apply: () => put(callee, "property", b.identifier(other))
    }
  yield* copiedFirst(path, callee.object, true)
}

const copyOf = (value: Expression, isList: boolean): Expression =>
  isList ? b.arrayExpression([b.spreadElement(value)]) : b.objectExpression([b.spreadElement(value)])

/** The variable holds a copy from the start. */
function* copiedFirst(path: NodePath, root: unknown, isList: boolean): Generator<Proposed> {
  if (!n.Identifier.check(root)) return
  const declared = declarationOf(path, root.name)
  const { node } = declared ?? {}
  if (n.VariableDeclarator.check(node) && node.init && n.Identifier.check(node.id)) {
    const { init } = node
    yield { what: `writes to a copy of ${shown(init)}`, apply: () => put(node, "init", copyOf(init, isList)) }
    if (!isList)
      yield {
        what: `writes to a deep copy of ${shown(init)}`,
        apply: () => put(node, "init", b.callExpression(b.identifier("structuredClone"), [init]))
      }
  }
  const fn = functionAround(path)
  if (fn === undefined || !paramsOf(fn).includes(node) || !n.Identifier.check(node) || !("body" in fn.node)) return
  const { body } = fn.node
  if (!n.BlockStatement.check(body)) return
  const copy = b.assignmentExpression("=", b.identifier(root.name), copyOf(b.identifier(root.name), isList))
  yield { what: `writes to a copy of ${root.name}`, apply: () => insert(body.body, 0, b.expressionStatement(copy)) }
  const deep = b.callExpression(b.identifier("structuredClone"), [b.identifier(root.name)])
  yield {
    what: `writes to a deep copy of ${root.name}`,
    apply: () => insert(body.body, 0, b.expressionStatement(b.assignmentExpression("=", b.identifier(root.name), deep)))
  }
}
