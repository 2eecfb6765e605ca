/** The skills around a folder, as every command about them sees them. */
import { ownSkills } from "../../../actors/own-skills.ts"
import { findSkill } from "../../../plugins/builtin/skills/find.ts"
import type { Skills, SkillSet, SkillView } from "../../../plugins/skills.ts"
import { lookAround, notFound } from "../around.ts"
import type { Io } from "../io.ts"

export interface Around {
  readonly skills: Skills
  readonly set: SkillSet
}

export const skillsAround = async (io: Io): Promise<Around> => {
  const skills = ownSkills(await lookAround(io))
  return { skills, set: await skills.all() }
}

/** @throws CliError naming those that there are. */
export const namedSkill = ({ set: { skills, broken } }: Around, name: string): SkillView => {
  const found = findSkill(skills, name)
  if (found !== undefined) return found
  const failed = broken.find(({ path }) => path.split("/").at(-2) === name)
  throw notFound({ kind: "skill", name, failed, there: skills })
}
