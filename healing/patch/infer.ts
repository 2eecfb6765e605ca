/** The one kind of value that fits all uses of an attribute, or why there is none. */
import { namedTypes as n, type NodePath } from "../syntax.ts"
import { type Attribute } from "./attribute.ts"
import { memberOf, type Owner } from "./owner.ts"
import { type Kind, kindOf, type Use, useOf } from "./use.ts"

export type Inferred =
  | { readonly type: "kind"; readonly kind: Kind }
  /** The code asks whether it is there. */
  | { readonly type: "tested" }
  | { readonly type: "unclear"; readonly reason: string }

/**
 * @param uses All of them in the plugin's source, the one that failed included.
 * @param said The name that the failing access had at run time: a number is no key of a record.
 */
export const inferred = (uses: ReadonlyArray<Attribute>, owner: Owner, said: string | undefined): Inferred => {
  const all: ReadonlyArray<Use> = [...uses.map(useOf), ...annotated(uses[0]?.key, owner)]
  if (all.some(({ type }) => type === "test")) return { type: "tested" }
  const telling = all.filter((use) => use.type === "kinds")
  const isNumber = said !== undefined && /^\d+$/.test(said)
  const fit = everyKind.filter(
    (kind) => telling.every((use) => use.kinds.includes(kind)) && !(isNumber && (kind === "record" || kind === "noop"))
  )
  const isFilled = (kind: Kind) => telling.some((use) => use.fills === true && use.kinds.includes(kind))
  const [first, ...others] = fit
  if (first === undefined) return { type: "unclear", reason: "no plain value fits all that the code does with it" }
  if (others.length === 0) {
    if ((first === "map" || first === "set") && !isFilled(first) && !isMade(uses))
      return { type: "unclear", reason: `the code only ever reads it, and nothing would fill an empty ${first}` }
    return { type: "kind", kind: first }
  }
  if (fit.includes("list") && telling.every(({ isAlike }) => isAlike)) return { type: "kind", kind: "list" }
  // What is left is indexed by something, and that was a name.
  if (fit.includes("record") && said !== undefined) return { type: "kind", kind: "record" }
  return { type: "unclear", reason: `it may be ${fit.join(" or ")}, and the code does not say which` }
}

const everyKind: ReadonlyArray<Kind> = ["list", "record", "map", "set", "count", "text", "noop"]

/** Somewhere in the source it is given its value. */
const isMade = (uses: ReadonlyArray<Attribute>): boolean =>
  uses.some(({ path }) => n.AssignmentExpression.check(path.parent?.node) && path.name === "left")

/** What the class says of a field: its type, as TypeScript has it. */
const annotated = (key: string | undefined, { holders }: Owner): ReadonlyArray<Use> =>
  holders.flatMap(({ path }) => {
    const field = key === undefined ? undefined : memberOf(path, key)
    if (!n.ClassProperty.check(field?.node)) return []
    const { value, typeAnnotation } = field.node
    const kind =
      kindOf(value) ??
      (n.TSTypeAnnotation.check(typeAnnotation) ? kindOfType(typeAnnotation.typeAnnotation) : undefined)
    return kind === undefined ? [] : [{ type: "kinds", kinds: [kind] } as const]
  })

const byName: ReadonlyMap<string, Kind> = new Map([
  ["Array", "list"],
  ["ReadonlyArray", "list"],
  ["Record", "record"],
  ["Map", "map"],
  ["ReadonlyMap", "map"],
  ["Set", "set"],
  ["ReadonlySet", "set"]
])

const kindOfType = (type: NodePath["node"]): Kind | undefined => {
  if (n.TSArrayType.check(type)) return "list"
  if (n.TSStringKeyword.check(type)) return "text"
  if (n.TSNumberKeyword.check(type)) return "count"
  if (n.TSTypeOperator.check(type)) return kindOfType(type.typeAnnotation)
  return n.TSTypeReference.check(type) && n.Identifier.check(type.typeName) ? byName.get(type.typeName.name) : undefined
}
