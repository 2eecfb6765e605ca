/** `kintsugi skills validate`: what loads here may be refused by others; this says so before they do. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import type { Verdict } from "../../../skills/validate.ts"
import { validateSkill } from "../../../skills/validate.ts"
import { CliError, type Io } from "../io.ts"
import { printable } from "../printable.ts"
import { namedSkill, skillsAround } from "./around.ts"

interface Checked extends Verdict {
  readonly path: string
}

export const validateSkills = async (
  io: Io,
  names: ReadonlyArray<string>,
  { json }: { readonly json?: true }
): Promise<void> => {
  const paths = await pathsOf(io, names)
  const checked = await Promise.all(
    paths.map(async (path): Promise<Checked> => ({ path, ...(await validateSkill(path)) }))
  )
  if (json) io.stdout.write(`${JSON.stringify(checked.map(rowOf), null, 2)}\n`)
  else for (const line of checked.flatMap(lines)) io.stdout.write(`${printable(line)}\n`)
  if (!json && checked.length === 0) io.stdout.write("no skills in this folder\n")
  if (checked.some(({ problems }) => problems.length > 0)) throw new CliError(1, "")
}

/** What is a path is taken as one; a name is looked up. */
const pathsOf = async (io: Io, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  if (names.length > 0 && names.every((name) => isPath(io, name))) return names.map((name) => resolve(io.cwd, name))
  const around = await skillsAround(io)
  const { skills, broken } = around.set
  if (names.length > 0)
    return names.map((name) => (isPath(io, name) ? resolve(io.cwd, name) : namedSkill(around, name).path))
  const own = skills.filter(({ source }) => source === "project").map(({ path }) => path)
  return [...own, ...broken.map(({ path }) => path).filter((path) => path.startsWith(`${io.cwd}/`))]
}

const isPath = ({ cwd }: Io, name: string): boolean => name.includes("/") || existsSync(resolve(cwd, name))

const rowOf = ({ path, name, problems, warnings }: Checked) => ({
  ...(name !== undefined && { name }),
  path,
  valid: problems.length === 0,
  problems,
  warnings
})

const lines = ({ path, problems, warnings }: Checked): ReadonlyArray<string> => [
  `${problems.length === 0 ? "valid" : "not valid"}: ${path}`,
  ...problems.map((problem) => `  ${problem}`),
  ...warnings.map((warning) => `  advice: ${warning}`)
]
