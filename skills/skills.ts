/** Skills as files: what stands behind the port plugins/skills.ts. */
import { isDeepStrictEqual } from "node:util"
import type { SkillArguments, SkillSet, SkillText, SkillView, Skills } from "../plugins/skills.ts"
import { isInside } from "../plugins/ports/real-path.ts"
import { beginning } from "../plugins/ports/text-file.ts"
import { bodyParts, textOfParts } from "./body.ts"
import { catalogueOf } from "./catalogue.ts"
import { companion, companionsOf } from "./companions.ts"
import { discover, kinOf, type Memory } from "./discover.ts"
import { readSkill, type Standing } from "./read-skill.ts"
import type { SkillPlaces } from "./roots.ts"
import { searchNamed } from "./search.ts"
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
    // The same as before is the same object: whoever follows it has nothing to do.
    looking = discover(places, memory).then((set) => (last = isDeepStrictEqual(set, last) ? (last ?? set) : set))
    return looking
  }
  return {
    all: () => looking ?? again(),
    again,
    known: () => last,
    read: async (skill, given = {}) => textOf(skill, given, places),
    file: async ({ kind, folder, trusted }, path) => {
      if (kind === "command") return { problem: "a command has no files of its own" }
      return trusted ? companion(folder, path) : { problem: untrusted }
    },
    search: searchNamed,
    catalogue: (skills) => catalogueOf(skills)
  }
}

const untrusted = "its folder is not trusted, so nothing of it is read; the user may run `kintsugi trust` there"

const textOf = (skill: SkillView, { given = "", session }: SkillArguments, places: SkillPlaces): SkillText | string => {
  const { kind, path, folder, source, trusted } = skill
  if (!trusted) return `${path} cannot be used: ${untrusted}`
  const file = readSkillFile({ path, within: withinOf(skill, places), ...kinOf(kind), whole: true })
  if (file === undefined || typeof file === "string") return `${path} cannot be used: ${file ?? "it cannot be read"}`
  const at = standingOf(skill, places)
  const read = readSkill(file.text, at)
  if (typeof read === "string") return `${path} cannot be used: ${read}`
  const { told, argumentNames, body, ...rest } = read
  const text = file.left > 0 || body.length > longest ? beginning(body, longest) : body
  const named = { folder, project: places.cwd, plugin: at.plugin, session }
  const parts = bodyParts(text.trim(), { text: given, names: argumentNames, ...named })
  return {
    ...rest,
    skill: { ...told, path, folder, source, trusted },
    body: textOfParts(parts).trim(),
    parts,
    ...(kind === "command" ? { files: [], moreFiles: 0 } : companionsOf(folder))
  }
}

const standingOf = ({ kind, name, folder, source }: SkillView, { cwd, plugins = () => [] }: SkillPlaces): Standing => {
  const plugin = source === "plugin" ? plugins().find((one) => name.startsWith(`${one.name}:`)) : undefined
  return {
    folder,
    command: kind === "command" ? name.slice(plugin === undefined ? 0 : plugin.name.length + 1) : undefined,
    plugin,
    project: cwd
  }
}

const withinOf = ({ source, path }: SkillView, { cwd, above = [] }: SkillPlaces): string | undefined =>
  source === "project" ? ([cwd, ...above].find((folder) => isInside(path, folder)) ?? cwd) : undefined
