/** What one use of an attribute says about the value that belongs there. */
import type { NeutralValue } from "../strategy.ts"
import { namedTypes as n, type NodePath, textOf } from "../syntax.ts"
import { type Attribute, dressed, isCall, isMember, isOfObject, memberName } from "./attribute.ts"

export type Kind = Exclude<NeutralValue["kind"], "json">

export type Use =
  /** Only these kinds can be used so; none of them when it is a thing of its own. */
  | { readonly type: "kinds"; readonly kinds: ReadonlyArray<Kind>; readonly fills?: true; readonly isAlike?: true }
  /** Whether it is there decides something. */
  | { readonly type: "test" }
  /** Says nothing: it is handed on. */
  | { readonly type: "silent" }

const kinds = (...of: ReadonlyArray<Kind>): Use => ({ type: "kinds", kinds: of })
/** It puts something in: a thing that is only ever read would stay empty for ever. */
const fills = (...of: ReadonlyArray<Kind>): Use => ({ type: "kinds", kinds: of, fills: true })
/** The empty ones of all these kinds give the same: no turn of a loop, a length of 0. */
const alike = (...of: ReadonlyArray<Kind>): Use => ({ type: "kinds", kinds: of, isAlike: true })
const none: Use = kinds()
const test: Use = { type: "test" }
const silent: Use = { type: "silent" }

const spelled = (names: string, use: Use): ReadonlyArray<readonly [string, Use]> =>
  names.split(" ").map((name) => [name, use])

const methods: ReadonlyMap<string, Use> = new Map([
  ...spelled(
    "map filter reduce reduceRight some every find findIndex findLast findLastIndex flatMap flat",
    kinds("list")
  ),
  ...spelled("join sort reverse toSorted toReversed toSpliced with pop shift fill copyWithin", kinds("list")),
  ...spelled("push unshift splice", fills("list")),
  ...spelled("trim trimStart trimEnd toLowerCase toUpperCase split replace replaceAll match matchAll", kinds("text")),
  ...spelled("startsWith endsWith padStart padEnd charAt charCodeAt codePointAt substring substr", kinds("text")),
  ...spelled("localeCompare normalize repeat", kinds("text")),
  ...spelled("toFixed toPrecision toExponential", kinds("count")),
  ...spelled("includes indexOf lastIndexOf at", alike("list", "text")),
  ...spelled("slice concat", kinds("list", "text")),
  ...spelled("forEach entries keys values", alike("list", "map", "set")),
  ...spelled("has delete clear", kinds("map", "set")),
  ...spelled("get", kinds("map")),
  ...spelled("set", fills("map")),
  ...spelled("add", fills("set"))
])

const iterated = alike("list", "map", "set", "text")

export const useOf = ({ path }: Attribute): Use => {
  const used = dressed(path)
  const around = used.parent
  if (around === undefined) return silent
  const { node } = around
  if (isMember(node) && used.name === "object") return memberUse(around)
  if (isCall(node)) return used.name === "callee" ? calledUse(around) : argumentUse(around)
  if (n.SpreadElement.check(node)) return n.ObjectExpression.check(around.parent?.node) ? kinds("record") : iterated
  if (n.ForOfStatement.check(node) && used.name === "right") return node.await === true ? none : iterated
  if (n.VariableDeclarator.check(node)) return patternUse(node.id)
  if (n.AssignmentExpression.check(node)) return used.name === "left" ? assignedUse(around) : patternUse(node.left)
  if (n.UpdateExpression.check(node)) return kinds("count")
  if (n.TemplateLiteral.check(node)) return kinds("text", "count")
  if (n.BinaryExpression.check(node)) return binaryUse(around, used.name === "left" ? node.right : node.left)
  if (n.NewExpression.check(node)) return used.name === "callee" ? none : silent
  if (n.AwaitExpression.check(node)) return none
  return isTest(used) ? test : silent
}

/** `if (this.x)`, `!this.x`, `this.x && …`, `this.x ?? …`, `typeof this.x`. */
const isTest = (used: NodePath): boolean => {
  const { node } = used.parent
  if (n.UnaryExpression.check(node)) return node.operator === "!" || node.operator === "typeof"
  if (n.LogicalExpression.check(node)) return used.name === "left" || isTest(dressed(used.parent))
  return used.name === "test"
}

