/** Plugins of our own by the names of packages: installed by whoever wants them, or there already. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export interface OurPackage {
  readonly package: string
  readonly about: string
  /** Name of the built-in plugin that it is; nothing is to be installed, from whoever may have taken the name elsewhere. */
  readonly builtIn?: string
}

export const ourPackages: ReadonlyArray<OurPackage> = [
  { package: "kintsugi-plugin-git", about: "status, diff, log, blame, and commits with consent" },
  { package: "kintsugi-plugin-search", about: "searches the web with DuckDuckGo, without a key, and reads pages" },
  { package: "kintsugi-plugin-grep", about: "searches text by ripgrep and structure by ast-grep patterns" },
  { package: "kintsugi-plugin-plan-orchestrator", about: "does a plan's independent steps by subagents, in parallel" },
  {
    package: "kintsugi-plugin-mcp-gateway",
    about: "tools, prompts and resources of MCP servers",
    builtIn: "mcp-gateway"
  },
  { package: "kintsugi-plugin-a2a-gateway", about: "other agents, by A2A", builtIn: "a2a-gateway" }
]

/** What to tell `install`: in a clone of ours they lie beside us, else the registry has them. */
export const sourceOf = (name: string): string => {
  const path = join(ourRoot(), "plugins", "packages", name)
  return existsSync(join(path, "package.json")) ? path : name
}

/** The nearest folder above this file that is a package: ours, wherever the build has put this file. */
export const ourRoot = (folder = dirname(fileURLToPath(import.meta.url))): string =>
  existsSync(join(folder, "package.json")) || folder === dirname(folder) ? folder : ourRoot(dirname(folder))
