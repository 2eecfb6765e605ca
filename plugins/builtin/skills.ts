/**
 * skills: instructions for particular tasks, as people write them for many agents. The model is told names and descriptions, and reads
 * the rest when it needs it. Without a skill it brings nothing.
 */
import type { Plugin } from "../plugin.ts"
import type { Skills, SkillSet, SkillView } from "../skills.ts"
import { skillCommands } from "./skills/commands.ts"
import { skillExpansion } from "./skills/expand.ts"
import { skillTools } from "./skills/tools.ts"
import type { FollowParts } from "./skills/use.ts"

export interface SkillsParts extends FollowParts {
  /** Tells the user of a session what is not used, and why. */
  readonly warn?: (session: string, notice: string) => void
}

/** @param parts Absent: there are none. */
export const skillsPlugin = (parts?: SkillsParts): Plugin =>
  parts === undefined ? { name, description } : pluginOf(parts)

const name = "skills"
const description = "Instructions for particular tasks, in the Agent Skills format."

const pluginOf = ({ skills, warn = () => {}, ...follow }: SkillsParts): Plugin => {
  const listeners = new Set<() => void>()
  /** Told once each. */
  const told = new Set<string>()
  const known = kept(skills.known, (set) => ({
    tools: skillTools({ ...follow, skills: watched, offered: forModels(set) }),
    commands: skillCommands({ skills: watched, set })
  }))

  const looking = async (look: () => Promise<SkillSet>): Promise<SkillSet> => {
    const before = skills.known()
    const set = await look()
    if (set !== before) for (const changed of listeners) changed()
    return set
  }
  const watched: Skills = { ...skills, all: () => looking(skills.all), again: () => looking(skills.again) }

  return {
    name,
    description,
    get tools() {
      return known().tools
    },
    live: {
      commands: () => known().commands,
      follow: (changed) => {
        listeners.add(changed)
        return () => void listeners.delete(changed)
      },
      expansion: skillExpansion({ ...follow, skills: watched })
    },
    start: async () => void (await watched.all()),
    // The turn may have written one, and channels know no name that is not listed.
    onTurnEnd: async () => void (await watched.again()),
    systemPrompt: async ({ session }) => {
      const set = await watched.all()
      for (const notice of noticesOf(set).filter((one) => !told.has(one))) {
        told.add(notice)
        warn(session, notice)
      }
      return promptOf(skills, forModels(set))
    },
    capabilities: async () => {
      const count = forModels(await watched.all()).length
      return count === 0 ? [] : [`Follow ${count === 1 ? "a skill" : `${count} skills`} written for particular tasks.`]
    }
  }
}

/** Made anew only when other skills were found. */
const kept = <Made>(find: () => SkillSet | undefined, make: (set: SkillSet) => Made): (() => Made) => {
  let last: { readonly set: SkillSet; readonly made: Made } | undefined
  return () => {
    const set = find() ?? nothing
    if (last?.set !== set) last = { set, made: make(set) }
    return last.made
  }
}

const nothing: SkillSet = { skills: [], shadowed: [], broken: [], notices: [] }

const forModels = ({ skills }: SkillSet): ReadonlyArray<SkillView> =>
  skills.filter(({ trusted, forModels }) => trusted && forModels)

const promptOf = (skills: Skills, offered: ReadonlyArray<SkillView>): string => {
  if (offered.length === 0) return ""
  const { text, left } = skills.catalogue(offered)
  const more = left === 0 ? "" : `\n${left} more are not listed: find them with search_skills or list_skills.`
  return `${intro}\n\n${text}${more}`
}

const intro =
  "Skills are instructions for particular tasks. When a task fits one of these lines, call use_skill before anything else, and " +
  "follow what it says:"

/** How many are named. */
const most = 10

const noticesOf = ({ skills, broken }: SkillSet): ReadonlyArray<string> => {
  const untrusted = skills.filter(({ trusted }) => !trusted).map(({ command }) => command)
  const names = [...untrusted.slice(0, most), ...(untrusted.length > most ? [`${untrusted.length - most} more`] : [])]
  return [
    ...(names.length === 0
      ? []
      : [
          `this folder is not trusted, so its skills and commands are not used: ${names.join(", ")}; see kintsugi trust`
        ]),
    ...(broken.length === 0
      ? []
      : [
          `${broken.length === 1 ? "a skill" : `${broken.length} skills`} could not be loaded; see kintsugi skills list`
        ])
  ]
}
