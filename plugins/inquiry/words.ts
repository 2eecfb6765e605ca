/** What every channel says beside an inquiry, in the same words. Nothing is made harmless here: channels do that in their own way. */
import type { Field, FieldValue, Inquiry } from "../inquiry.ts"
import { formats, numberWords } from "./content.ts"

export const titleOf = ({ title, name }: Pick<Field, "title" | "name">): string => title ?? name

/** What may stand in a field: `a whole number from 1 to 10`; empty for any text. */
export const expected = (field: Field): string => {
  switch (field.type) {
    case "text":
      return [field.format && formats[field.format].words, lengths(field)].filter(Boolean).join(", ")
    case "number":
    case "integer":
      return numberWords(field)
    case "boolean":
      return "yes or no"
    case "choice":
      return ""
    case "choices":
      return counts(field)
  }
}

const between = (low: number | undefined, high: number | undefined): string | undefined => {
  if (low !== undefined && high !== undefined) return low === high ? `${low}` : `${low} to ${high}`
  if (low !== undefined && low > 0) return `at least ${low}`
  return high === undefined ? undefined : `at most ${high}`
}

const lengths = ({ minLength, maxLength }: Extract<Field, { type: "text" }>): string => {
  const range = between(minLength, maxLength)
  return range === undefined ? "" : `${range} characters`
}

const counts = ({ minItems, maxItems }: Extract<Field, { type: "choices" }>): string =>
  between(minItems, maxItems) ?? "any number of them"

/** A value as a person reads it. */
export const shownValue = (field: Field, value: FieldValue): string => {
  if (typeof value === "boolean") return value ? "yes" : "no"
  if (field.type !== "choice" && field.type !== "choices") return String(value)
  const chosen = typeof value === "object" ? value : [value]
  return chosen
    .map((one) => field.options.find((option) => option.value === one))
    .map((one) => one?.title ?? one?.value ?? "")
    .join(", ")
}

const secret = /pass(word|wd|phrase|code)|secret|token|api.?key|private.?key|credential|\bpin\b|\bcvv\b|card.?number/i

/** Whose eyes it is for, and that nothing secret belongs there: such a text is no form of ours, whatever it says. */
export const warningOf = ({ from, message, fields = [] }: Inquiry): string => {
  const told = [message, ...fields.flatMap(({ name, title, description }) => [name, title ?? "", description ?? ""])]
  const goes = `What you answer goes to ${from}`
  return fields.length > 0 && told.some((text) => secret.test(text))
    ? `${goes}. It seems to ask for a secret: give no passwords or keys here.`
    : `${goes}.`
}

/** A page's address in three parts; the middle one, its host, is what matters. */
export const addressParts = (url: string): readonly [before: string, host: string, after: string] => {
  const { host } = new URL(url)
  const at = url.indexOf("//") + 2
  return [url.slice(0, at), host, url.slice(at + host.length)]
}

/** What is said of a field, by its name: any text, so also one that every object inherits. */
export const ofField = <Said>(said: Readonly<Record<string, Said>>, { name }: Pick<Field, "name">): Said | undefined =>
  Object.hasOwn(said, name) ? said[name] : undefined
