/** A name that nothing is called by, where one that is spelled nearly so exists. */
import { builders as b, keyOf, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template, Tier } from "../template.ts"
import { all, inFunction, inStatement, isMember, memberName, paramsOf, put, type Undo } from "./kit.ts"
import { nearest } from "./nearness.ts"
import { definedIn, exportsFor, membersFor } from "./pools.ts"
import { unboundName } from "./unbound-name.ts"

const kinds: ReadonlySet<string> = new Set([
  "not_a_function",
  "not_a_constructor",
  "undefined_access",
  "undefined_set",
  "undefined_destructure",
  "not_iterable",
  "not_defined",
  "wrong_type",
  "wrong_value",
  "invalid_callback",
  "unknown_encoding",
  "bad_json",
  "bad_time",
  "bad_length",
  "bad_number",
  "empty_reduce",
  "missing_file",
  "broken_example",
  "broken_promise"
])

/** Most proposals for one place: farther ones are hardly meant. */
const most = 10

export const nearName: Template = {
  name: "near-name",
  tier: "A",
  treats: ({ kind }) => kinds.has(kind),
  *propose(site) {
    const { failure } = site
    if (failure.kind === "not_defined") return yield* unboundName(site)
    const blamed = blamedBy(site)
    const defined = definedIn(site)
    const isWrong = (name: string | undefined, path: NodePath) => {
      if (name === undefined) return false
      const exported = exportsFor(path, site)
      return exported === undefined ? blamed.has(path.node) || !defined.has(name) : !exported.includes(name)
    }
    const members = [...new Set([...inStatement(site, isMember), ...inFunction(site, isMember)])]
    const wrong = distinct(members).filter((path) => isWrong(memberName(path.node), path))
    const [named, other] = [wrong.filter(({ node }) => blamed.has(node)), wrong.filter(({ node }) => !blamed.has(node))]
    const certain = named.flatMap((path) => renamed(path, site))
    // Another name of the line may keep the failing one from being read, and so hide it.
    const likely = other.flatMap((path) => renamed(path, site, certain.length > 0 ? "B" : "A"))
    const keys = inFunction(site, (node) => n.ObjectPattern.check(node)).flatMap((pattern) =>
      takenBy(pattern, site, defined)
    )
    const made = inFunction(site, (node) => n.ObjectExpression.check(node)).flatMap((object) =>
      madeIn(object, site, defined)
    )
    yield* [...certain, ...likely, ...keys, ...made].slice(0, most)
  }
}

const distinct = (paths: ReadonlyArray<NodePath>): ReadonlyArray<NodePath> => [
  ...new Map(paths.map((path) => [path.node, path])).values()
]

/** Members whose value the failure speaks of: what is called and cannot be, or is nothing where something is read from it. */
const blamedBy = (site: Site): ReadonlySet<unknown> => {
  const { kind, property } = site.failure
  const members = inStatement(site, isMember)
  const called = members.filter(({ node }) => kind.startsWith("not_a_") && memberName(node) === property)
  const read = members.filter(({ node }) => kind.startsWith("undefined_") && memberName(node) === property)
  return new Set<unknown>([
    ...called.map(({ node }) => node),
    ...read.map(({ node }) => ("object" in node ? node.object : node))
  ])
}

const renamed = (path: NodePath, site: Site, tier: Tier = "A"): ReadonlyArray<Proposed> => {
  const { node } = path
  const name = memberName(node)
  if (name === undefined || !("property" in node)) return []
  return nearest(name, membersFor(path, site)).map((other) => ({
    what: `reads "${other}" where "${name}" stood`,
    tier,
    apply: () => put(node, "property", n.Identifier.check(node.property) ? b.identifier(other) : b.stringLiteral(other))
  }))
}

/** `{ txet }` of an object that has `text`. */
const takenBy = (pattern: NodePath, site: Site, defined: ReadonlySet<string>): ReadonlyArray<Proposed> => {
  const { node } = pattern
  if (!n.ObjectPattern.check(node)) return []
  const isInput = paramsOf(site.fn)[0] === node
  const pool = isInput && site.inputNames.length > 0 ? site.inputNames : [...site.inputNames, ...defined]
  const taken = node.properties.flatMap((one) => keyOf(one) ?? [])
  return node.properties.flatMap((one) => {
    const name = keyOf(one)
    if (name === undefined || !n.ObjectProperty.check(one)) return []
    if (isInput ? pool.includes(name) : defined.has(name) && !isOnlyTaken(site, name)) return []
    const others = nearest(name, pool).filter((other) => !taken.includes(other))
    return others.map((other) => ({
      what: `takes "${other}" where "${name}" stood`,
      apply: () => keyed(one, other)
    }))
  })
}

/** The property under another name; what it holds keeps its own. */
const keyed = (property: object, name: string): Undo =>
  all(put(property, "key", b.identifier(name)), put(property, "shorthand", false))

/** Nothing in the file makes or declares it. */
const isOnlyTaken = ({ program }: Site, name: string): boolean =>
  !nodesIn(program).some(
    ({ node, parent }) => keyOf(node) === name && !n.ObjectPattern.check(parent?.node) && !n.ImportSpecifier.check(node)
  )

/** A key of an answer, of options, or of what others read from. */
const madeIn = (object: NodePath, { program }: Site, defined: ReadonlySet<string>): ReadonlyArray<Proposed> => {
  const { node } = object
  if (!n.ObjectExpression.check(node)) return []
  const read = new Set([
    ...answerFields,
    ...nodesIn(program).flatMap(({ node: one }) => memberName(one) ?? namesRead(one))
  ])
  const present = node.properties.flatMap((one) => keyOf(one) ?? [])
  return node.properties.flatMap((one) => {
    const name = keyOf(one)
    if (name === undefined || read.has(name) || !n.ObjectProperty.check(one)) return []
    const others = nearest(name, [...answerFields, ...read, ...defined], 2).filter((other) => !present.includes(other))
    return others.map((other) => ({
      what: `calls it "${other}" where "${name}" stood`,
      apply: () => keyed(one, other)
    }))
  })
}

const answerFields: ReadonlyArray<string> = ["success", "data", "error", "summary", "errorClass", "diff"]

const namesRead = (node: unknown): ReadonlyArray<string> =>
  n.ObjectPattern.check(node) ? node.properties.flatMap((one) => keyOf(one) ?? []) : []
