/** `/skills`, and each skill that users may begin as a command of its name. */
import type { CommandContext, CommandResult, PluginCommand } from "../extensions.ts"
import { skillText } from "../skill-text.ts"
import type { Skills, SkillSet, SkillView } from "../skills.ts"
import { askedKey, isForked } from "./skills-find.ts"

export interface SkillCommandParts {
  readonly skills: Skills
  /** What is known of them now. */
  readonly set: SkillSet
}

export const skillCommands = ({ skills, set }: SkillCommandParts): ReadonlyArray<PluginCommand> => [
  {
    name: "skills",
    description: "Skills: which there are, where they come from, what is wrong with some",
    run: async () => ({ show: overview(await skills.again()) })
  },
  ...set.skills
    .filter(({ trusted, forUsers, command }) => trusted && forUsers && command !== "skills")
    .map((skill) => commandOf(skills, skill))
]

const commandOf = (skills: Skills, skill: SkillView): PluginCommand => {
  const argument = oneLine(skill.argumentHint).slice(0, 200)
  return {
    name: skill.command,
    description: oneLine(skill.description).slice(0, 200),
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
  if (skills.length + broken.length === 0) return howToAdd
  const hidden = shadowed.map(({ skill, by }) => `- ${plain(skill.path)}: hidden by ${plain(by.path)}`)
  const failed = broken.map(({ path, reason }) => `- ${plain(path)}: ${plain(reason)}`)
  return [
    ...skills.map(line),
    ...(hidden.length === 0 ? [] : ["", "Hidden by another of the same name:", ...hidden]),
    ...(failed.length === 0 ? [] : ["", "Could not be loaded:", ...failed]),
    ...notices.map(plain)
  ].join("\n")
}

const howToAdd =
  "There are no skills. Put one into `.kintsugi/skills/NAME/SKILL.md`, or into `~/.config/kintsugi/skills/NAME/SKILL.md` for all folders."

const line = (skill: SkillView): string => {
  const { name, command, description, source, trusted, forModels, forUsers, hooks, warnings } = skill
  const facts = [
    source,
    trusted ? "" : "not trusted, so it is not used; see `kintsugi trust`",
    forUsers && trusted ? `/${command}` : "",
    forModels ? "" : "only by the user",
    isForked(skill) ? "in a subagent" : "",
    hooks.length === 0 ? "" : `hooks that are not run: ${plain(hooks.join(", "))}`,
    ...warnings.map(plain)
  ]
  return `- **${plain(name)}** ${facts.filter(Boolean).join(" · ")}\n  ${plain(description).slice(0, 200)}`
}

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ").trim()

/** A stranger's text, without what Markdown would make of it. */
const plain = (text: string): string => oneLine(text).replace(/[`*_~<[\]\\]/g, "\\$&")
