/**
 * Whether a repair is plainly what the author meant, told from the text alone: a name spelt right, something waited for or
 * given back, an import that leads where it should. Whatever else it may be, without an example nobody can tell.
 */
import { isDeepStrictEqual } from "node:util"
import { diffArrays } from "diff"
import { distance } from "fastest-levenshtein"
import { count, isNear, namesOf, surplus, unpaired } from "../policy/rule.ts"
import {
  above,
  child,
  children,
  isCall,
  isFunction,
  lastName,
  type Node,
  type Place,
  text,
  type View
} from "../policy/tree.ts"

/** Nodes that may come: they wait, give back, make, copy, import. */
const mayCome =
  /^(AwaitExpression|ReturnStatement|NewExpression|(Optional)?CallExpression|MemberExpression|SpreadElement|ArrayExpression|ObjectExpression|MetaProperty|BlockStatement|(Import|Export)\w*)$/

/** Nodes that may go, because another stands for them. */
const mayGo =
  /^(CallExpression|ExpressionStatement|ReturnStatement|MemberExpression|BlockStatement|(Import|Export)\w*)$/

/** Names that may come without another going: of what converts nothing away, and of what Node has moved. */
const mayBeAdded: ReadonlySet<string> = namesOf(`
  Object entries Promise all structuredClone Array isArray from Buffer types default createRequire require
  import meta url dirname filename fileURLToPath tmpdir module exports
`)

/** Of Node; a near one stands for a wrong one. */
const encodings: ReadonlySet<string> = namesOf(`
  utf8 utf16le ucs2 latin1 binary ascii base64 base64url hex
`)

/** What a name may have been meant to be. */
export interface Spelling {
  /** Every name that a misspelt one could stand for. */
  readonly pool: ReadonlySet<string>
  /** Names that the failure itself blames. */
  readonly blamed: ReadonlySet<string>
  /** Names in the plugin's other files, and keys of its schemas and of known calls. */
  readonly elsewhere: ReadonlySet<string>
}

/** Nodes, names and literals that go and that come; what changes its place does both. */
export interface Difference {
  readonly gone: ReadonlyArray<string>
  readonly come: ReadonlyArray<string>
  readonly after: ReadonlySet<string>
}

export const difference = (before: View, after: View): Difference => {
  const [had, has] = [tokensOf(before), tokensOf(after)]
  const parts = diffArrays([...had], [...has])
  const gone = parts.flatMap(({ removed, value }) => (removed ? value : []))
  const come = parts.flatMap(({ added, value }) => (added ? value : []))
  const isSorted = isSortedCall(before, after)
  return {
    gone: isSorted ? surplus(count(gone), count(come)) : gone,
    come: isSorted ? surplus(count(come), count(gone)) : come,
    after: new Set(has)
  }
}

/** The same call with its arguments in another order, where the language or their names say which is which. */
const isSortedCall = (before: View, after: View): boolean => {
  const known = new Set(before.places.map(({ shape }) => shape))
  return after.places.some((call) => {
    if (!isCall(call.node) || known.has(call.shape)) return false
    const [callee, args] = [calleeOf(call, after), argumentsOf(call, after)]
    const isSame = (one: Place) =>
      isCall(one.node) &&
      calleeOf(one, before) === callee &&
      !isDeepStrictEqual(argumentsOf(one, before), args) &&
      isDeepStrictEqual(argumentsOf(one, before).toSorted(), args.toSorted())
    return before.places.some(isSame) && (args.some(isFunctionShape) || areNamedSo(call, after))
  })
}

