/** What a repair may not reach for: what runs text, leaves the plugin, or changes what everybody shares. */
import { count, type Counts, namesOf, type Rule, surplus } from "./rule.ts"
import {
  above,
  child,
  children,
  flag,
  isCall,
  isFunction,
  isMember,
  isReference,
  keyOf,
  lastName,
  type Node,
  type Place,
  text,
  type View
} from "./tree.ts"

/** Names that a function may use only where it did before. */
const globals: ReadonlySet<string> = namesOf(`
  eval Function AsyncFunction GeneratorFunction WebAssembly process global globalThis self window Reflect
  Proxy fetch XMLHttpRequest WebSocket EventSource Worker SharedWorker BroadcastChannel MessageChannel
  importScripts navigator module Atomics exec execSync execFile execFileSync spawn spawnSync fork Deno Bun
  queueMicrotask
`)

/** Members that a function may use only where it did before. */
const members: ReadonlySet<string> = namesOf(`
  constructor prototype __proto__ __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__
  mainModule binding dlopen callee caller getBuiltinModule fetch env execSync execFile execFileSync spawn
  spawnSync fork exit abort kill chdir defineProperty defineProperties setPrototypeOf getPrototypeOf
  getOwnPropertyDescriptor getOwnPropertyDescriptors runInThisContext runInNewContext runInContext
  compileFunction createConnection createServer connect allSettled symlink link chmod chown
`)

/** Calls that do something to the world: a repair may repeat none of them. */
export const effects: ReadonlySet<string> = namesOf(`
  write writeFile writeFileSync append appendFile appendFileSync unlink unlinkSync rm rmSync rmdir rename
  renameSync copyFile cp truncate createWriteStream run start stop send post fetch exec execSync spawn
  unlinkSync readFile readFileSync
`)

/** Keys of an object that give it powers of its own. */
const powers: ReadonlySet<string> = namesOf(`
  __proto__ constructor prototype then toJSON valueOf toString
`)

/** Objects that all code shares. */
const shared: ReadonlySet<string> = namesOf(`
  Object Array String Number Boolean Symbol Promise Map Set JSON Math Date RegExp Error TypeError console
  Buffer URL Intl globalThis global process
`)

interface Use {
  readonly name: string
  readonly owners: ReadonlyArray<string>
}

/** New where the function, and those around it, had none. */
export const access: Rule = ({ before, after }) => {
  const known = usesIn(before)
  const isKnown = ({ name, owners }: Use) =>
    known.some((one) => one.name === name && one.owners.every((owner, at) => owners[at] === owner))
  const added = usesIn(after).filter((use) => !isKnown(use))
  return [...new Set(added.map(({ name }) => `reaches for ${name}, which that function did not`))]
}

const usesIn = ({ places }: View): ReadonlyArray<Use> =>
  places.flatMap((place) => {
    const { node, owners } = place
    if (isReference(place) && globals.has(text(node, "name"))) return [{ name: text(node, "name"), owners }]
    if (isMember(node)) return memberUse(node).map((name) => ({ name, owners }))
    if (node.type === "ObjectProperty" && place.parent?.node.type === "ObjectPattern") {
      const name = keyOf(node) ?? ""
      return members.has(name) || globals.has(name) ? [{ name, owners }] : []
    }
    return node.type === "MetaProperty" && text(child(node, "meta"), "name") === "new"
      ? [{ name: "new.target", owners }]
      : []
  })

const memberUse = (node: Node): ReadonlyArray<string> => {
  const name = keyOf(node, "property")
  const object = lastName(child(node, "object"))
  if (name === undefined) return isCalculated(child(node, "property")) ? ["a calculated name"] : []
  if (object === "Object" && /^(create|assign)$/.test(name) && name === "create") return ["Object.create"]
  if (object === "exec" && /^(run|start)$/.test(name)) return [`exec.${name}`]
  return members.has(name) ? [name] : []
}

/** Put together from texts: what nobody can read need not be read. */
const isCalculated = (node: Node | undefined): boolean => {
  if (node === undefined) return false
  if (node.type === "TemplateLiteral") return true
  if (node.type === "BinaryExpression")
    return text(node, "operator") === "+" && [child(node, "left"), child(node, "right")].some(isText)
  return (
    isCall(node) &&
    /^(fromCharCode|fromCodePoint|join|atob|concat|toString|replace|reverse)$/.test(lastName(child(node, "callee")))
  )
}

const isText = (node: Node | undefined): boolean =>
  /^(StringLiteral|TemplateLiteral)$/.test(node?.type ?? "") || isCalculated(node)

/** Calls of what changes the world, more of them than before; one that only was misspelt is in its place. */
export const repeats: Rule = ({ before, after }) => {
  const calls = (view: View): Counts =>
    count(view.places.flatMap(({ node }) => (isCall(node) ? [lastName(child(node, "callee"))] : [])))
  const had = calls(before)
  const added = surplus(calls(after), had).filter((name) => effects.has(name))
  const total = (counts: Counts) => [...counts.values()].reduce((sum, n) => sum + n, 0)
  // As many calls as before: one was renamed, and what it may be called is judged elsewhere.
  if (added.length === 0 || total(calls(after)) <= total(had)) return []
  return [`calls ${added[0]} once more than before`]
}

