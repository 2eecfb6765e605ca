/** Finds skills by what they are called and what they are for. */
import { likeness, wordsOf } from "../plugins/mcp/search.ts"
import type { SkillView } from "../plugins/skills.ts"

/** The best first; of equals, in their own order. Those in which no word of the query is met are left out. */
export const searchSkills = (query: string, among: ReadonlyArray<SkillView>): ReadonlyArray<SkillView> => {
  const wanted = [...new Set(wordsOf(query))].filter((word) => !filling.has(word))
  const asked = query.trim().toLowerCase()
  return among
    .map((skill) => ({ skill, score: isCalled(skill, asked) ? Infinity : scoreOf(skill, wanted) }))
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)
    .map(({ skill }) => skill)
}

/** Words that stand in every description. */
const filling = new Set("a an and for how in is of on or skill the this to use when with".split(" "))

const isCalled = ({ name, command }: SkillView, asked: string): boolean =>
  name.toLowerCase() === asked || command === asked

const scoreOf = ({ name, description }: SkillView, wanted: ReadonlyArray<string>): number => {
  const names = wordsOf(name)
  const told = wordsOf(description)
  return wanted.reduce((sum, word) => sum + Math.max(10 * likeness(word, names), 2 * likeness(word, told)), 0)
}
