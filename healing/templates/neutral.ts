/** The value that is nothing of its kind, inferred from what the code does with what is not there. */
import { type ASTNode, namedTypes } from "../syntax.ts"
import type { NodePath } from "../syntax.ts"
import { functionAround } from "../syntax.ts"
import { membersIn, nameOf } from "./reading.ts"
import { codeOf } from "./edit.ts"

export interface Neutral {
  readonly code: string
  /** For the user. */
  readonly words: string
}

const list: Neutral = { code: "[]", words: "an empty list" }
const text: Neutral = { code: '""', words: "an empty text" }
const record: Neutral = { code: "{}", words: "an empty object" }
const zero: Neutral = { code: "0", words: "0" }
const no: Neutral = { code: "false", words: "false" }

export const neutrals = { list, text, record, zero, no }

/** What only one kind of value can do. */
const uses: ReadonlyArray<readonly [Neutral, ReadonlySet<string>]> = [
  [
    list,
    new Set(
      "map filter forEach reduce reduceRight some every find findIndex findLast flatMap flat join push pop shift unshift splice sort reverse fill toSorted toReversed".split(
        " "
      )
    )
  ],
  [
    text,
    new Set(
      "trim trimStart trimEnd toLowerCase toUpperCase split replace replaceAll match matchAll startsWith endsWith padStart padEnd charAt charCodeAt codePointAt substring substr localeCompare normalize repeat".split(
        " "
      )
    )
  ],
  [zero, new Set("toFixed toPrecision toExponential".split(" "))]
]

const bySchema: Readonly<Record<string, Neutral>> = {
  array: list,
  string: text,
  object: record,
  number: zero,
  integer: zero,
  boolean: no
}

/** @param type As JSON Schema names it. */
export const neutralOfType = (type: string | undefined): Neutral | undefined =>
  type !== undefined && Object.hasOwn(bySchema, type) ? bySchema[type] : undefined

/**
 * @returns the kind of value that an expression is used as in its function: `undefined` when nothing says so, or two
 *   things that differ.
 */
export const neutralByUse = (expression: NodePath): Neutral | undefined => {
  const code = codeOf(expression.node)
  const around = functionAround(expression) ?? expression
  const found = membersIn(around)
    .filter(({ node }) => codeOf(node.object) === code)
    .flatMap(({ node }) => uses.filter(([, names]) => names.has(nameOf(node) ?? "")).map(([neutral]) => neutral))
  const [only, ...others] = new Set(found)
  return others.length === 0 ? only : undefined
}

/** Of a type as it is written in TypeScript. */
export const neutralOfAnnotation = (type: ASTNode | undefined): Neutral | undefined => {
  if (namedTypes.TSTypeAnnotation.check(type)) return neutralOfAnnotation(type.typeAnnotation)
  if (namedTypes.TSArrayType.check(type)) return list
  if (namedTypes.TSStringKeyword.check(type)) return text
  if (namedTypes.TSNumberKeyword.check(type)) return zero
  if (namedTypes.TSBooleanKeyword.check(type)) return no
  if (!namedTypes.TSTypeReference.check(type) || !namedTypes.Identifier.check(type.typeName)) return undefined
  return /^(Readonly)?Array$/.test(type.typeName.name) ? list : undefined
}