export const shapes: Rule = ({ before, after }) => {
  const more = surplus(count(oddities(after)), count(oddities(before)))
  return [...new Set(more)].map((what) => `adds ${what}`)
}

/** What no repair needs, each in words. */
const oddities = ({ places }: View): ReadonlyArray<string> =>
  places.flatMap((place) => {
    const { node } = place
    const found: Array<string> = []
    if (/^(get|set)$/.test(text(node, "kind")) && /Method$|Accessor/.test(node.type)) found.push("a getter or setter")
    if (node.type === "ClassAccessorProperty") found.push("a getter or setter")
    if (
      /^(Object(Property|Method)|Class(Method|Property))$/.test(node.type) &&
      place.parent?.node.type !== "ObjectPattern"
    ) {
      const key = keyOf(node) ?? ""
      if (powers.has(key) && text(node, "kind") !== "constructor") found.push(`the member ${key}`)
    }
    if (node.type === "UnaryExpression" && text(node, "operator") === "delete") found.push("a delete")
    if (/^(WithStatement|DebuggerStatement|LabeledStatement|Decorator)$/.test(node.type)) found.push(`a ${node.type}`)
    if (isEndless(node, place)) found.push("a loop without an end")
    if (isCall(node)) found.push(...oddCalls(node, place))
    if (isSharedWrite(node)) found.push("a change of what all code shares")
    return found
  })

const oddCalls = (node: Node, place: Place): ReadonlyArray<string> => {
  const name = lastName(child(node, "callee"))
  if (!/^set(Timeout|Interval|Immediate)$/.test(name)) return []
  const [what, delay] = children(node, "arguments")
  if (name === "setInterval") return ["a timer that repeats"]
  const isPlain = delay === undefined || /^(NumericLiteral|BinaryExpression)$/.test(delay.type)
  const isCallback =
    what !== undefined && (isFunction(what) || (what.type === "Identifier" && isParameter(what, place)))
  return isPlain && isCallback ? [] : ["a timer that runs what is not written there"]
}

const isParameter = (name: Node, place: Place): boolean =>
  [...above(place)].some(
    ({ node }) => isFunction(node) && children(node, "params").some((one) => text(one, "name") === text(name, "name"))
  )

const isEndless = (node: Node, place: Place): boolean => {
  if (!/^(While|DoWhile|For)Statement$/.test(node.type)) return false
  const test = child(node, "test")
  const isAlways = test === undefined ? node.type === "ForStatement" : truth(test) === true
  return isAlways && !/\((Break|Return|Throw)Statement/.test(place.shape)
}

/** What a condition always is, whatever the values in it; `undefined` when that depends. */
export const truth = (node: Node | undefined): boolean | undefined => {
  if (node === undefined) return undefined
  if (node.type === "BooleanLiteral") return flag(node, "value")
  if (node.type === "NullLiteral") return false
  if (node.type === "NumericLiteral") return Object.getOwnPropertyDescriptor(node, "value")?.value !== 0
  if (node.type === "StringLiteral") return text(node, "value") !== ""
  if (/^(Object|Array|Function|ArrowFunction)Expression$/.test(node.type)) return true
  if (node.type === "UnaryExpression") return unaryTruth(node)
  if (node.type === "LogicalExpression") return logicalTruth(node)
  return node.type === "BinaryExpression" ? comparedTruth(node) : undefined
}

const unaryTruth = (node: Node): boolean | undefined => {
  const operator = text(node, "operator")
  if (operator === "void") return false
  const inner = truth(child(node, "argument"))
  return operator === "!" && inner !== undefined ? !inner : undefined
}

const logicalTruth = (node: Node): boolean | undefined => {
  const [left, right] = [truth(child(node, "left")), truth(child(node, "right"))]
  const operator = text(node, "operator")
  if (operator === "||" && (left === true || right === true)) return true
  if (operator === "&&" && (left === false || right === false)) return false
  return left !== undefined && left === right ? left : undefined
}

/** Of two literals, or of a thing with itself. */
export const comparedTruth = (node: Node): boolean | undefined => {
  if (!/^[=!<>]/.test(text(node, "operator")) || /^(<<|>>)/.test(text(node, "operator"))) return undefined
  const [left, right] = [child(node, "left"), child(node, "right")]
  if (left === undefined || right === undefined) return undefined
  const isSame = left.type === "Identifier" && right.type === "Identifier" && text(left, "name") === text(right, "name")
  const isFixed = left.type.endsWith("Literal") && left.type === right.type && left.type !== "TemplateLiteral"
  return isSame || isFixed ? !text(node, "operator").startsWith("!") : undefined
}

const isSharedWrite = (node: Node): boolean => {
  if (!/^(Assignment|Update)Expression$/.test(node.type)) return false
  const target = child(node, node.type === "UpdateExpression" ? "argument" : "left")
  if (!isMember(target)) return false
  let object = child(target, "object")
  while (isMember(object)) object = child(object, "object")
  return object?.type === "Identifier" && shared.has(text(object, "name"))
}