const memberUse = (member: NodePath): Use => {
  const name = memberName(member)
  const outer = dressed(member)
  const { parent } = outer
  const isCalled = isCall(parent?.node) && outer.name === "callee"
  const isWritten =
    (n.AssignmentExpression.check(parent?.node) && outer.name === "left") || n.UpdateExpression.check(parent?.node)
  if (isCalled) return methodUse(name, parent)
  if (member.get("computed").value === true && name === undefined)
    return isWritten ? keyedWrite(member) : keyedRead(member)
  if (name !== undefined && /^\d+$/.test(name)) return isWritten ? fills("list") : alike("list", "text")
  if (name === "length") return isWritten ? kinds("list") : alike("list", "text")
  if (name === "size") return kinds("map", "set")
  if (isWritten) return fills("record")
  if (member.get("computed").value === true) return kinds("record")
  // What an empty object would have to hold is not known, unless the code says what to do without.
  return hasFallback(outer) ? kinds("record") : none
}

const methodUse = (name: string | undefined, call: NodePath): Use => {
  const use = methods.get(name ?? "") ?? none
  const given: unknown = call.get("arguments").value
  const isKeyed = name === "get" || name === "has" || name === "delete" || name === "add"
  // What answers later, or is asked with more than a key, is a client or a database.
  return isAwaited(call) || (isKeyed && Array.isArray(given) && given.length > 1) ? none : use
}

const isAwaited = ({ parent }: NodePath): boolean =>
  n.AwaitExpression.check(parent?.node) ||
  (isMember(parent?.node) && /^(then|catch|finally)$/.test(memberName(parent) ?? ""))

const keyedWrite = (member: NodePath): Use => (isNumeric(member) ? fills("list") : fills("record", "list"))

const keyedRead = (member: NodePath): Use =>
  isNumeric(member) ? alike("list", "text") : kinds("record", "list", "text")

/** Whether a calculated key is a number by what it is made of. */
const isNumeric = (member: NodePath): boolean => {
  const { node } = member.get("property")
  return n.UpdateExpression.check(node) || (n.BinaryExpression.check(node) && "-*/%".includes(node.operator))
}

const hasFallback = (used: NodePath): boolean => {
  const { node } = used.parent ?? {}
  const isOptional = isMember(node) && used.parent.get("optional").value === true
  return isOptional || (n.LogicalExpression.check(node) && node.operator !== "&&" && used.name === "left")
}

/** What a call gives cannot be invented; a call that gives nothing to anybody can be left out. */
const calledUse = (call: NodePath): Use => {
  const outer = n.AwaitExpression.check(call.parent?.node) ? call.parent : call
  const { node } = outer.parent ?? {}
  const isDropped = n.ExpressionStatement.check(node) || (n.UnaryExpression.check(node) && node.operator === "void")
  return isDropped ? kinds("noop") : none
}

const argumentUse = (call: NodePath): Use => {
  const callee = call.get("callee")
  if (isOfObject(callee)) return kinds("record")
  return n.Identifier.check(callee.node) && callee.node.name === "Boolean" ? test : silent
}

const patternUse = (pattern: unknown): Use => {
  if (n.ArrayPattern.check(pattern)) return iterated
  return n.ObjectPattern.check(pattern) ? none : silent
}

const assignedUse = (assignment: NodePath): Use => {
  const { node } = assignment
  if (!n.AssignmentExpression.check(node)) return silent
  const value = kindOf(node.right)
  switch (node.operator) {
    case "=":
    case "??=":
    case "||=":
      return value === undefined ? silent : kinds(value)
    case "+=":
      return value === "count" || value === "text" ? kinds(value) : kinds("count", "text")
    case "&&=":
      return test
    default:
      return kinds("count")
  }
}

/** The kind of a value that is written out, or made by a class of the language. */
export const kindOf = (node: unknown): Kind | undefined => {
  if (n.ArrayExpression.check(node)) return "list"
  if (n.ObjectExpression.check(node)) return "record"
  if (n.NumericLiteral.check(node)) return "count"
  if (n.TemplateLiteral.check(node) || textOf(node) !== undefined) return "text"
  if (n.TSAsExpression.check(node) || n.TSSatisfiesExpression.check(node)) return kindOf(node.expression)
  if (!n.NewExpression.check(node) || !n.Identifier.check(node.callee)) return undefined
  return ({ Map: "map", Set: "set", Array: "list" } as const)[node.callee.name]
}

const binaryUse = (binary: NodePath, other: unknown): Use => {
  const { node } = binary
  if (!n.BinaryExpression.check(node)) return silent
  const { operator } = node
  if (operator === "in") return kinds("record")
  if (operator === "instanceof") return test
  if (/^[!=]==?$/.test(operator)) {
    const isNothing =
      n.NullLiteral.check(other) ||
      n.BooleanLiteral.check(other) ||
      (n.Identifier.check(other) && other.name === "undefined")
    const value = kindOf(other)
    return isNothing ? test : value === undefined ? silent : kinds(value)
  }
  const value = kindOf(other)
  if (operator === "+") return value === "count" || value === "text" ? kinds(...new Set<Kind>([value, "text"])) : silent
  return /^[<>]=?$/.test(operator) && value !== "count" ? silent : kinds("count")
}
