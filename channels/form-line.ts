/** A field of an inquiry where only whole lines are read: what is shown before it, and what a line means. */
import type { Field, Option } from "../plugins/inquiry.ts"
import { readValue, type ReadValue } from "../plugins/inquiry/content.ts"
import { expected, shownValue, titleOf } from "../plugins/inquiry/words.ts"

/** Its title, what may stand in it, its options by number; nothing of it is made harmless yet. */
export const fieldLines = (field: Field): ReadonlyArray<string> => {
  const { description, required, default: standing } = field
  const notes = [expected(field), required ? "required" : "may be empty"].filter((note) => note !== "").join(", ")
  const options = optionsOf(field).map(({ value, title }, index) => `  ${index + 1}. ${title ?? value}`)
  const several = field.type === "choices" ? ["  several: numbers with commas between them"] : []
  const kept = standing === undefined ? [] : [`  nothing typed: ${shownValue(field, standing)}`]
  return [
    `${titleOf(field)} (${notes})`,
    ...(description === undefined ? [] : [`  ${description}`]),
    ...options,
    ...several,
    ...kept
  ]
}

const optionsOf = (field: Field): ReadonlyArray<Option> =>
  field.type === "choice" || field.type === "choices" ? field.options : []

/** An empty line leaves the default standing; a number is that of an option, where no option is called so. */
export const readLine = (field: Field, line: string): ReadValue => {
  const said = line.trim()
  if (said === "") return readValue(field, field.default)
  const options = optionsOf(field)
  if (options.length === 0) return readValue(field, line)
  const named = (part: string): string => {
    const isName = options.some(({ value, title }) => [value, title].includes(part))
    return (isName || !/^\d{1,4}$/.test(part) ? undefined : options[Number(part) - 1]?.value) ?? part
  }
  const isOne = field.type === "choice" || options.some(({ value, title }) => [value, title].includes(said))
  return readValue(field, isOne ? named(said) : said.split(",").map((part) => named(part.trim())))
}
