/** Skills as files: what stands behind the port plugins/skills.ts. */
import type { SkillSet, SkillText, SkillView, Skills } from "../plugins/skills.ts"
import { beginning } from "../plugins/ports/text-file.ts"
import { catalogueOf } from "./catalogue.ts"
import { companion, companionsOf } from "./companions.ts"
import { discover, type Memory } from "./discover.ts"
import { fill } from "./fill.ts"
import { readSkill } from "./read-skill.ts"
import type { SkillPlaces } from "./roots.ts"
import { searchSkills } from "./search.ts"
import { readSkillFile } from "./skill-file.ts"

export type { SkillPlaces } from "./roots.ts"

/** Characters of a text that is given to a model, about 25 000 tokens; the longest in public use has 74 000. */
const longest = 100_000

/** No file is read before somebody asks. */
export const openSkills = (places: SkillPlaces): Skills => {
  const memory: Memory = new Map()
  let last: SkillSet | undefined
  let looking: Promise<SkillSet> | undefined
  const again = (): Promise<SkillSet> => {
    looking = discover(places, memory).then((set) => (last = set))
    return looking
  }
  return {
    all: () => looking ?? again(),
    again,
    known: () => last,
    read: async (skill, given = "") => textOf(skill, given, places),
    file: async ({ folder, trusted }, path) => (trusted ? companion(folder, path) : { problem: untrusted }),
    search: searchSkills,
    catalogue: (skills) => catalogueOf(skills)
  }
}

const untrusted = "its folder is not trusted, so nothing of it is read; the user may run `kintsugi trust` there"

const textOf = (skill: SkillView, given: string, { cwd, plugins = [] }: SkillPlaces): SkillText | string => {
  const { path, folder, source, trusted } = skill
  if (!trusted) return `${path} cannot be used: ${untrusted}`
  const file = readSkillFile({ path, within: source === "project" ? cwd : undefined, whole: true })
  if (file === undefined || typeof file === "string") return `${path} cannot be used: ${file ?? "it cannot be read"}`
  const plugin = plugins.find(({ name }) => source === "plugin" && skill.name.startsWith(`${name}:`))
  const read = readSkill(file.text, folder, plugin?.name)
  if (typeof read === "string") return `${path} cannot be used: ${read}`
  const { told, argumentNames, body } = read
  const text = file.left > 0 || body.length > longest ? beginning(body, longest) : body
  const filled = fill(text, { text: given, names: argumentNames, folder, pluginFolder: plugin?.folder })
  return { skill: { ...told, path, folder, source, trusted }, body: filled.trim(), ...companionsOf(folder) }
}
