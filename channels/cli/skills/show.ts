/** `kintsugi skills show`: all there is to know of one skill, its words included. */
import { modelOf } from "../../../plugins/builtin/skills/find.ts"
import type { SkillText } from "../../../plugins/skills.ts"
import { CliError, type Io } from "../io.ts"
import { oneLine, printable } from "../printable.ts"
import { namedSkill, skillsAround } from "./around.ts"

export const showSkill = async (io: Io, name: string, { json }: { readonly json?: true }): Promise<void> => {
  const around = await skillsAround(io)
  const skill = namedSkill(around, name)
  const read = await around.skills.read(skill)
  if (typeof read === "string" && skill.trusted) throw new CliError(1, printable(read))
  if (typeof read === "string") io.stderr.write(`${printable(read)}\n`)
  const text: SkillText = typeof read === "string" ? { skill, body: "", parts: [], files: [], moreFiles: 0 } : read
  if (json) return void io.stdout.write(`${JSON.stringify(rowOf(text), null, 2)}\n`)
  for (const line of facts(text)) io.stdout.write(`${printable(line)}\n`)
  io.stdout.write(`\n${printable(text.body)}\n`)
}

const rowOf = ({ skill, body, files, moreFiles }: SkillText) => ({
  name: skill.name,
  kind: skill.kind,
  description: skill.description,
  path: skill.path,
  source: skill.source,
  command: skill.command,
  trusted: skill.trusted,
  model_invocable: skill.forModels,
  user_invocable: skill.forUsers,
  ...(skill.argumentHint !== "" && { argument_hint: skill.argumentHint }),
  ...(skill.allowed !== undefined && { allowed: skill.allowed }),
  ...(skill.withheld !== undefined && { withheld: skill.withheld }),
  ...(skill.model !== undefined && { model: skill.model }),
  fork: skill.fork,
  ...(skill.agent !== undefined && { agent: skill.agent }),
  hooks: skill.hooks,
  warnings: skill.warnings,
  files,
  ...(moreFiles > 0 && { more_files: moreFiles }),
  body
})

const facts = ({ skill, parts, files, moreFiles }: SkillText): ReadonlyArray<string> => {
  const { kind, name, description, path, source, trusted, argumentHint, forUsers, forModels } = skill
  const { command, allowed, withheld, hooks, warnings } = skill
  const commands = parts.flatMap((part) => ("command" in part ? [part.command] : []))
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["from", `${source}${trusted ? "" : ", not trusted, so it is not used"}: ${path}`],
    ["kind", kind === "command" ? kind : ""],
    [
      "begun by",
      [forModels ? "the model" : "", forUsers ? `/${command} ${argumentHint}`.trim() : ""].filter(Boolean).join(", ")
    ],
    ["permits", allowed === undefined ? "" : [...allowed, "reading"].join(", ")],
    ["takes away", withheld === undefined ? "" : withheld.join(", ")],
    ["runs", runs(skill)],
    ["before it is read", commands.length === 0 ? "" : `${commands.join("; ")} (after a yes)`],
    ["hooks", hooks.length === 0 ? "" : `${hooks.join(", ")} (after a yes)`],
    ["files", [...files, ...(moreFiles > 0 ? [`${moreFiles} more`] : [])].join(", ")]
  ]
  return [
    `${name}: ${oneLine(description, 2000)}`,
    ...rows.filter(([, value]) => value !== "").map(([key, value]) => `${key}: ${oneLine(value, 2000)}`),
    ...warnings.map((warning) => `warning: ${oneLine(warning, 300)}`)
  ]
}

const runs = (skill: SkillText["skill"]): string => {
  const { fork, model } = skill
  const own = modelOf(skill)
  if (own !== undefined) return `in a subagent with model ${own}`
  const ignored =
    model === undefined ? "" : `; its model ${model} is none of ours (provider/model), so the session's is used`
  return fork ? `in a subagent${ignored}` : ignored.slice(2)
}