const isFunctionShape = (shape: string): boolean => /^\((Arrow)?Function/.test(shape)

/** Each argument is called as the parameter at its place is called. */
const areNamedSo = ({ node }: Place, { places }: View): boolean => {
  const args = children(node, "arguments").map((one) => text(one, "name"))
  const name = lastName(child(node, "callee"))
  return places.some(({ node: one, owners }) => {
    const params = isFunction(one) && owners.at(-1) === name ? children(one, "params") : []
    return params.length > 0 && args.every((arg, at) => arg !== "" && arg === text(params[at], "name"))
  })
}

const calleeOf = ({ node }: Place, { places }: View): string | undefined => {
  const callee = child(node, "callee")
  return places.find((place) => place.node === callee)?.shape
}

const argumentsOf = ({ node }: Place, { places }: View): ReadonlyArray<string> => {
  const asked = new Set(children(node, "arguments"))
  return asked.size < 2 ? [] : places.flatMap((place) => (asked.has(place.node) ? [place.shape] : []))
}

export const isFaithful = ({ gone, come, after }: Difference, { pool, blamed, elsewhere }: Spelling): boolean => {
  // A typo is a name that nobody has: one that stands elsewhere as well, and that nobody blames, is as its author meant it.
  const isMisspelt = (name: string) =>
    blamed.has(name) || !(after.has(`Identifier ${name}`) || elsewhere.has(name) || ofLanguage.has(name))
  const isRenamed = (one: string, other: string) =>
    isRespelt(one, other, pool) && (!one.startsWith("Identifier ") || isMisspelt(one.slice("Identifier ".length)))
  const left = unpaired(gone, come, isRenamed)
  const right = unpaired(come, gone, (one, other) => isRenamed(other, one))
  return (
    left.every((token) => mayGo.test(token) || isLost(token)) &&
    right.every((token) => mayCome.test(token) || isAdded(token))
  )
}

/** Each node by what it is, and literals and names by what they say. */
const tokensOf = ({ places }: View): ReadonlyArray<string> =>
  places.flatMap((place) => {
    const { node } = place
    if (node.type === "StringLiteral" && [...above(place)].some(isImport)) return []
    // What it is called here is not what is taken.
    if (place.key === "local" && place.parent?.node.type === "ImportSpecifier") return []
    const said = saidIn(node)
    return [said === "" ? node.type : `${node.type} ${said}`]
  })

const isImport = ({ node, shape }: Place): boolean =>
  /^(Import|Export(All|Named)?)\w*Declaration$/.test(node.type) && / source:/.test(shape)

const saidIn = (node: Node): string => {
  if (node.type === "RegExpLiteral") return `/${text(node, "pattern")}/${text(node, "flags")}`
  const value: unknown = Object.getOwnPropertyDescriptor(node, "value")?.value
  const isScalar = /^(string|number|boolean)$/.test(typeof value)
  const literal = isScalar ? JSON.stringify(value) : node.type === "TemplateElement" ? JSON.stringify(value) : ""
  return [text(node, "name"), text(node, "operator"), text(node, "kind"), literal].filter((one) => one !== "").join(" ")
}

const isRespelt = (one: string, other: string, pool: ReadonlySet<string>): boolean => {
  const [what = "", ...said] = one.split(" ")
  const [now = "", ...then] = other.split(" ")
  const [old, fresh] = [said.join(" "), then.join(" ")]
  if (what === "VariableDeclaration" && now === what) return old === "const" && fresh === "let"
  if (what === "NumericLiteral" && now === "BigIntLiteral") return `"${old}"` === fresh
  if (what !== now) return false
  if (what === "RegExpLiteral") return fresh === `${old}g`
  if (what === "StringLiteral")
    return (
      encodings.has(unquoted(fresh)) &&
      !encodings.has(unquoted(old)) &&
      isNearest(unquoted(old), unquoted(fresh), encodings)
    )
  return what === "Identifier" && isNearest(old, fresh, pool)
}

/** Hyphens make no difference. */
const unquoted = (literal: string): string => literal.replaceAll(/["-]/g, "")

/** Near, and no other is nearer. */
const isNearest = (old: string, fresh: string, pool: ReadonlySet<string>): boolean => {
  const away = (name: string) => distance(old.toLowerCase(), name.toLowerCase())
  if (old === fresh || !isNear(old, fresh)) return false
  const own = away(fresh)
  return [...pool].every((name) => name === old || name === fresh || away(name) >= own)
}

const isLost = (token: string): boolean =>
  /^Identifier (require|util|default|module|exports|__dirname|__filename)$/.test(token)

const isAdded = (token: string): boolean => {
  const [what = "", ...said] = token.split(" ")
  if (what === "RegExpLiteral") return /^\/\^\\u\{?feff\}?\/u?$/i.test(said.join(" "))
  if (token === 'StringLiteral ""' || token === "Identifier replace") return true
  return what === "Identifier" && mayBeAdded.has(said.join(" "))
}

const builtin: ReadonlyArray<object> = [
  Object,
  Object.prototype,
  String,
  String.prototype,
  Array,
  Array.prototype,
  Number,
  Number.prototype,
  Math,
  JSON,
  Date,
  Date.prototype,
  Map.prototype,
  Set.prototype,
  Promise,
  Promise.prototype,
  RegExp.prototype,
  Buffer,
  URL.prototype,
  Buffer.prototype,
  URLSearchParams.prototype,
  globalThis
]

const ofLanguage: ReadonlySet<string> = new Set(builtin.flatMap((one) => Object.getOwnPropertyNames(one)))

export const namesIn = (source: string): ReadonlyArray<string> => source.match(/[A-Za-z_$][\w$]*/g) ?? []

/** Every name that a misspelt one could stand for: of the plugin's own files, and of the language. */
export const poolOf = (sources: Iterable<string>): ReadonlySet<string> =>
  new Set([...ofLanguage, ...[...sources].flatMap(namesIn)])
