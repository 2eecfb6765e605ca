/** The hooks around a folder, as every command about them sees them; no session and no plugin is begun. */
import { loadConfig } from "../../../actors/config.ts"
import { folders, homeOf } from "../../../actors/folders.ts"
import { ownCommandHooks } from "../../../actors/own-command-hooks.ts"
import type { CommandHookSet } from "../../../plugins/command-hooks.ts"
import type { Io } from "../io.ts"
import { printable } from "../printable.ts"

export const hooksAround = async (io: Io): Promise<CommandHookSet> => {
  const { cwd } = io
  const home = homeOf(io.env)
  const { settings, env, trusted, notices } = await loadConfig({ cwd, env: io.env, home })
  for (const notice of notices) io.stderr.write(`${printable(notice)}\n`)
  const { config } = folders({ env: io.env, home })
  return ownCommandHooks({ cwd, env, settings, discover: { config, trusted } }).all()
}
