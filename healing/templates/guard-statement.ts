/** A guard before or around the statement that reads of nothing: the entry is skipped, the statement left out, the function ends as it does elsewhere. */
import { type ASTNode, builders, functionAround, namedTypes, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { chainAround, isDiscarded } from "./chain.ts"
import { codeOf, expressionOf, insertBefore, isListed, statementAround } from "./edit.ts"
import { habitOf } from "./habit.ts"
import { swap } from "./kit.ts"
import { neutralOfAnnotation } from "./neutral.ts"
import { fills, type Reading, readingAt, rootOf } from "./reading.ts"
import { executeAround } from "./tool-input.ts"

export const guardStatement: Template = {
  name: "guard-statement",
  tier: "B",
  treats: ({ said, property }) => said.startsWith("Cannot read properties of ") && !fills(property),
  *propose(site) {
    const reading = readingAt(site)
    const statement = statementAround(reading?.member)
    if (reading === undefined || statement === undefined || !reading.isPlain || !isListed(statement)) return
    if (!mayStandBefore(statement.node, reading)) return
    const absent = `${reading.text} ${comparisonFor(site, statement)}`
    yield* skip(reading, statement, absent)
    if (!isDiscarded(chainAround(reading.member))) yield* around(reading, statement)
    yield* leave(reading, statement, absent)
  }
}

/** As the author asks elsewhere, where that would have held here. */
const comparisonFor = ({ failure }: Site, statement: NodePath): string =>
  habitOf(statement) === "strict" && failure.said.startsWith("Cannot read properties of undefined")
    ? "=== undefined"
    : "== null"

/** The test has to mean the same before the statement as within it. */
const mayStandBefore = (statement: ASTNode, { object }: Reading): boolean => {
  if (namedTypes.VariableDeclaration.check(statement)) return statement.declarations.length === 1
  // `a = next(), a.b.c`: what is read is not what was there before.
  if (namedTypes.ExpressionStatement.check(statement)) return !namedTypes.SequenceExpression.check(statement.expression)
  if (
    namedTypes.ReturnStatement.check(statement) ||
    namedTypes.IfStatement.check(statement) ||
    namedTypes.ForOfStatement.check(statement)
  )
    return rootOf(object.node) !== undefined
  return false
}

/** The rest of the loop for this entry, when what is missing belongs to the entry. */
function* skip({ text, object }: Reading, statement: NodePath, absent: string): Iterable<Proposed> {
  const root = rootOf(object.node)
  const loop = loopAround(statement)
  if (root === undefined || loop === undefined || !declares(loop, root, statement)) return
  const isLoop = !namedTypes.Function.check(loop.node)
  yield {
    what: `skips an entry whose "${text}" is not there`,
    apply: () => insertBefore(statement, `if (${absent}) ${isLoop ? "continue" : "return"}`)
  }
}

/** Those that go on by themselves: in any other the step may stand behind the guard. */
const stepping: ReadonlySet<string> = new Set(["ForStatement", "ForOfStatement", "ForInStatement"])

/** The nearest loop, or callback of a `forEach`. */
const loopAround = (statement: NodePath): NodePath | undefined => {
  for (let at = statement.parent; at?.node !== undefined; at = at.parent) {
    if (namedTypes.Function.check(at.node)) return isForEach(at) ? at : undefined
    if (stepping.has(at.node.type)) return at
    if (/^(Do)?WhileStatement$/.test(at.node.type)) return undefined
  }
  return undefined
}

const isForEach = (fn: NodePath): boolean => {
  const call = fn.parent?.node
  if (!namedTypes.CallExpression.check(call) || !namedTypes.MemberExpression.check(call.callee)) return false
  return namedTypes.Identifier.check(call.callee.property) && call.callee.property.name === "forEach"
}

/** Whether a loop makes this name anew for each entry, before the statement. */
const declares = (loop: NodePath, name: string, statement: NodePath): boolean => {
  const names = (path: NodePath) =>
    nodesIn(path).some(({ node }) => namedTypes.Identifier.check(node) && node.name === name)
  const { node } = loop
  if (namedTypes.Function.check(node)) {
    if (node.params.some((_, index) => names(loop.get("params", index)))) return true
  } else if ("left" in node && names(loop.get("left"))) return true
  return nodesIn(loop)
    .filter(
      (path) => namedTypes.VariableDeclarator.check(path.node) && path.parent.parent.node === statement.parent?.node
    )
    .some((path) => names(path.get("id")))
}

function* around({ text }: Reading, statement: NodePath): Iterable<Proposed> {
  const { node } = statement
  if (!namedTypes.ExpressionStatement.check(node) || movesOn(node.expression, text)) return
  yield {
    what: `does it only where "${text}" is there`,
    apply: () => swap(statement, builders.ifStatement(expressionOf(`${text} != null`), builders.blockStatement([node])))
  }
}

/** `entry = entry.next.next`: without it a loop may never end. */
const movesOn = (expression: ASTNode, text: string): boolean =>
  namedTypes.AssignmentExpression.check(expression) && text.startsWith(codeOf(expression.left))

/** Out of the function, with what it gives elsewhere or what its type says. */
function* leave({ text }: Reading, statement: NodePath, absent: string): Iterable<Proposed> {
  const fn = functionAround(statement)
  if (fn === undefined || !namedTypes.Function.check(fn.node) || fn.node.generator === true) return
  // A tool's own failures say why: elsewhere that would not be true.
  if (executeAround(statement)?.node === fn.node) return
  const given = ownReturns(fn)
  for (const code of given.slice(0, 2))
    yield {
      what: `ends "${nameOf(fn)}" with \`${code}\`, as it does elsewhere, when "${text}" is not there`,
      apply: () => insertBefore(statement, `if (${absent}) ${code}`)
    }
  if (given.length > 0) return
  const typed = ofType("returnType" in fn.node ? fn.node.returnType : undefined)
  if (typed === undefined) return
  yield {
    what: `ends "${nameOf(fn)}" with \`${typed.code}\` when "${text}" is not there`,
    ...(typed.words === undefined ? {} : { invents: `${typed.words} stood in for what "${nameOf(fn)}" gives` }),
    ...(typed.isAdmitted ? { tier: "A" as const } : {}),
    apply: () => insertBefore(statement, `if (${absent}) ${typed.code}`)
  }
}

/** What stands behind the function's own guards, when it is no calculation. */
const ownReturns = (fn: NodePath): ReadonlyArray<string> => {
  const returns = nodesIn(fn)
    .filter((path) => namedTypes.ReturnStatement.check(path.node) && functionAround(path)?.node === fn.node)
    .filter(({ parent }) => {
      const holder = namedTypes.BlockStatement.check(parent.node) ? parent.parent.node : parent.node
      return namedTypes.IfStatement.check(holder)
    })
    .map(({ node }) => codeOf(node).replace(/;$/, ""))
    .filter((code) => /^return( (undefined|null|false|""|''|\[\]))?$/.test(code))
  return [...new Set(returns)]
}

interface Return {
  readonly code: string
  readonly words?: string
  readonly isAdmitted?: boolean
}

const ofType = (annotation: ASTNode | null | undefined): Return | undefined => {
  if (!namedTypes.TSTypeAnnotation.check(annotation)) return undefined
  const type = resolved(annotation.typeAnnotation)
  if (namedTypes.TSVoidKeyword.check(type)) return { code: "return" }
  const parts: ReadonlyArray<ASTNode> = namedTypes.TSUnionType.check(type) ? type.types : [type]
  if (parts.some((one) => namedTypes.TSUndefinedKeyword.check(one)))
    return { code: "return undefined", isAdmitted: true }
  if (parts.some((one) => namedTypes.TSNullKeyword.check(one))) return { code: "return null", isAdmitted: true }
  const neutral = neutralOfAnnotation(type)
  return neutral === undefined || neutral.code === "false"
    ? undefined
    : { code: `return ${neutral.code}`, words: neutral.words }
}

/** Of a promise, what it is a promise of. */
const resolved = (type: ASTNode): ASTNode => {
  if (!namedTypes.TSTypeReference.check(type) || codeOf(type.typeName) !== "Promise") return type
  return type.typeParameters?.params[0] ?? type
}

const nameOf = ({ node, parent }: NodePath): string => {
  const named: unknown =
    ("id" in node ? node.id : undefined) ?? ("key" in node ? node.key : undefined) ?? parent?.node.id
  return namedTypes.Identifier.check(named) ? named.name : "the function"
}
