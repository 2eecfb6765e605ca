/** What the user gave for the fields of an inquiry: read leniently, held against each field strictly. Pure. */
import type { Field, FieldValue, Inquiry, Option } from "../inquiry.ts"
import { matches } from "./pattern.ts"

export interface Problem {
  /** Name of the field. */
  readonly field: string
  /** For the user: `must be a number from 1 to 10`. */
  readonly problem: string
}

export type Content = Readonly<Record<string, FieldValue>>

export type ReadContent = { readonly content: Content } | { readonly problems: ReadonlyArray<Problem> }

export type ReadValue =
  /** `undefined`: it was left empty, and may be. */
  { readonly value: FieldValue | undefined } | { readonly problem: string }

/** Characters of one text where the field sets no limit. */
export const longestText = 10_000

/**
 * Texts are taken for what the field is (`"42"` for a number, `"yes"` for a boolean, an option's title for its value); what has no
 * field is passed by.
 *
 * @param given Values by field name. Absent: the fields' defaults.
 */
export const readContent = ({ fields = [] }: Pick<Inquiry, "fields">, given?: unknown): ReadContent => {
  const values = given === undefined ? defaultsOf({ fields }) : given
  if (typeof values !== "object" || values === null || Array.isArray(values))
    return { problems: [{ field: "", problem: "values must be an object by field name" }] }
  const read = fields.map((field) => ({ field, ...readValue(field, own(values, field.name)) }))
  const problems = read.flatMap(({ field, ...one }) =>
    "problem" in one ? [{ field: field.name, problem: one.problem }] : []
  )
  if (problems.length > 0) return { problems }
  const filled = read.flatMap(({ field, ...one }): ReadonlyArray<readonly [string, FieldValue]> =>
    "value" in one && one.value !== undefined ? [[field.name, one.value]] : []
  )
  return { content: Object.fromEntries(filled) }
}

const own = (values: object, name: string): unknown => Object.getOwnPropertyDescriptor(values, name)?.value

/** What stands in its fields before anybody wrote there. */
export const defaultsOf = ({ fields = [] }: Pick<Inquiry, "fields">): Content =>
  Object.fromEntries(fields.flatMap((field) => (field.default === undefined ? [] : [[field.name, field.default]])))

export const readValue = (field: Field, given: unknown): ReadValue => {
  const isEmpty =
    given === undefined ||
    given === null ||
    (typeof given === "string" && given.trim() === "") ||
    (Array.isArray(given) && given.length === 0)
  if (isEmpty) return field.required ? { problem: "is required" } : { value: undefined }
  switch (field.type) {
    case "text":
      return textOf(field, given)
    case "number":
    case "integer":
      return numberOf(field, given)
    case "boolean":
      return booleanOf(given)
    case "choice":
      return choiceOf(field.options, given)
    case "choices":
      return choicesOf(field, given)
  }
}

type Of<Type extends Field["type"]> = Extract<Field, { readonly type: Type }>

const textOf = ({ format, minLength = 0, maxLength = longestText, pattern }: Of<"text">, given: unknown): ReadValue => {
  if (typeof given !== "string" && typeof given !== "number" && typeof given !== "boolean")
    return { problem: "must be a text" }
  const text = String(given)
  const length = text.length > 2 * maxLength ? text.length : Array.from(text).length
  if (length < minLength) return { problem: `must have at least ${minLength} characters` }
  if (length > maxLength) return { problem: `must have at most ${maxLength} characters` }
  if (format !== undefined && !formats[format].fits(text.trim())) return { problem: `must be ${formats[format].words}` }
  if (pattern !== undefined && matches(pattern, text) === false) return { problem: `must match ${pattern}` }
  return { value: format === undefined ? text : text.trim() }
}

type Format = NonNullable<Of<"text">["format"]>

/** RFC 3339, the parts of it that JSON Schema calls `date` and `date-time`. */
const dateTime = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i

const isDate = (text: string): boolean => {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const at = new Date(`${text}T00:00:00Z`)
  // The 30th of February would become a day in March.
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

export const formats: Readonly<Record<Format, { readonly words: string; readonly fits: (text: string) => boolean }>> = {
  email: { words: "an email address", fits: (text) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/.test(text) },
  uri: { words: "an address, as in https://example.org/", fits: (text) => URL.canParse(text) },
  date: { words: "a date, as in 2026-01-31", fits: isDate },
  "date-time": {
    words: "a time, as in 2026-01-31T12:00:00Z",
    fits: (text) => dateTime.test(text) && isDate(text.slice(0, 10))
  }
}

const numberOf = (field: Of<"number" | "integer">, given: unknown): ReadValue => {
  const { type, minimum = -Infinity, maximum = Infinity } = field
  const number = typeof given === "number" ? given : typeof given === "string" ? Number(given) : Number.NaN
  const isNumber = type === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number)
  if (isNumber && number >= minimum && number <= maximum) return { value: number }
  return { problem: `must be ${numberWords(field)}` }
}

/** `a whole number from 1 to 10`. */
export const numberWords = ({ type, minimum, maximum }: Of<"number" | "integer">): string => {
  const what = type === "integer" ? "a whole number" : "a number"
  if (minimum !== undefined && maximum !== undefined) return `${what} from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `${what}, at least ${minimum}`
  return maximum === undefined ? what : `${what}, at most ${maximum}`
}

const words = new Map([
  ...["true", "yes", "y", "on", "1"].map((word) => [word, true] as const),
  ...["false", "no", "n", "off", "0"].map((word) => [word, false] as const)
])

const booleanOf = (given: unknown): ReadValue => {
  const value = typeof given === "boolean" ? given : words.get(String(given).trim().toLowerCase())
  return value === undefined ? { problem: "must be yes or no" } : { value }
}

/** Values come before titles: a title may be another option's value. */
const optionOf = (options: ReadonlyArray<Option>, given: unknown): string | undefined => {
  if (typeof given !== "string" && typeof given !== "number") return undefined
  const text = String(given)
  const said = text.trim().toLowerCase()
  const found =
    options.find(({ value }) => value === text) ??
    options.find(({ value }) => value.trim().toLowerCase() === said) ??
    options.find(({ title }) => title?.trim().toLowerCase() === said)
  return found?.value
}

const choiceOf = (options: ReadonlyArray<Option>, given: unknown): ReadValue => {
  const value = optionOf(options, given)
  return value === undefined ? { problem: `must be one of ${listed(options)}` } : { value }
}

const choicesOf = ({ options, minItems = 0, maxItems = options.length }: Of<"choices">, given: unknown): ReadValue => {
  const whole = typeof given === "string" ? optionOf(options, given) : undefined
  const parts: ReadonlyArray<unknown> =
    whole !== undefined
      ? [whole]
      : typeof given === "string"
        ? given.split(",")
        : Array.isArray(given)
          ? given
          : [given]
  const found = parts.map((part) => optionOf(options, part))
  if (found.includes(undefined)) return { problem: `must be some of ${listed(options)}` }
  // In the order of the options, each once.
  const chosen = options.flatMap(({ value }) => (found.includes(value) ? [value] : []))
  if (chosen.length < minItems) return { problem: `needs at least ${minItems} of them` }
  if (chosen.length > maxItems) return { problem: `may be at most ${maxItems} of them` }
  return { value: chosen }
}

/** Options that are named in a remark. */
const named = 12

const listed = (options: ReadonlyArray<Option>): string =>
  [...options.slice(0, named).map(({ value, title }) => title ?? value), ...(options.length > named ? ["…"] : [])].join(
    ", "
  )
