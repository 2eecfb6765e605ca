/** `/skills`, and each skill that users may begin as a command of its name. */
import type { PluginCommand } from "../../extensions.ts"
import type { Skills, SkillSet, SkillView } from "../../skills.ts"
import { isForked, isHidden, slashName } from "./find.ts"

export interface SkillCommandParts {
  readonly skills: Skills
  /** What is known of them now. */
  readonly set: SkillSet
}

export const skillCommands = ({ skills, set }: SkillCommandParts): ReadonlyArray<PluginCommand> => {
  if (set.skills.length + set.broken.length === 0) return []
  const theirs = set.skills.filter(({ trusted, forUsers }) => trusted && forUsers).map(commandOf)
  const all = [overviewCommand(skills), ...theirs]
  return all.filter(({ name }, at) => all.findIndex((one) => one.name === name) === at)
}

const overviewCommand = (skills: Skills): PluginCommand => ({
  name: "skills",
  description: "Skills: which there are, where they come from, what is wrong with some",
  run: async () => ({ show: overview(await skills.again()) })
})

/** What is typed is the message, and the plugin's expansion says what it stands for: one road for every channel. */
const commandOf = (skill: SkillView): PluginCommand => {
  const argument = oneLine(skill.argumentHint).slice(0, 200)
  const name = slashName(skill)
  return {
    name,
    description: shortened(oneLine(skill.description)),
    ...(argument !== "" && { argument }),
    said: true,
    run: (given) => ({ say: `/${name} ${given}`.trim() })
  }
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
  const { kind, name, description, source, trusted, forModels, forUsers, hooks, warnings } = skill
  const facts = [
    kind === "command" ? `${source} command` : source,
    trusted ? "" : "not trusted, so it is not used; see `kintsugi trust`",
    forUsers && trusted ? plain(`/${skill.command}`) : "",
    isHidden(skill) ? "in the chat this name is the chat's own command" : "",
    forModels ? "" : "only by the user",
    isForked(skill) ? "in a subagent" : "",
    hooks.length === 0 ? "" : `hooks, after a yes: ${plain(hooks.join(", "))}`,
    ...warnings.map(plain)
  ]
  return `- **${plain(name)}** ${facts.filter(Boolean).join(" · ")}\n  ${plain(shortened(description))}`
}

const shortened = (text: string): string => (text.length <= 200 ? text : `${text.slice(0, 199).trimEnd()}…`)

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ").trim()

/** A stranger's text, without what Markdown would make of it. */
const plain = (text: string): string =>
  oneLine(text).replace(/[`*~<[\]\\]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&")
