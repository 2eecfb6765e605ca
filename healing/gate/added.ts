/** What a repair adds, as far as it tells what the repair is worth: defaults, skips, failures of its own, learnt answers. */
import { difference, isFaithful, type Spelling } from "./faithful.ts"
import { count, countOf, surplus } from "../policy/rule.ts"
import { stringsIn } from "../policy/text.ts"
import { child, children, flag, keyOf, type Place, text, type View } from "../policy/tree.ts"

export interface Added {
  /** Where it goes on without something that is not there: such an answer is not what the author meant, or nobody knows. */
  readonly softens: ReadonlyArray<string>
  /** It answers `success: false` by itself. */
  readonly fails: boolean
  /** It is plainly what the author meant: see faithful.ts. */
  readonly isFaithful: boolean
  /** Nodes, names and literals that come, or change. */
  readonly size: number
  /** Texts and numbers that were not there before. */
  readonly literals: ReadonlyArray<string | number>
}

export const addedBy = (had: View, has: View, spelling: Spelling): Added => {
  const change = difference(had, has)
  const more = (matches: (place: Place) => boolean) => countOf(has, matches) > countOf(had, matches)
  const numbers = surplus(count(numbersIn(has)), count(numbersIn(had))).map(Number)
  return {
    softens: softeners.flatMap(([what, matches]) => (more(matches) ? [what] : [])),
    fails: more(isFailure),
    isFaithful: isFaithful(change, spelling),
    size: change.come.length,
    literals: [...surplus(count(stringsIn(has)), count(stringsIn(had))), ...numbers]
  }
}

const numbersIn = ({ places }: View): ReadonlyArray<string> =>
  places.flatMap(({ node }) =>
    node.type === "NumericLiteral" ? [String(Object.getOwnPropertyDescriptor(node, "value")?.value)] : []
  )

const softeners: ReadonlyArray<readonly [what: string, matches: (place: Place) => boolean]> = [
  ["it goes on where a value is missing", ({ node }) => flag(node, "optional") && node.type.startsWith("Optional")],
  [
    "it puts a default where a value is missing",
    ({ node }) =>
      node.type === "AssignmentPattern" ||
      (node.type === "LogicalExpression" && text(node, "operator") === "??") ||
      isDefault(node)
  ],
  [
    "it puts a default where a value is missing",
    ({ node }) => node.type === "AssignmentExpression" && /^(\?\?|\|\|)=$/.test(text(node, "operator"))
  ],
  ["it skips what it did", (place) => isSkip(place)],
  ["it goes on after a failure", ({ node }) => node.type === "CatchClause"]
]

const isDefault = (node: Place["node"]): boolean =>
  node.type === "LogicalExpression" &&
  text(node, "operator") === "||" &&
  /^(\w*Literal|ArrayExpression|ObjectExpression)$/.test(child(node, "right")?.type ?? "")

/** A branch that leaves early, or a choice with a literal for one of its ends. */
const isSkip = ({ node, key, parent }: Place): boolean => {
  if (node.type === "ConditionalExpression")
    return [child(node, "consequent"), child(node, "alternate")].some(
      (one) => one !== undefined && /Literal$|^(Array|Object)Expression$/.test(one.type)
    )
  if (/^(Continue|Break)Statement$/.test(node.type)) return true
  if (node.type !== "IfStatement" || key === "alternate") return false
  return parent !== undefined
}

const isFailure = ({ node }: Place): boolean => {
  if (node.type === "ObjectExpression") {
    const success = children(node, "properties").find((one) => keyOf(one) === "success")
    const value = child(success, "value")
    return value?.type === "BooleanLiteral" && !flag(value, "value")
  }
  return node.type === "CallExpression" && text(child(node, "callee"), "name") === "refuse"
}

/** Of a value all texts and numbers that are in it. */
export const valuesIn = (value: unknown, depth = 0): ReadonlyArray<string | number> => {
  if (typeof value === "string" || typeof value === "number") return [value]
  if (typeof value !== "object" || value === null || depth > 6) return []
  return Object.values(value).flatMap((one) => valuesIn(one, depth + 1))
}

/** Names of all properties that are in it. */
export const keysIn = (value: unknown, depth = 0): ReadonlyArray<string> => {
  if (typeof value !== "object" || value === null || depth > 8) return []
  const inner = Object.values(value).flatMap((one) => keysIn(one, depth + 1))
  return Array.isArray(value) ? inner : [...Object.keys(value), ...inner]
}

/** Whether a repair has learnt calls or answers by heart. @param known Texts and numbers of these. */
export const isLearnt = (literals: Added["literals"], known: ReadonlySet<string | number>): boolean =>
  literals.some((one) => {
    if (typeof one === "number") return Math.abs(one) > 2 && (known.has(one) || known.has(String(one)))
    if (one.trim().length < 3) return false
    if (known.has(one)) return true
    const holds = (value: string | number) =>
      typeof value === "string" &&
      ((value.length >= 4 && one.includes(value)) || (one.length >= 6 && value.includes(one)))
    return one.length >= 6 && [...known].some(holds)
  })
