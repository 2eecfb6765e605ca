/** What a repair may not lose: what the code did, waited for, threw, checked and gave back. Moving it is no loss. */
import { count, countOf, isNear, type Rule, surplus, unpaired } from "./rule.ts"
import { comparedTruth, effects, truth } from "./access.ts"
import { isGone } from "./gone.ts"
import {
  child,
  children,
  flag,
  isCall,
  isFunction,
  isReference,
  keyOf,
  lastName,
  type Node,
  type Place,
  text,
  type View
} from "./tree.ts"

type Kind = readonly [name: string, matches: (place: Place) => boolean]

const ofType =
  (types: RegExp) =>
  ({ node }: Place): boolean =>
    types.test(node.type)

/** Of each there must be as many as before. */
const kinds: ReadonlyArray<Kind> = [
  [
    "an await",
    ({ node }) => node.type === "AwaitExpression" || (node.type === "ForOfStatement" && flag(node, "await"))
  ],
  ["a throw", ofType(/^ThrowStatement$/)],
  ["a return", ofType(/^ReturnStatement$/)],
  ["a result", (place) => resultOf(place) !== undefined],
  ["a call", ({ node }) => isCall(node) && !isGone(node)],
  ["a check", ofType(/^(IfStatement|ConditionalExpression|SwitchCase)$/)],
  ["a loop", ofType(/^(For|ForIn|ForOf|While|DoWhile)Statement$/)],
  ["a statement", ofType(/^(ExpressionStatement|VariableDeclarator|ReturnStatement)$/)],
  ["a function", ({ node }) => isFunction(node)],
  ["a yield", ofType(/^YieldExpression$/)],
  ["a result that depends on anything", (place) => isLive(resultOf(place), place)],
  ["a value that depends on anything", (place) => isLive(valueOf(place.node), place)]
]

export const losses: Rule = ({ before, after }) =>
  kinds.flatMap(([name, matches]) => (countOf(after, matches) < countOf(before, matches) ? [`removes ${name}`] : []))

/** What a `return`, or an arrow without a block, gives. */
const resultOf = ({ node }: Place): Node | undefined => {
  if (node.type === "ReturnStatement") return child(node, "argument")
  const body = node.type === "ArrowFunctionExpression" ? child(node, "body") : undefined
  return body?.type === "BlockStatement" ? undefined : body
}

const valueOf = (node: Node): Node | undefined => {
  if (node.type === "VariableDeclarator") return child(node, "init")
  return node.type === "AssignmentExpression" ? child(node, "right") : undefined
}

