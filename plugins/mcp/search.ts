/** Finds tools by what they are called and say of themselves. */
import type { Listed } from "./catalogue.ts"

/** Words of names written together or apart: `createIssue`, `create_issue`. */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")

/** The best first; of equals, in their own order. Nothing when no word of the query is met. */
export const search = (listed: ReadonlyArray<Listed>, query: string, most: number): ReadonlyArray<Listed> => {
  const wanted = [...new Set(wordsOf(query))]
  const exact = listed.find(({ name, tool }) => name === query.trim() || tool.name === query.trim())
  const scored = listed
    .map((one) => ({ one, score: one === exact ? Infinity : scoreOf(one, wanted) }))
    .filter(({ score }) => score > 0)
  return scored
    .toSorted((one, other) => other.score - one.score)
    .slice(0, most)
    .map(({ one }) => one)
}

const scoreOf = ({ name, server, tool }: Listed, wanted: ReadonlyArray<string>): number => {
  const { properties = {} } = tool.inputSchema
  const places: ReadonlyArray<readonly [ReadonlyArray<string>, number]> = [
    [wordsOf(tool.name), 10],
    [wordsOf(`${name} ${server}`), 4],
    [wordsOf(tool.title ?? ""), 6],
    [wordsOf(tool.description ?? ""), 2],
    [wordsOf(Object.keys(properties).join(" ")), 1]
  ]
  return wanted.reduce(
    (sum, word) => sum + Math.max(...places.map(([words, weight]) => weight * likeness(word, words))),
    0
  )
}

/** 1 for the word itself, less for one that begins with it or holds it. */
export const likeness = (word: string, words: ReadonlyArray<string>): number => {
  if (words.includes(word)) return 1
  if (word.length < 3) return 0
  if (words.some((one) => one.startsWith(word) || (one.length > 3 && word.startsWith(one)))) return 0.7
  return words.some((one) => one.includes(word)) ? 0.4 : 0
}
