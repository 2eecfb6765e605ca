/** The tools of one session, and what they may touch: its settings, what it has from the one it works for, its folders. */
import { join } from "node:path"
import { sendFileTool } from "../../plugins/builtin/send-file.ts"
import type { AgentCard } from "../../plugins/ports.ts"
import { exec } from "../../plugins/ports/exec.ts"
import { files } from "../../plugins/ports/files.ts"
import { outputFolder } from "../folders.ts"
import type { Household, Opening } from "../household.ts"
import { keyFileIn } from "../keys/key-file.ts"
import { loginFileIn } from "../mcp/login-file.ts"
import { receivedIn } from "../session-files.ts"
import { rootOf } from "../store/stores.ts"
import type { Subagents } from "../subagents/subagents.ts"
import type { Heritage } from "../subagents/superior.ts"
import { steady } from "../tool/steady.ts"
import { permittedPorts, type Toolbox } from "../toolbox.ts"

interface Others {
  readonly below: Subagents
  readonly about: () => Promise<AgentCard>
}

export const toolboxOf = (house: Household, opening: Opening, others: Others, spillFolder: string): Toolbox => {
  const { cwd, env, settings, plugins, data, log, stores, journal } = house
  const { info, unattended, heritage, editor } = opening
  const root = rootOf(info, journal)
  // Subagents read what the user gave to the one they work for.
  const received = data === undefined || root === info.id ? [] : [join(outputFolder(data, root), receivedIn)]
  const { allowed_paths: allowed, output_limit: outputLimit, timeout } = settings.tools
  const closed = closedIn(house)
  const blocked = blockedIn(house)
  const ports = {
    files: files({ cwd, allowed, blocked, readable: [spillFolder, ...received, ...house.readable], editor }),
    exec: exec({ cwd, env, outputLimit, spillFolder })
  }
  return {
    ...permittedPorts(ports, settings.tools),
    tools: steady(() => only(plugins.offered(), mayUse(opening)), plugins.isTaken),
    cwd,
    log,
    timeout: timeout * 1000,
    outputLimit,
    get rules() {
      const { permissions } = settings
      const rules = { ...permissions, closed: closed.map((path) => `*(${plain(path)})`), only: heritage?.only ?? [] }
      return withAllowed(rules, heritage?.allowed() ?? [])
    },
    hooks: plugins.hooks,
    session: info.id,
    storesOf: (plugin) => stores.of(plugin, root, cwd),
    agentsOf: (order, signal) => ({ about: others.about, ...others.below.of(order, signal) }),
    unattended
  }
}

/** No setting opens the stored keys to tools, and no mode of permissions a command that names their file. */
const closedIn = ({ data }: Household): ReadonlyArray<string> =>
  data === undefined ? [] : [keyFileIn(data), loginFileIn(data)]

export const blockedIn = (house: Household): ReadonlyArray<string> => [
  ...house.settings.tools.blocked_paths,
  ...closedIn(house)
]

/** As a glob: `?` for whatever means something in one. */
const plain = (path: string): string => path.replace(/[*?[\]{}()!+@|\\]/g, "?")

const mayUse = ({ takesFiles, heritage }: Opening): Heritage["mayUse"] => {
  const may: Heritage["mayUse"] = heritage === undefined ? () => true : heritage.mayUse
  return (tool) => may(tool) && (takesFiles === true || tool !== sendFileTool)
}

const only: (tools: ReturnType<Toolbox["tools"]>, may: Heritage["mayUse"]) => ReturnType<Toolbox["tools"]> = (
  tools,
  may
) => new Map([...tools].filter(([name]) => may(name)))

const withAllowed = (rules: Toolbox["rules"], allowed: ReadonlyArray<string>): Toolbox["rules"] => ({
  ...rules,
  allow: [...rules.allow, ...allowed]
})
