/** Finds skills and agents by what they are called and what they are for. */
import { likeness, wordsOf } from "../plugins/mcp/search.ts"
import type { SkillView } from "../plugins/skills.ts"

type Named = Pick<SkillView, "name" | "description"> & Partial<Pick<SkillView, "command">>

/** The best first; of equals, in their own order. Those in which no word of the query is met are left out. */
export const searchNamed = <One extends Named>(query: string, among: ReadonlyArray<One>): ReadonlyArray<One> => {
  const wanted = [...new Set(wordsOf(query))].filter((word) => !filling.has(word))
  const asked = query.trim().toLowerCase()
  return among
    .map((one) => ({ one, score: isCalled(one, asked) ? Infinity : scoreOf(one, wanted) }))
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)
    .map(({ one }) => one)
}

/** Words that stand in every description. */
const filling = new Set("a an and for how in is of on or skill the this to use when with".split(" "))

const isCalled = ({ name, command }: Named, asked: string): boolean => name.toLowerCase() === asked || command === asked

const scoreOf = ({ name, description }: Named, wanted: ReadonlyArray<string>): number => {
  const names = wordsOf(name)
  const told = wordsOf(description)
  return wanted.reduce((sum, word) => sum + Math.max(10 * likeness(word, names), 2 * likeness(word, told)), 0)
}
