/** Names that may have been meant at a place. */
import { keyOf, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Site } from "../template.ts"
import { declarationOf, isMember, memberName } from "./kit.ts"
import { globalMembers, globalNames, instanceMembers } from "./known-names.ts"
import { exportsOf, importsOf } from "./modules.ts"

/** What the host hands a tool, and what its ports give. */
const hostNames: ReadonlyArray<string> =
  `files exec fetch signal progress log cwd taskStartedAt read write stat resolve display run text bytes code output status
  ok success data error errorClass summary diff kind size modified path name`.split(/\s+/)

/** What is found once in a file, for all the names in it. */
const perFile = <Found>(find: (program: NodePath) => Found): ((site: Site) => Found) => {
  const known = new WeakMap<NodePath, Found>()
  return ({ program }) => {
    const found = known.get(program) ?? find(program)
    known.set(program, found)
    return found
  }
}

/** Keys that the file declares or makes itself: of objects, classes and types. */
const ownKeys = perFile((program) =>
  nodesIn(program).flatMap((path) => {
    const { node } = path
    if (n.ObjectPattern.check(path.parent?.node)) return []
    if (n.AssignmentExpression.check(node)) return memberName(node.left) ?? []
    return keyOf(node) ?? []
  })
)

/** Names that are known to exist. */
export const definedIn = (site: Site): ReadonlySet<string> =>
  new Set([...instanceMembers, ...site.inputNames, ...ownKeys(site), ...hostNames])

/** Names that the object of a member expression may have, likeliest first. */
export const membersFor = (path: NodePath, site: Site): ReadonlyArray<string> => {
  const { node } = path
  if (!("object" in node)) return []
  const { object } = node
  const exported = exportsFor(path, site)
  if (exported !== undefined) return exported
  if (n.Identifier.check(object)) {
    if (globalNames.includes(object.name) && declarationOf(path, object.name) === undefined)
      return globalMembers(object.name)
  }
  return [...usedOn(object, site, node), ...site.inputNames, ...ownKeys(site), ...hostNames, ...instanceMembers]
}

/** What the module exports whose name a member is read from, where that is a whole module; `undefined` where it is not known. */
export const exportsFor = ({ node }: NodePath, site: Site): ReadonlyArray<string> | undefined => {
  const object: unknown = "object" in node ? node.object : undefined
  if (!n.Identifier.check(object)) return undefined
  const whole = wholesOf(site).get(object.name)
  const known = whole === undefined ? [] : exportsOf(site.code, site.file, whole).values
  return known.length > 1 ? known.filter((name) => name !== "default") : undefined
}

/** Specifiers of the modules that a file imports whole, by what it calls them. */
const wholesOf = perFile(
  (program) =>
    new Map(
      importsOf(program).flatMap(({ local, name, specifier }) =>
        /^(\*|default)$/.test(name) ? [[local, specifier] as const] : []
      )
    )
)

/** Members that are used on the same expression elsewhere in the file. */
const usedOn = (object: unknown, site: Site, except: unknown): ReadonlyArray<string> =>
  (usesOf(site).get(chainOf(object) ?? "") ?? []).flatMap(({ node, name }) => (node === except ? [] : [name]))

const usesOf = perFile((program) => {
  const uses = new Map<string, Array<{ readonly node: unknown; readonly name: string }>>()
  for (const { node } of nodesIn(program)) {
    const name = isMember(node) ? memberName(node) : undefined
    const chain = name !== undefined && "object" in node ? chainOf(node.object) : undefined
    if (name === undefined || chain === undefined) continue
    const known = uses.get(chain) ?? []
    known.push({ node, name })
    uses.set(chain, known)
  }
  return uses
})

/** `a.b().c` as a text, of plain names; `undefined` for anything else. */
const chainOf = (node: unknown): string | undefined => {
  if (n.Identifier.check(node)) return node.name
  if (n.ThisExpression.check(node)) return "this"
  if (n.TSNonNullExpression.check(node)) return chainOf(node.expression)
  const [of, rest] =
    isMember(node) && typeof node === "object" && node !== null && "object" in node
      ? [chainOf(node.object), memberName(node)]
      : n.CallExpression.check(node)
        ? [chainOf(node.callee), "()"]
        : []
  return of === undefined || rest === undefined ? undefined : `${of}.${rest}`
}
