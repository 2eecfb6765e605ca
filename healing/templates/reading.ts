/** Which part of the code a failure speaks of: the member that was read of nothing, the call that was refused. */
import type { types } from "recast"
import { type ASTNode, namedTypes, type NodePath, visit } from "../syntax.ts"
import type { Site } from "../template.ts"
import { shown } from "./kit.ts"
import { statementAround, codeOf } from "./edit.ts"

type Member = types.namedTypes.MemberExpression

export interface Reading {
  readonly member: NodePath<Member>
  /** What was not there. */
  readonly object: NodePath
  /** Its code without a trailing `!` and casts. */
  readonly text: string
  /** Reading it twice does no more than reading it once. */
  readonly isPlain: boolean
}

/**
 * The member at the failing position whose property the failure names; else the only one in that statement. A name that
 * is not there means that the position is not to be trusted, or the value comes from elsewhere.
 */
export const readingAt = (site: Site): Reading | undefined => {
  const { at, failure } = site
  const { property, said } = failure
  if (at === undefined || property === undefined || !/^Cannot (read|set) /.test(said) || !isInnermost(site))
    return undefined
  for (let path = at; path?.node !== undefined; path = path.parent) {
    if (isMember(path) && isAt(path, at, property)) return readingOf(path)
    if (namedTypes.Statement.check(path.node) || namedTypes.Function.check(path.node)) break
  }
  const found = membersIn(statementAround(at) ?? at).filter((one) => nameOf(one.node) === property)
  return found.length === 1 && found[0] !== undefined ? readingOf(found[0]) : undefined
}

/** Whether it broke here, and not in something that was called from here. */
export const isInnermost = ({ failure, file, at }: Pick<Site, "failure" | "file" | "at">): boolean => {
  const [frame] = failure.frames
  const loc = at !== undefined && namedTypes.Node.check(at.node) ? at.node.loc : undefined
  if (frame === undefined || loc === null || loc === undefined) return false
  return frame.file === file && loc.start.line <= frame.line && frame.line <= loc.end.line
}

const isMember = (path: NodePath): path is NodePath<Member> =>
  path.node.type === "MemberExpression" || path.node.type === "OptionalMemberExpression"

const isAt = (member: NodePath<Member>, at: NodePath, property: string): boolean => {
  const name = nameOf(member.node)
  if (name !== undefined) return name === property
  // Its property is calculated: V8 points at the bracket or at the assignment.
  return member.node === at.node || at.node.type === "AssignmentExpression"
}

/** The property's name where the source has it. */
export const nameOf = ({ property, computed }: Member): string | undefined => {
  if (!computed && namedTypes.Identifier.check(property)) return property.name
  if (property.type === "PrivateName" && namedTypes.Identifier.check(property.id)) return `#${property.id.name}`
  if (computed && (namedTypes.StringLiteral.check(property) || namedTypes.NumericLiteral.check(property)))
    return String(property.value)
  return undefined
}

const readingOf = (member: NodePath<Member>): Reading | undefined => {
  if (member.node.optional === true) return undefined
  const object: NodePath = member.get("object")
  const bare = bareOf(object.node)
  return { member, object, text: isPlain(bare) ? codeOf(bare) : shown(bare), isPlain: isPlain(bare) }
}

/** Methods that fill what they are called on. To leave such a call out would lose what was to be kept. */
export const fills = (property: string | undefined): boolean => /^(push|unshift|add|set)$/.test(property ?? "")

/** Without what only the types need. */
export const bareOf = (node: ASTNode): ASTNode =>
  namedTypes.TSNonNullExpression.check(node) || namedTypes.TSAsExpression.check(node) ? bareOf(node.expression) : node

/** Names, members, literals: nothing that does something when it is read (getters apart), and no comment to be said twice. */
export const isPlain = (node: ASTNode): boolean => {
  if ("comments" in node && Array.isArray(node.comments) && node.comments.length > 0) return false
  if (namedTypes.Identifier.check(node) || namedTypes.Literal.check(node) || namedTypes.ThisExpression.check(node))
    return true
  if (namedTypes.TSNonNullExpression.check(node)) return isPlain(node.expression)
  if (!namedTypes.MemberExpression.check(node)) return false
  return isPlain(node.object) && (node.computed !== true || isPlain(node.property))
}

export const membersIn = (path: NodePath): ReadonlyArray<NodePath<Member>> => {
  const found: Array<NodePath<Member>> = []
  // `visit` takes paths as well; its types say only nodes.
  visit(path as unknown as ASTNode, {
    visitMemberExpression(one) {
      found.push(one)
      return this.traverse(one)
    }
  })
  return found
}

/** Name that an expression starts with: `a` of `a.b[0].c`; `this` as well. */
export const rootOf = (node: ASTNode): string | undefined => {
  const bare = bareOf(node)
  if (namedTypes.Identifier.check(bare)) return bare.name
  if (namedTypes.ThisExpression.check(bare)) return "this"
  if (namedTypes.MemberExpression.check(bare)) return rootOf(bare.object)
  return undefined
}

export type Call = types.namedTypes.CallExpression | types.namedTypes.NewExpression

/** Whether it is the plugin's own place nearest to where it broke: what the host or a package did was asked for here. */
export const isNearest = ({ failure, file, at, code }: Site): boolean => {
  const own = failure.frames.find((frame) => code.read(frame.file) !== undefined)
  return own !== undefined && isInnermost({ failure: { ...failure, frames: [own] }, file, at })
}

/**
 * The innermost call around the failing position, up to the function, that `fits` accepts; else the only one in that
 * statement.
 */
export const callAt = (
  site: Site,
  fits: (callee: string, call: Call) => boolean,
  mayBe: (site: Site) => boolean = isInnermost
): NodePath<Call> | undefined => {
  if (!mayBe(site)) return undefined
  for (let path = site.at; path?.node !== undefined; path = path.parent) {
    if (isCall(path) && fits(codeOf(path.node.callee), path.node)) return path
    if (namedTypes.Function.check(path.node)) break
  }
  const found: Array<NodePath<Call>> = []
  const within = statementAround(site.at) ?? site.at
  if (within === undefined) return undefined
  const look = (path: NodePath<Call>) => {
    if (fits(codeOf(path.node.callee), path.node)) found.push(path)
  }
  visit(within as unknown as ASTNode, {
    visitCallExpression(path) {
      look(path)
      return this.traverse(path)
    },
    visitNewExpression(path) {
      look(path)
      return this.traverse(path)
    }
  })
  return found.length === 1 ? found[0] : undefined
}

const isCall = (path: NodePath): path is NodePath<Call> =>
  path.node.type === "CallExpression" || path.node.type === "NewExpression"
