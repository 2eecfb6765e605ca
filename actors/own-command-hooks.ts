/** The hooks of a runtime: their files are looked at when the first session begins, and read when there are some. */
import { type HookBook, hookBook } from "../plugins/command-hooks/book.ts"
import { type Environment, homeOf } from "./folders.ts"
import { partedPlugins, type PartsOf } from "./plugin/parts.ts"

export interface CommandHooksOf extends PartsOf {
  readonly env: Environment
}

/** Without `discover` no file counts; skills may still bring some. */
export const ownCommandHooks = (parts: CommandHooksOf): HookBook => {
  const { cwd, env, discover } = parts
  if (discover === undefined) return hookBook()
  const { config, trusted } = discover
  return hookBook({ cwd, home: homeOf(env), config, trusted, plugins: () => partedPlugins(parts) })
}
