/** `/skills`, and each skill that users may begin as a command of its name. */
import type { CommandContext, CommandResult, PluginCommand } from "../extensions.ts"
import { skillText } from "../skill-text.ts"
import type { Skills, SkillSet, SkillView } from "../skills.ts"
import { askedKey, isForked, slashName } from "./skills-find.ts"

export interface SkillCommandParts {
  readonly skills: Skills
  /** What is known of them now. */
  readonly set: SkillSet
}

export const skillCommands = ({ skills, set }: SkillCommandParts): ReadonlyArray<PluginCommand> => {
  if (set.skills.length + set.broken.length === 0) return []
  const theirs = set.skills
    .filter(({ trusted, forUsers }) => trusted && forUsers)
    .map((skill) => commandOf(skills, skill))
  const all = [overviewCommand(skills), ...theirs]
  return all.filter(({ name }, at) => all.findIndex((one) => one.name === name) === at)
}

const overviewCommand = (skills: Skills): PluginCommand => ({
  name: "skills",
  description: "Skills: which there are, where they come from, what is wrong with some",
  run: async () => ({ show: overview(await skills.again()) })
})

const commandOf = (skills: Skills, skill: SkillView): PluginCommand => {
  const argument = oneLine(skill.argumentHint).slice(0, 200)
  return {
    name: slashName(skill),
    description: shortened(oneLine(skill.description)),
    ...(argument !== "" && { argument }),
    run: (given, context) => begun(skills, skill, given, context)
  }
}

/** What only users may begin, the model may go on with. */
const begun = async (
  skills: Skills,
  skill: SkillView,
  given: string,
  { store }: CommandContext
): Promise<CommandResult> => {
  const text = await skills.read(skill, given)
  if (typeof text === "string") return { show: plain(text) }
  if (!skill.forModels) await store.session.set(askedKey(skill), true)
  if (!isForked(skill)) return { say: `${skillText(text)}\n\nFollow this skill now.` }
  const input = JSON.stringify({ name: skill.name, ...(given !== "" && { arguments: given }) })
  return { say: `Call use_skill with ${input} now, and tell me what comes of it.` }
}

const overview = ({ skills, shadowed, broken, notices }: SkillSet): string => {
  const hidden = shadowed.map(({ skill, by }) => `- ${plain(skill.path)}: hidden by ${plain(by.path)}`)
  const failed = broken.map(({ path, reason }) => `- ${plain(path)}: ${plain(reason)}`)
  return [
    ...skills.map(line),
    ...(hidden.length === 0 ? [] : ["", "Hidden by another of the same name:", ...hidden]),
    ...(failed.length === 0 ? [] : ["", "Could not be loaded:", ...failed]),
    ...notices.map(plain)
  ].join("\n")
}

const line = (skill: SkillView): string => {
  const { name, description, source, trusted, forModels, forUsers, hooks, warnings } = skill
  const facts = [
    source,
    trusted ? "" : "not trusted, so it is not used; see `kintsugi trust`",
    forUsers && trusted ? `/${slashName(skill)}` : "",
    forModels ? "" : "only by the user",
    isForked(skill) ? "in a subagent" : "",
    hooks.length === 0 ? "" : `hooks that are not run: ${plain(hooks.join(", "))}`,
    ...warnings.map(plain)
  ]
  return `- **${plain(name)}** ${facts.filter(Boolean).join(" · ")}\n  ${plain(shortened(description))}`
}

const shortened = (text: string): string => (text.length <= 200 ? text : `${text.slice(0, 199).trimEnd()}…`)

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ").trim()

/** A stranger's text, without what Markdown would make of it. */
const plain = (text: string): string => oneLine(text).replace(/[`*_~<[\]\\]/g, "\\$&")
