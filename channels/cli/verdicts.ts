/** What `validate` does alike for skills and agents: which files are meant, and what is said of each. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import type { Verdict } from "../../skills/validate.ts"
import { CliError, type Io } from "./io.ts"
import { printable } from "./printable.ts"

export interface Checked extends Verdict {
  readonly path: string
}

/** What lies around, asked for only when a name has to be looked up. */
export interface Findings {
  readonly found: ReadonlyArray<{ readonly source: string; readonly path: string }>
  readonly broken: ReadonlyArray<{ readonly path: string }>
  /** @throws CliError when nothing has this name. */
  readonly pathOf: (name: string) => string
}

/** What is a path is taken as one; a name is looked up; without names all that this folder has. */
export const pathsOf = async (
  { cwd }: Io,
  names: ReadonlyArray<string>,
  look: () => Promise<Findings>
): Promise<ReadonlyArray<string>> => {
  const isPath = (name: string) => name.includes("/") || existsSync(resolve(cwd, name))
  if (names.length > 0 && names.every(isPath)) return names.map((name) => resolve(cwd, name))
  const { found, broken, pathOf } = await look()
  if (names.length > 0) return names.map((name) => (isPath(name) ? resolve(cwd, name) : pathOf(name)))
  const own = found.filter(({ source }) => source === "project").map(({ path }) => path)
  return [...own, ...broken.map(({ path }) => path).filter((path) => path.startsWith(`${cwd}/`))]
}

/** @throws CliError with code 1 when one of them breaks the rules. */
export const tellVerdicts = (
  io: Io,
  checked: ReadonlyArray<Checked>,
  { kind, json }: { readonly kind: "skills" | "agents"; readonly json: true | undefined }
): void => {
  if (json) io.stdout.write(`${JSON.stringify(checked.map(rowOf), null, 2)}\n`)
  else for (const line of checked.flatMap(lines)) io.stdout.write(`${printable(line)}\n`)
  if (!json && checked.length === 0) io.stdout.write(`no ${kind} in this folder\n`)
  if (checked.some(({ problems }) => problems.length > 0)) throw new CliError(1, "")
}

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
