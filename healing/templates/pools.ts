/** Names that may have been meant at a place. */
import { keyOf, namedTypes as n, type NodePath, nodesIn, print } from "../syntax.ts"
import type { Site } from "../template.ts"
import { declarationOf, isMember, memberName } from "./kit.ts"
import { globalMembers, globalNames, instanceMembers } from "./known-names.ts"
import { exportsOf, importsOf } from "./modules.ts"

/** What the host hands a tool, and what its ports give. */
const hostNames: ReadonlyArray<string> =
  `files exec fetch signal progress log cwd taskStartedAt read write stat resolve display run text bytes code output status
  ok success data error summary`.split(/\s+/)

/** Keys that the file declares or makes itself: of objects, classes and types. */
const ownKeys = ({ program }: Site): ReadonlyArray<string> =>
  nodesIn(program).flatMap((path) => {
    const { node } = path
    if (n.ObjectPattern.check(path.parent?.node)) return []
    if (n.AssignmentExpression.check(node)) return memberName(node.left) ?? []
    return keyOf(node) ?? []
  })

/** Names that are known to exist. */
export const definedIn = (site: Site): ReadonlySet<string> =>
  new Set([...instanceMembers, ...site.inputNames, ...ownKeys(site), ...hostNames])

/** Names that the object of a member expression may have, likeliest first. */
export const membersFor = (path: NodePath, site: Site): ReadonlyArray<string> => {
  const { node } = path
  if (!("object" in node)) return []
  const { object } = node
  if (n.Identifier.check(object)) {
    const whole = importsOf(site.program).find(
      ({ local, name }) => local === object.name && /^(\*|default)$/.test(name)
    )
    const known = whole === undefined ? [] : exportsOf(site.code, site.file, whole.specifier).values
    if (known.length > 1) return known.filter((name) => name !== "default")
    if (globalNames.includes(object.name) && declarationOf(path, object.name) === undefined)
      return globalMembers(object.name)
  }
  return [...usedOn(object, site, node), ...site.inputNames, ...ownKeys(site), ...hostNames, ...instanceMembers]
}

/** Members that are used on the same expression elsewhere in the file. */
const usedOn = (object: unknown, { program }: Site, except: unknown): ReadonlyArray<string> => {
  const text = print(object)
  return nodesIn(program).flatMap(({ node }) => {
    if (node === except || !isMember(node) || !("object" in node) || print(node.object) !== text) return []
    return memberName(node) ?? []
  })
}
