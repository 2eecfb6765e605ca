/** Which skill somebody means, and what is said where there is none. */
import { basename } from "node:path"
import { refuse, type Answer } from "../../tool.ts"
import type { SkillView } from "../../skills.ts"

/**
 * By its name or its command, whatever the case, with or without a slash before it; of a plugin's, what stands behind the plugin's name
 * is enough where nothing else is called so, as in Claude Code; and so is the folder's name of one that calls itself otherwise.
 */
export const findSkill = (skills: ReadonlyArray<SkillView>, asked: string): SkillView | undefined => {
  const wanted = asked.trim().replace(/^\//, "").normalize("NFKC").toLowerCase()
  const bare = skills.filter(({ source, command }) => source === "plugin" && command.endsWith(`:${wanted}`))
  const there = skills.filter(({ kind, folder }) => kind === "skill" && basename(folder).toLowerCase() === wanted)
  return (
    skills.find(({ name }) => name === asked) ??
    skills.find(
      (skill) => skill.name.toLowerCase() === wanted || skill.command === wanted || slashName(skill) === wanted
    ) ??
    (bare.length === 1 ? bare[0] : undefined) ??
    (there.length === 1 ? there[0] : undefined)
  )
}

/** Its command as channels list it, without the slash: they know no `:`, which stands in those of plugins and of folders. */
export const slashName = ({ command }: Pick<SkillView, "command">): string =>
  /^[a-z0-9_-]+$/.test(command) ? command : command.replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "-")

/** Names that the chat keeps for itself: there a skill that is called so is begun by the model alone. */
const chatNames = new Set(
  (
    "help model permissions tools sessions tree fork switch compact clear cost health heals plugins reload thinking exit " +
    "quit skills"
  ).split(" ")
)

/** The chat understands its name as a command of its own. */
export const isHidden = (skill: Pick<SkillView, "command" | "forUsers">): boolean =>
  skill.forUsers && chatNames.has(slashName(skill))

/** Names that are told where none is found. */
const most = 20

/** @param nearest Those that fit best what was asked for. */
export const noSkill = (asked: string, nearest: ReadonlyArray<SkillView>): Answer => {
  const names = nearest.slice(0, most).map(({ name }) => name)
  const there = names.length === 0 ? "there are none" : `there are: ${names.join(", ")}`
  return refuse("not_found", `there is no skill ${JSON.stringify(asked.slice(0, 200))}; ${there}`)
}

/** One line of a list. */
export const skillLine = ({ name, description, argumentHint }: SkillView, length = 200): string => {
  const about = description.replace(/[\s\p{Cc}]+/gu, " ")
  const short = about.length <= length ? about : `${about.slice(0, length - 1)}…`
  return `- ${name}${argumentHint === "" ? "" : ` ${argumentHint}`}: ${short}`
}

/** Model that a skill asks for; an alias of other agents means nothing here. */
export const modelOf = ({ model = "" }: SkillView): string | undefined => (model.includes("/") ? model : undefined)

/** It is done by an agent of its own. */
export const isForked = (skill: SkillView): boolean => skill.fork || modelOf(skill) !== undefined

/** Key of the session's notes that says that its user has asked for a skill which only users may begin. */
export const askedKey = ({ command }: SkillView): string => `asked/${command}`
