/** Where hooks are written down. A look costs a few `stat`s. */
import { statSync } from "node:fs"
import { join } from "node:path"
import type { HookSource } from "../command-hooks.ts"
import type { PartedPlugin } from "../discover/parts.ts"

export interface HookPlaces {
  /** Absolute. */
  readonly cwd: string
  readonly home: string
  /** The user's configuration folder. */
  readonly config: string
  /** Whether the working folder is. */
  readonly trusted: boolean
  /** Of those that are there, trusted and not switched off. Asked at each look. */
  readonly plugins: () => ReadonlyArray<PartedPlugin>
}

/** Files that hooks may stand in, in the order in which they are asked. */
export const sourcesOf = ({ cwd, home, config, trusted }: HookPlaces): ReadonlyArray<HookSource> => [
  { kind: "user", path: join(config, "hooks.json"), trusted: true },
  { kind: "user", path: join(home, ".claude", "settings.json"), trusted: true },
  ...[".kintsugi/hooks.json", ".claude/settings.json", ".claude/settings.local.json"].map((path): HookSource => ({
    kind: "project",
    path: join(cwd, path),
    trusted
  }))
]

export const changedNotice =
  "files with hooks were changed, or others came: it counts from the next session, or now with /hooks reload"

/** What is there, in short: another one when something changed, empty when there is nothing. */
export const markOf = (places: HookPlaces, parted: ReadonlyArray<PartedPlugin> = places.plugins()): string => {
  const parts = parted.flatMap(({ folder, parts }) =>
    parts.hooks.map((one) => ("path" in one ? stateOf(one.path) : `${folder} ${JSON.stringify(one.value)}`))
  )
  const files = sourcesOf(places).map(({ path }) => stateOf(path))
  return [...files, ...parts].filter((state) => state !== "").join("\n")
}

const stateOf = (path: string): string => {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found === undefined ? "" : `${path} ${found.ino} ${found.size} ${found.mtimeMs}`
  } catch (error) {
    // Something is there that cannot be looked at.
    return `${path} ${error instanceof Error ? error.message : ""}`
  }
}
