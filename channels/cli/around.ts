/** What a command that only looks at a folder knows of it: its configuration and its trust; no session and no plugin is begun. */
import { loadConfig } from "../../actors/config.ts"
import { folders, homeOf } from "../../actors/folders.ts"
import { CliError, type Io } from "./io.ts"
import { printable } from "./printable.ts"

export const lookAround = async (io: Io) => {
  const { cwd } = io
  const home = homeOf(io.env)
  const { settings, env, trusted, notices } = await loadConfig({ cwd, env: io.env, home })
  for (const notice of notices) io.stderr.write(`${printable(notice)}\n`)
  const { config } = folders({ env: io.env, home })
  return { cwd, env, settings, discover: { config, trusted } }
}

interface Wanted {
  readonly kind: "skill" | "agent"
  readonly name: string
  /** The file that may have been meant, and why it could not be loaded. */
  readonly failed: { readonly path: string; readonly reason: string } | undefined
  readonly there: ReadonlyArray<{ readonly name: string }>
}

/** Says why there is none of this name, and names those that there are. */
export const notFound = ({ kind, name, failed, there }: Wanted): CliError => {
  if (failed !== undefined) return new CliError(2, printable(`${failed.path} could not be loaded: ${failed.reason}`))
  const names = there.length === 0 ? "there are none" : `there are: ${there.map((one) => one.name).join(", ")}`
  return new CliError(2, printable(`there is no ${kind} ${JSON.stringify(name)}; ${names}`))
}
