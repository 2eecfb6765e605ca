/** What npm says is installed for one package among many: it and all that it depends on, whatever else comes and goes. */

/**
 * @param lock Text of `node_modules/.package-lock.json`.
 * @param name Of the package.
 * @returns a text that changes when any of these does; the lock itself where it cannot be read.
 */
export const installedFor = (lock: string, name: string): string => {
  const entries = entriesOf(lock)
  if (entries === undefined) return lock
  const names = [name]
  const seen = new Set(names)
  for (const next of names) {
    // A package may lie in several versions, each beside who needs it: all of them count.
    for (const entry of entries.get(next) ?? []) {
      for (const needed of needsOf(entry)) {
        if (!seen.has(needed)) names.push(needed)
        seen.add(needed)
      }
    }
  }
  return JSON.stringify(names.map((one) => [one, entries.get(one) ?? []]))
}

type Entry = Readonly<Record<string, unknown>>

const isEntry = (value: unknown): value is Entry => typeof value === "object" && value !== null

/** By the package's name. */
const entriesOf = (lock: string): ReadonlyMap<string, ReadonlyArray<Entry>> | undefined => {
  try {
    const parsed: unknown = JSON.parse(lock)
    if (!isEntry(parsed) || !isEntry(parsed.packages)) return undefined
    const entries = new Map<string, Array<Entry>>()
    for (const [path, entry] of Object.entries(parsed.packages)) {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)
      if (isEntry(entry)) entries.set(name, [...(entries.get(name) ?? []), { path, ...entry }])
    }
    return entries
  } catch {
    return undefined
  }
}

const needsOf = (entry: Entry): ReadonlyArray<string> =>
  [entry.dependencies, entry.optionalDependencies, entry.peerDependencies].flatMap((needs) =>
    isEntry(needs) ? Object.keys(needs) : []
  )