/** Whether a value is more than a literal. @param place Holds it. */
const isLive = (value: Node | undefined, place: Place): boolean => {
  if (value === undefined) return false
  return /\((Identifier|ThisExpression|Import|Super)\b/.test(shapeWithin(place, value))
}

/** The shapes of parts are written into the shape of the whole. */
const shapeWithin = ({ shape, node }: Place, value: Node): string => {
  if (node.type === "VariableDeclarator") return shape.slice(shape.indexOf(" init:"))
  if (node.type === "AssignmentExpression") return shape.slice(shape.lastIndexOf(" right:"))
  if (node.type === "ReturnStatement") return shape
  return value.type === "BlockStatement" ? "" : shape.slice(shape.lastIndexOf(" body:"))
}

/** A call may be renamed where it was misspelt or has moved house; what does something may not turn into something else. */
export const calls: Rule = ({ before, after }) => {
  const [had, has] = [callsIn(before), callsIn(after)]
  const names = surplus(count(had.map(({ name }) => name)), count(has.map(({ name }) => name)))
  const gone = names.map((name) => had.findLast((one) => one.name === name)).filter((one) => one !== undefined)
  const came = surplus(count(has.map(({ name }) => name)), count(had.map(({ name }) => name)))
  const added = came.map((name) => has.findLast((one) => one.name === name)).filter((one) => one !== undefined)
  const lost = unpaired(gone, added, (one, other) => isRenamed(one, other))
  return [...new Set(lost.map(({ name }) => `removes the call of ${name === "" ? "a function" : name}`))]
}

interface Call {
  readonly name: string
  readonly args: string
}

const callsIn = ({ places }: View): ReadonlyArray<Call> =>
  places.flatMap(({ node, shape }) => {
    if (!isCall(node) || isGone(node)) return []
    return [{ name: lastName(child(node, "callee")), args: shape.slice(shape.lastIndexOf(" arguments:")) }]
  })

const checking = /^(assert|check|verify|validate|ensure|require|sanitize|escape|guard|authorize|encode)/i

const isRenamed = (one: Call, other: Call): boolean => {
  if (isNear(one.name, other.name)) return true
  return one.args === other.args && !effects.has(one.name) && !checking.test(one.name)
}

/** What was waited for and still happens, but is not waited for any more. */
export const awaits: Rule = ({ before, after }) => {
  const waited = new Set(argumentsOf(before))
  if (waited.size === 0) return []
  const still = new Set(argumentsOf(after))
  const loose = after.places.some(
    ({ shape, parent, key }) =>
      waited.has(shape) && !still.has(shape) && !(parent?.node.type === "AwaitExpression" && key === "argument")
  )
  return loose ? ["does not wait any more for what it waited for"] : []
}

const argumentsOf = ({ places }: View): ReadonlyArray<string> =>
  places.flatMap(({ parent, key, shape }) =>
    parent?.node.type === "AwaitExpression" && key === "argument" ? [shape] : []
  )

/** What was declared and used, is still declared, and is not used any more. */
export const uses: Rule = ({ before, after }) => {
  const [had, has] = [referencesIn(before), referencesIn(after)]
  const idle = [...had].filter(([name, n]) => n > 1 && has.get(name) === 1)
  const declared = new Set(declaredIn(after))
  return idle.filter(([name]) => declared.has(name)).map(([name]) => `has no use for ${name} any more`)
}

const referencesIn = ({ places }: View) =>
  count(places.flatMap((place) => (isReference(place) ? [text(place.node, "name")] : [])))

/** Names of parameters and variables. */
const declaredIn = ({ places }: View): ReadonlyArray<string> =>
  places.flatMap(({ node, key, parent }) => {
    if (node.type !== "Identifier") return []
    const holder = parent?.node.type ?? ""
    const isDeclared =
      key === "params" || (key === "id" && holder === "VariableDeclarator") || holder === "ObjectPattern"
    return isDeclared || parent?.parent?.node.type === "ObjectPattern" ? [text(node, "name")] : []
  })

/** A failure that is caught must stay one: thrown again, or answered as a failure. */
export const catches: Rule = ({ before, after }) => {
  const known = count(handlersIn(before).map(({ shape }) => shape))
  const added = surplus(count(handlersIn(after).map(({ shape }) => shape)), known)
  const bad = handlersIn(after).filter(({ shape, body }) => added.includes(shape) && !isHonest(body))
  return bad.length > 0 ? ["catches a failure and goes on as if there were none"] : []
}

interface Handler {
  readonly shape: string
  readonly body: Place
}

/** Bodies of `catch`, of functions handed to `.catch` and as second to `.then`, and what a `finally` returns. */
const handlersIn = (view: View): ReadonlyArray<Handler> =>
  view.places.flatMap((place) => {
    const { node, parent, key } = place
    if (node.type === "CatchClause") return [{ shape: place.shape, body: place }]
    if (key === "finalizer" && /\(ReturnStatement/.test(place.shape)) return [{ shape: place.shape, body: place }]
    if (key !== "arguments" || parent === undefined || !isCall(parent.node)) return []
    const name = lastName(child(parent.node, "callee"))
    const isSecond = name === "then" && children(parent.node, "arguments")[1] === node
    return name === "catch" || isSecond ? [{ shape: place.shape, body: place }] : []
  })

/** Its last word is a throw, or an answer that says `success: false`. */
const isHonest = ({ node, shape }: Place): boolean => {
  const body = child(node, "body")
  if (node.type !== "CatchClause" && !isFunction(node)) return false
  if (body !== undefined && body.type !== "BlockStatement") return isFailure(body, shape)
  const last = children(body, "body").at(-1)
  if (last === undefined) return false
  const returns = shape.match(/\(ReturnStatement/g)?.length ?? 0
  if (last.type === "ThrowStatement") return returns === 0
  return last.type === "ReturnStatement" && returns === 1 && isFailure(child(last, "argument"), shape)
}

const isFailure = (value: Node | undefined, shape: string): boolean => {
  if (value?.type === "CallExpression") return lastName(child(value, "callee")) === "refuse"
  if (value?.type !== "ObjectExpression") return false
  const success = children(value, "properties").find((one) => keyOf(one) === "success")
  return child(success, "value")?.type === "BooleanLiteral" && !flag(child(success, "value"), "value") && shape !== ""
}

/** Conditions that are always the same, and what comes after a return: code that is still there and never runs. */
export const dead: Rule = ({ before, after }) => {
  const fixed = ({ places }: View) =>
    count(places.filter((place) => isFixed(place) || isUnreachable(place)).map(({ shape }) => shape))
  return surplus(fixed(after), fixed(before)).length > 0
    ? ["leaves code that never runs, or a condition that is always the same"]
    : []
}

const isFixed = ({ node, key, parent }: Place): boolean => {
  if (key === "test" && parent?.node.type !== "SwitchCase") return truth(node) !== undefined
  if (node.type === "BinaryExpression") return comparedTruth(node) !== undefined
  if (node.type !== "LogicalExpression" || text(node, "operator") === "??") return false
  const left = truth(child(node, "left"))
  return left !== undefined || (truth(node) !== undefined && parent?.node.type !== "VariableDeclarator")
}

const isUnreachable = (place: Place): boolean => {
  if (!/^(Return|Throw|Break|Continue)Statement$/.test(place.node.type) || place.key !== "body") return false
  const siblings = children(place.parent?.node, "body")
  const next = siblings[siblings.indexOf(place.node) + 1]
  return next !== undefined && next.type !== "FunctionDeclaration"
}
