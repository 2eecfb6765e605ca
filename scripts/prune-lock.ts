/**
 * Takes optional packages that the lock promises but does not hold out of package-lock.json.
 *
 * Run it after every change of a dependency: `npm install … && npm run lock`. A registry need not serve
 * every platform's package of a native tool; npm then leaves the missing ones out of the lock but keeps their names in
 * the tool's `optionalDependencies`, and `npm ci` refuses a lock that contradicts itself.
 */
import { readFileSync, writeFileSync } from "node:fs"

interface Locked {
  optionalDependencies?: Record<string, string>
}

/** Node's look-up: the nearest `node_modules` at or above the package that holds the name. */
const isLocked = (packages: Record<string, Locked>, from: string, name: string): boolean => {
  const here = from === "" ? `node_modules/${name}` : `${from}/node_modules/${name}`
  if (here in packages) return true
  if (from === "") return false
  return isLocked(packages, from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/"))), name)
}

/** @returns the same lock without the names, and the names with the package that listed each. */
export const prune = <Lock extends { packages: Record<string, Locked> }>(
  lock: Lock
): { lock: Lock; dropped: Array<string> } => {
  const dropped: Array<string> = []
  const prunedEntry = ([path, entry]: [string, Locked]): [string, Locked] => {
    const { optionalDependencies, ...rest } = entry
    if (optionalDependencies === undefined) return [path, entry]
    const kept = Object.entries(optionalDependencies).filter(([name]) => isLocked(lock.packages, path, name))
    dropped.push(...Object.keys(optionalDependencies).filter((name) => !isLocked(lock.packages, path, name)))
    return [path, kept.length === 0 ? rest : { ...entry, optionalDependencies: Object.fromEntries(kept) }]
  }
  return { lock: { ...lock, packages: Object.fromEntries(Object.entries(lock.packages).map(prunedEntry)) }, dropped }
}

if (import.meta.main) {
  const file = new URL("../package-lock.json", import.meta.url)
  const { lock, dropped } = prune(JSON.parse(readFileSync(file, "utf8")))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(
    dropped.length === 0 ? "package-lock.json needed no pruning" : `dropped ${dropped.length}: ${dropped.join(", ")}`
  )
}
