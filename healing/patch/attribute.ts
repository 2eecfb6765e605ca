/** An attribute of `this` in the syntax tree, and the one whose absence a failure is about. */
import type { Failure } from "../failure.ts"
import { namedTypes as n, type NodePath, textOf } from "../syntax.ts"

/** `this.items`, `this["items"]`, `this?.items`. */
export interface Attribute {
  readonly key: string
  readonly path: NodePath
}

export const isMember = (node: unknown): boolean =>
  n.MemberExpression.check(node) || n.OptionalMemberExpression.check(node)

export const isCall = (node: unknown): boolean => n.CallExpression.check(node) || n.OptionalCallExpression.check(node)

const isForTypes = (node: unknown): boolean =>
  n.TSNonNullExpression.check(node) || n.TSAsExpression.check(node) || n.TSSatisfiesExpression.check(node)

/** Without what only the types need: `this.items` of `this.items!`. */
export const bare = (path: NodePath): NodePath => (isForTypes(path.node) ? bare(path.get("expression")) : path)

/** The node as it is used: with what only the types need. */
export const dressed = (path: NodePath): NodePath => (isForTypes(path.parent?.node) ? dressed(path.parent) : path)

/** The name behind the dot, or in the brackets when it is written out; `undefined` when it is calculated. */
export const memberName = (member: NodePath): string | undefined => {
  const { node } = member.get("property")
  const isCalculated = member.get("computed").value === true
  if (n.NumericLiteral.check(node)) return String(node.value)
  return isCalculated ? textOf(node) : n.Identifier.check(node) ? node.name : undefined
}

export const attributeOf = (path: NodePath): Attribute | undefined => {
  const inner = bare(path)
  if (!isMember(inner.node) || !n.ThisExpression.check(bare(inner.get("object")).node)) return undefined
  const key = memberName(inner)
  return key === undefined ? undefined : { key, path: inner }
}

/**
 * The attribute that is not there, as the tree says; the message must say the same. V8 points at the name behind the dot,
 * at the bracket of a calculated one, at the sign of an assignment, and at a call for what is spread into it.
 *
 * @param at Innermost node at the failing position.
 */
export const missingAttribute = (at: NodePath, failure: Failure): Attribute | undefined => {
  switch (failure.kind) {
    case "undefined_access":
    case "undefined_set":
      return / of undefined\b/.test(failure.said) ? memberFailed(at, failure.property) : undefined
    case "not_a_function":
      return callFailed(at, failure)
    case "not_iterable":
    case "undefined_destructure":
    case "undefined_object":
      return / as it is null/.test(failure.said) ? undefined : valueFailed(at, failure)
    default:
      return undefined
  }
}

const memberFailed = (at: NodePath, property: string | undefined): Attribute | undefined => {
  const near = n.Identifier.check(at.node) && isMember(at.parent?.node) ? at.parent : at
  const member = n.AssignmentExpression.check(near.node) ? bare(near.get("left")) : near
  if (!isMember(member.node)) return undefined
  const outer = dressed(member).parent
  // `this.counts.all += 1` fails at `counts`.
  const candidates = attributeOf(member) !== undefined && isMember(outer?.node) ? [outer] : [member]
  return candidates
    .filter((one) => [undefined, property].includes(memberName(one)))
    .map((one) => attributeOf(one.get("object")))[0]
}

const callFailed = (at: NodePath, { property, subject }: Failure): Attribute | undefined => {
  const found = attributeOf(n.Identifier.check(at.node) ? at.parent : at)
  if (found === undefined || found.key !== property || subject !== `this.${found.key}`) return undefined
  const callee = dressed(found.path)
  return isCall(callee.parent?.node) && callee.name === "callee" ? found : undefined
}

const valueFailed = (at: NodePath, { subject }: Failure): Attribute | undefined => {
  for (let path = at; path?.node !== undefined; path = path.parent) {
    const found = valuesOf(path).flatMap((one) => attributeOf(one) ?? [])
    const said = found.filter(
      ({ key }) => subject === `this.${key}` || subject === "undefined" || subject === undefined
    )
    if (said.length > 0) return said.length === 1 ? said[0] : undefined
    if (n.Function.check(path.node) || n.Statement.check(path.node)) return undefined
  }
  return undefined
}

/** What a node takes apart: the list that a loop goes through, what is spread or destructured. */
const valuesOf = (path: NodePath): ReadonlyArray<NodePath> => {
  const { node } = path
  if (n.ForOfStatement.check(node)) return [path.get("right")]
  if (n.SpreadElement.check(node)) return [path.get("argument")]
  if (n.VariableDeclarator.check(node)) return n.Identifier.check(node.id) || !node.init ? [] : [path.get("init")]
  if (n.AssignmentExpression.check(node))
    return n.Pattern.check(node.left) && !isMember(node.left) ? [path.get("right")] : []
  if (!isCall(node) && !n.NewExpression.check(node)) return []
  const handed = listed(path.get("arguments"))
  const spread = handed.filter((one) => n.SpreadElement.check(one.node)).map((one) => one.get("argument"))
  return isOfObject(path.get("callee")) ? [...handed.slice(0, 1), ...spread] : spread
}

/** `Object.keys`, `Object.entries`, `Object.assign`, … */
export const isOfObject = (callee: NodePath): boolean => {
  const object: unknown = isMember(callee.node) ? callee.get("object").node : undefined
  return n.Identifier.check(object) && object.name === "Object"
}

/** The nodes of a list in the tree. */
export const listed = (list: NodePath): ReadonlyArray<NodePath> => list.map((one: NodePath) => one)
