/** A field of a class that nobody ever gave a value: what its type, or what is done with it, says that it begins with. */
import { keyOf, namedTypes as n, type NodePath, nodesIn, print } from "../syntax.ts"
import type { Proposed, Template, Tier } from "../template.ts"
import { expressionOf } from "./edit.ts"
import { around, isMember, memberName, put } from "./kit.ts"

export const lostField: Template = {
  name: "lost-field",
  tier: "A",
  treats: ({ kind }) =>
    /^(undefined_access|undefined_set|undefined_destructure|not_iterable|wrong_value|wrong_type|bad_number|broken_example|broken_promise|hung|unknown)$/.test(
      kind
    ),
  *propose({ fn }) {
    const body = around(fn).find(({ node }) => n.ClassBody.check(node))
    if (body === undefined || !n.ClassBody.check(body.node)) return
    for (const field of body.node.body) yield* begun(field, body)
  }
}

function* begun(field: unknown, body: NodePath): Generator<Proposed> {
  const name = keyOf(field)
  if (!n.ClassProperty.check(field) || name === undefined || field.value || field.static === true) return
  if ("declare" in field && field.declare === true) return
  const uses = nodesIn(body).filter(({ node }) => isOwn(node, name))
  if (uses.some((use) => isSetAtFirst(use))) return
  const { code, tier } = byType(field.typeAnnotation) ?? byUse(uses) ?? {}
  if (code === undefined || tier === undefined) return
  const isSetLater = uses.some((use) => isAssigned(use, "="))
  yield {
    what: `begins the field "${name}" with ${code}`,
    tier: isSetLater ? "B" : tier,
    apply: () => put(field, "value", expressionOf(code))
  }
}

/** `this.name`. */
const isOwn = (node: unknown, name: string): boolean =>
  memberName(node) === name && isMember(node) && n.MemberExpression.check(node) && n.ThisExpression.check(node.object)

const isAssigned = ({ parent, name }: NodePath, operator: string): boolean =>
  n.AssignmentExpression.check(parent?.node) && name === "left" && parent?.node.operator === operator

const isSetAtFirst = (use: NodePath): boolean =>
  isAssigned(use, "=") && around(use).some(({ node }) => keyOf(node) === "constructor")

interface Beginning {
  readonly code: string
  /** A number or a text might as well begin otherwise. */
  readonly tier: Tier
}

const beginnings: ReadonlyArray<readonly [RegExp, Beginning]> = [
  [/^(readonly )?((Readonly)?Array<.*>|.*\[\])$/s, { code: "[]", tier: "A" }],
  [/^(Readonly)?Map<.*>$/s, { code: "new Map()", tier: "A" }],
  [/^(Readonly)?Set<.*>$/s, { code: "new Set()", tier: "A" }],
  [/^WeakMap<.*>$/s, { code: "new WeakMap()", tier: "A" }],
  [/^WeakSet<.*>$/s, { code: "new WeakSet()", tier: "A" }],
  [/^((Partial|Readonly)<)?Record<.*>$/s, { code: "{}", tier: "A" }],
  [/^number$/, { code: "0", tier: "B" }],
  [/^string$/, { code: '""', tier: "B" }],
  [/^boolean$/, { code: "false", tier: "B" }]
]

const byType = (annotation: unknown): Beginning | undefined => {
  if (!n.TSTypeAnnotation.check(annotation)) return undefined
  const type = print(annotation.typeAnnotation)
  return beginnings.find(([pattern]) => pattern.test(type))?.[1]
}

const listMethods = /^(push|unshift|pop|shift|splice|concat|map|filter|find|findIndex|some|every|join|slice|length)$/

const byUse = (uses: ReadonlyArray<NodePath>): Beginning | undefined => {
  const members = new Set(
    uses.flatMap(({ parent, name }) => (name === "object" ? (memberName(parent?.node) ?? []) : []))
  )
  const isEntered = uses.some(
    ({ parent, name }) => name === "object" && n.MemberExpression.check(parent?.node) && parent?.node.computed === true
  )
  if (members.has("get") && members.has("set")) return { code: "new Map()", tier: "A" }
  if (members.has("has") && members.has("add")) return { code: "new Set()", tier: "A" }
  if (members.has("set")) return { code: "new Map()", tier: "B" }
  if (members.has("add")) return { code: "new Set()", tier: "B" }
  if (members.size > 0 && [...members].every((member) => listMethods.test(member)))
    return { code: "[]", tier: members.has("push") ? "A" : "B" }
  if (uses.some(isCounted)) return { code: "0", tier: "B" }
  return isEntered && members.size === 0 ? { code: "{}", tier: "B" } : undefined
}

/** `this.count++`, `this.sum += 2`. */
const isCounted = (use: NodePath): boolean => {
  const holder = use.parent?.node
  if (n.UpdateExpression.check(holder)) return true
  return isAssigned(use, "+=") && n.AssignmentExpression.check(holder) && n.NumericLiteral.check(holder.right)
}
