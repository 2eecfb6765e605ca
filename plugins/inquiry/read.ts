/** An inquiry as a tool gave it, checked: whoever shows it may rely on every field of it, and on its size. */
import type { Field, FieldValue, Inquiry, Option } from "../inquiry.ts"
import { readValue } from "./content.ts"

/** Characters, and numbers of things. */
export const limits = {
  from: 200,
  message: 10_000,
  url: 4000,
  fields: 50,
  name: 200,
  title: 500,
  description: 2000,
  pattern: 500,
  options: 200,
  option: 500
} as const

class Unfit extends Error {}

type Fields = Readonly<Record<string, unknown>>

/** @returns the inquiry as it can be asked, or why it cannot. A default that does not fit its own field is left out. */
export const readInquiry = (value: unknown): { readonly inquiry: Inquiry } | { readonly problem: string } => {
  try {
    return { inquiry: inquiryOf(record(value, "the inquiry")) }
  } catch (error) {
    if (error instanceof Unfit) return { problem: error.message }
    throw error
  }
}

const inquiryOf = ({ from, message, fields, url }: Fields): Inquiry => ({
  from: text(from, "from", limits.from),
  message: text(message, "message", limits.message),
  ...(fields === undefined
    ? {}
    : { fields: unlike(list(fields, "fields", limits.fields).map(fieldOf), "fields", "name") }),
  ...(url === undefined ? {} : { url: addressOf(url) })
})

/** As browsers write it: a host in foreign letters shows its true name, and there are no control characters. */
const addressOf = (value: unknown): string => {
  const address = text(value, "url", limits.url)
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !["https:", "http:"].includes(url.protocol))
    throw new Unfit("url must begin with https:// or http://")
  if (url.username !== "" || url.password !== "") throw new Unfit("url must not hold a user name or a password")
  return url.href
}

const fieldOf = (value: unknown, index: number): Field => {
  const where = `fields[${index}]`
  const given = record(value, where)
  const field = { ...common(given, where), ...typed(given, where) } as Field // as its type says
  const standing = given.default === undefined ? undefined : readValue({ ...field, required: false }, given.default)
  return standing === undefined || "problem" in standing || standing.value === undefined
    ? field
    : ({ ...field, default: standing.value satisfies FieldValue } as Field) // it fits this field
}

const common = ({ name, title, description, required }: Fields, where: string) => ({
  name: text(name, `${where}.name`, limits.name),
  ...optional("title", title, where, limits.title),
  ...optional("description", description, where, limits.description),
  required: required === true
})

const typed = (given: Fields, where: string): Fields => {
  switch (given.type) {
    case "text":
      return {
        type: "text",
        ...(formatNames.has(given.format) ? { format: given.format } : {}),
        ...optional("pattern", given.pattern, where, limits.pattern),
        ...range(given, where, "minLength", "maxLength", isCount)
      }
    case "number":
    case "integer":
      return { type: given.type, ...range(given, where, "minimum", "maximum", Number.isFinite) }
    case "boolean":
      return { type: "boolean" }
    case "choice":
      return { type: "choice", options: optionsOf(given.options, where) }
    case "choices":
      return {
        type: "choices",
        options: optionsOf(given.options, where),
        ...range(given, where, "minItems", "maxItems", isCount)
      }
    default:
      throw new Unfit(`${where}.type must be text, number, integer, boolean, choice or choices`)
  }
}

const formatNames: ReadonlySet<unknown> = new Set(["email", "uri", "date", "date-time"])

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

const range = (
  given: Fields,
  where: string,
  low: string,
  high: string,
  isNumber: (value: unknown) => boolean
): Fields => {
  const held = [low, high].filter((name) => given[name] !== undefined)
  const wrong = held.find((name) => !isNumber(given[name]))
  if (wrong !== undefined) throw new Unfit(`${where}.${wrong} must be a number`)
  if (held.length === 2 && Number(given[low]) > Number(given[high]))
    throw new Unfit(`${where}.${low} must not be above ${high}`)
  return Object.fromEntries(held.map((name) => [name, given[name]]))
}

const optionsOf = (value: unknown, where: string): ReadonlyArray<Option> => {
  const options = list(value, `${where}.options`, limits.options)
  if (options.length === 0) throw new Unfit(`${where}.options must not be empty`)
  const read = options.map((option, index): Option => {
    const at = `${where}.options[${index}]`
    const { value, title } = record(option, at)
    return { value: text(value, `${at}.value`, limits.option), ...optional("title", title, at, limits.title) }
  })
  return unlike(read, `${where}.options`, "value")
}

const unlike = <One>(all: ReadonlyArray<One>, where: string, key: keyof One): ReadonlyArray<One> => {
  if (new Set(all.map((one) => one[key])).size === all.length) return all
  throw new Unfit(`${where} must differ by their ${String(key)}`)
}

const record = (value: unknown, where: string): Fields => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value }
  throw new Unfit(`${where} must be an object`)
}

const list = (value: unknown, where: string, most: number): ReadonlyArray<unknown> => {
  if (Array.isArray(value) && value.length <= most) return value
  throw new Unfit(`${where} must be a list of at most ${most}`)
}

const text = (value: unknown, where: string, most: number): string => {
  if (typeof value === "string" && value !== "" && value.length <= most) return value
  throw new Unfit(`${where} must be a text of 1 to ${most} characters`)
}

const optional = (name: string, value: unknown, where: string, most: number): Fields =>
  value === undefined || value === null || value === "" ? {} : { [name]: text(value, `${where}.${name}`, most) }
