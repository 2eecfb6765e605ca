/**
 * How much examples say for a repair, in bits: one that answers yes or no is met by half of all wrong repairs, one that gives
 * a table by none. What speaks must outweigh what was tried: the more a repair adds, and the more others there were, the
 * likelier one meets an example by chance.
 */
import { isDeepStrictEqual } from "node:util"
import type { Item } from "./ground.ts"

/** One that went wrong before and holds now says what no wrong repair says by chance. */
const most = 24
/** Of a text that stood in the input or in the world: which of all that stood there. */
const bitsOfEcho = 2

/** @param size Nodes, names and literals that the repair adds. @param tried Repairs that were played. */
export const isWeighty = (spoken: ReadonlyArray<Item>, size: number, tried: number): boolean =>
  spoken.reduce((sum, item) => sum + bitsOf(item), 0) > size + Math.log2(Math.max(1, tried))

const bitsOf = ({ example, play, before }: Item): number => {
  if (example === undefined) return 0
  const { input, output, files = {}, commands = {}, responses = {}, written = {} } = example
  const known = textsIn([input, files, commands, responses, play.world.uses.map(({ value }) => value)])
  const answer = before?.type === "answered" ? before.answer : undefined
  const said = typeof output === "object" && output !== null ? { ...output, success: answer?.success } : output
  const was = typeof output === "object" && output !== null ? answer : answer?.data
  return Math.min(most, bitsIn(said, was, known) + bitsIn(written, undefined, known))
}

/** Only of what was otherwise before: the rest needed no repair. */
const bitsIn = (value: unknown, was: unknown, known: ReadonlyArray<string>): number => {
  if (value === was) return 0
  if (typeof value === "string") return bitsOfText(value, typeof was === "string" ? was : "", known)
  if (typeof value === "number")
    return known.includes(String(value)) ? bitsOfEcho : Math.min(8, 1 + Math.log2(1 + Math.abs(value)))
  if (typeof value === "boolean" || value === null) return 1
  if (typeof value !== "object" || value === undefined) return 0
  if (Array.isArray(value) && Array.isArray(was) && isReordered(value, was)) return Math.log2(factorial(value.length))
  const old = new Map(Object.entries(typeof was === "object" && was !== null ? was : {}))
  const entries = Object.entries(value)
  const inner = entries.reduce((sum, [key, one]) => sum + bitsIn(one, old.get(key), known), 0)
  return inner + (entries.length === old.size ? 0 : 1)
}

const isReordered = (some: ReadonlyArray<unknown>, others: ReadonlyArray<unknown>): boolean =>
  isDeepStrictEqual(some.map(textOf).toSorted(), others.map(textOf).toSorted())

const textOf = (value: unknown): string => JSON.stringify(value) ?? ""

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/** Without what both begin and end with. */
const bitsOfText = (text: string, was: string, known: ReadonlyArray<string>): number => {
  let [start, end] = [0, 0]
  while (start < text.length && text[start] === was[start]) start++
  while (end < Math.min(text.length, was.length) - start && text.at(-1 - end) === was.at(-1 - end)) end++
  const part = text.slice(start, text.length - end)
  if (part.trim() === "" || known.includes(text)) return 1
  return known.some((one) => one.includes(part)) ? bitsOfEcho : Math.min(most, 2 * part.length)
}

/** Texts and numbers at any depth. */
const textsIn = (value: unknown, depth = 0): ReadonlyArray<string> => {
  if (typeof value === "string" || typeof value === "number") return [String(value)]
  if (typeof value !== "object" || value === null || depth > 8) return []
  return Object.values(value).flatMap((one) => textsIn(one, depth + 1))
}
