/** `kintsugi skills list`: those that are found, in the order in which they count; what is wrong with files on standard error. */
import { isHidden } from "../../../plugins/builtin/skills/find.ts"
import type { SkillSet, SkillView } from "../../../plugins/skills.ts"
import type { Io } from "../io.ts"
import { columns } from "../plugin/columns.ts"
import { oneLine, printable } from "../printable.ts"
import { skillsAround } from "./around.ts"

/** Files that are broken are told, and are no failure of the listing. */
export const listSkills = async (io: Io, { json }: { readonly json?: true }): Promise<void> => {
  const { set } = await skillsAround(io)
  const { skills } = set
  if (json) io.stdout.write(`${JSON.stringify(skills.map(rowOf), null, 2)}\n`)
  else if (skills.length === 0) io.stdout.write("no skills\n")
  else for (const line of columns(skills.map(cells))) io.stdout.write(`${line}\n`)
  for (const line of troubles(set)) io.stderr.write(`${printable(line)}\n`)
}

/** What is usual is left out. */
const rowOf = ({ kind, name, description, path, source, trusted, forModels, forUsers, warnings }: SkillView) => ({
  name,
  description,
  path,
  source,
  ...(kind === "command" && { kind }),
  ...(!trusted && { trusted }),
  ...(!forModels && { model_invocable: forModels }),
  ...(!forUsers && { user_invocable: forUsers }),
  ...(warnings.length > 0 && { warnings })
})

const cells = ({ kind, name, source, trusted, description }: SkillView): ReadonlyArray<string> => [
  printable(oneLine(name, 64)),
  `${source}${kind === "command" ? " command" : ""}${trusted ? "" : ", not trusted"}`,
  printable(oneLine(description, 100))
]

const troubles = ({ skills, shadowed, broken, notices }: SkillSet): ReadonlyArray<string> => [
  ...broken.map(({ path, reason }) => `${path}: not loaded: ${oneLine(reason, 300)}`),
  ...skills.flatMap(({ path, warnings }) => warnings.map((warning) => `${path}: ${oneLine(warning, 300)}`)),
  ...skills
    .filter(isHidden)
    .map(({ path, command }) => `${path}: in the chat /${command} is the chat's own command, which counts there`),
  ...shadowed.map(({ skill, by }) => `${skill.path}: hidden by ${by.path}`),
  ...notices,
  ...(skills.some(({ trusted }) => !trusted)
    ? ["Skills and commands of a folder that is not trusted are not used; to trust this one: kintsugi trust"]
    : [])
]
