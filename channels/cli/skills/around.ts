/** The skills around a folder, as every command about them sees them; no session and no plugin is begun. */
import { loadConfig } from "../../../actors/config.ts"
import { folders, homeOf } from "../../../actors/folders.ts"
import { ownSkills } from "../../../actors/own-skills.ts"
import { findSkill } from "../../../plugins/builtin/skills-find.ts"
import type { Skills, SkillSet, SkillView } from "../../../plugins/skills.ts"
import { CliError, type Io } from "../io.ts"
import { printable } from "../printable.ts"

export interface Around {
  readonly skills: Skills
  readonly set: SkillSet
}

export const skillsAround = async (io: Io): Promise<Around> => {
  const { cwd } = io
  const home = homeOf(io.env)
  const { settings, env, trusted, notices } = await loadConfig({ cwd, env: io.env, home })
  for (const notice of notices) io.stderr.write(`${printable(notice)}\n`)
  const { config } = folders({ env: io.env, home })
  const skills = ownSkills({ cwd, env, settings, discover: { config, trusted } })
  return { skills, set: await skills.all() }
}

/** @throws CliError naming those that there are. */
export const namedSkill = ({ set: { skills, broken } }: Around, name: string): SkillView => {
  const found = findSkill(skills, name)
  if (found !== undefined) return found
  const failed = broken.find(({ path }) => path.split("/").at(-2) === name)
  if (failed !== undefined) throw new CliError(2, printable(`${failed.path} could not be loaded: ${failed.reason}`))
  const names = skills.map((skill) => skill.name)
  const there = names.length === 0 ? "there are none" : `there are: ${names.join(", ")}`
  throw new CliError(2, printable(`there is no skill ${JSON.stringify(name)}; ${there}`))
}
