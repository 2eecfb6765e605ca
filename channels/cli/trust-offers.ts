/** What trusting a folder would give besides its configuration: commands that would be run, word for word, and how many of what else. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { folders, homeOf } from "../../actors/folders.ts"
import { configuredServers } from "../../actors/mcp/configured.ts"
import { ownAgents } from "../../actors/own-agents.ts"
import { ownCommandHooks } from "../../actors/own-command-hooks.ts"
import { ownSkills } from "../../actors/own-skills.ts"
import type { Settings } from "../../actors/settings.ts"
import { commandOf } from "../../plugins/command-hooks/lines.ts"
import type { Io } from "./io.ts"

export interface Offers {
  /** Where each stands, the event, the command. */
  readonly hooks: ReadonlyArray<{ readonly path: string; readonly event: string; readonly command: string }>
  /** By what they are; only those that there are. */
  readonly others: ReadonlyArray<{ readonly kind: string; readonly names: ReadonlyArray<string> }>
}

/** Without one of them there is nothing to look for. */
const signs = [".kintsugi", ".claude", ".agents", ".mcp.json"]

/** Runs nothing. */
export const offersOf = async (io: Pick<Io, "env">, cwd: string, settings: Settings): Promise<Offers> => {
  if (!signs.some((name) => existsSync(join(cwd, name)))) return { hooks: [], others: [] }
  const { env } = io
  const { config } = folders({ env, home: homeOf(env) })
  const parts = { cwd, env, settings, discover: { config, trusted: false } }
  const [{ hooks }, { skills }, { agents }] = await Promise.all([
    ownCommandHooks(parts).all(),
    ownSkills(parts).all(),
    ownAgents(parts).all()
  ])
  const untrusted = skills.filter(({ trusted }) => !trusted)
  const named = (kind: string, all: ReadonlyArray<{ readonly name: string }>) => ({
    kind,
    names: all.map(({ name }) => name)
  })
  return {
    hooks: hooks
      .filter(({ source }) => !source.trusted)
      .map((hook) => ({ path: hook.source.path, event: hook.event, command: commandOf(hook) })),
    others: [
      named(
        "MCP servers",
        configuredServers(parts).filter(({ untrusted }) => untrusted !== undefined)
      ),
      named(
        "agents",
        agents.filter(({ trusted }) => !trusted)
      ),
      named(
        "commands",
        untrusted.filter(({ kind }) => kind === "command")
      ),
      named(
        "skills",
        untrusted.filter(({ kind }) => kind !== "command")
      )
    ].filter(({ names }) => names.length > 0)
  }
}
