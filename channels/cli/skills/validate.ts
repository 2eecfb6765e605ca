/** `kintsugi skills validate`: what loads here may be refused by others; this says so before they do. */
import { validateSkill } from "../../../skills/validate.ts"
import type { Io } from "../io.ts"
import { pathsOf, tellVerdicts } from "../verdicts.ts"
import { namedSkill, skillsAround } from "./around.ts"

export const validateSkills = async (
  io: Io,
  names: ReadonlyArray<string>,
  { json }: { readonly json?: true }
): Promise<void> => {
  const paths = await pathsOf(io, names, async () => {
    const around = await skillsAround(io)
    const { skills, broken } = around.set
    return { found: skills, broken, pathOf: (name) => namedSkill(around, name).path }
  })
  const checked = await Promise.all(paths.map(async (path) => ({ path, ...(await validateSkill(path)) })))
  tellVerdicts(io, checked, { kind: "skills", json })
}
