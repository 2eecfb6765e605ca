/** What was filled in for an inquiry: values for its fields, or what is wrong with them. Without a browser. */
import type { Field, Inquiry } from "../../../../plugins/inquiry.ts"
import { readContent, type ReadContent } from "../../../../plugins/inquiry/content.ts"

/** Of a browser's `FormData`, or what looks like it. */
export interface Filled {
  readonly getAll: (name: string) => ReadonlyArray<unknown>
}

/** Name of a field's controls: a field's own name may be any text. */
export const controlOf = (index: number): string => `field-${index}`

export const contentOf = ({ fields = [] }: Inquiry, filled: Filled): ReadContent => {
  const given = fields.map((field, index) => [field.name, givenFor(field, filled.getAll(controlOf(index)))] as const)
  return readContent({ fields }, Object.fromEntries(given))
}

const givenFor = ({ type }: Field, values: ReadonlyArray<unknown>): unknown => (type === "choices" ? values : values[0])
