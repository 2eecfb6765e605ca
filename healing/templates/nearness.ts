/** How near one name is to another, as people mistype them. */

/**
 * Insertions, deletions, substitutions and swaps of neighbours between two texts, each place changed at most once
 * (optimal string alignment).
 */
export const editDistance = (one: string, other: string): number => {
  const rows: Array<Array<number>> = []
  for (let i = 0; i <= one.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const above = rows[i - 1]
      if (above === undefined) row.push(j)
      else {
        const substituted = (above[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
        const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
        const swapped = isSwap ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : Infinity
        row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substituted, swapped))
      }
    }
    rows.push(row)
  }
  return rows[one.length]?.[other.length] ?? 0
}

/** The same name in other letters, and in the singular. */
interface Bare {
  readonly plain: string
  readonly singular: string
}

const bares = new Map<string, Bare>()

const bareOf = (name: string): Bare => {
  const known = bares.get(name)
  if (known !== undefined) return known
  const plain = name.toLowerCase().replace(/[_$-]/g, "")
  const bare = { plain, singular: plain.replace(/ies$/, "y").replace(/(?<=..)(es|s)$/, "") }
  // Names come from programs: there is no end of them.
  if (bares.size > 5000) bares.clear()
  bares.set(name, bare)
  return bare
}

/** What other languages and libraries call it. */
const synonyms: ReadonlyArray<ReadonlySet<string>> = [
  new Set(["length", "len", "size", "count"]),
  new Set(["includes", "contains", "has"]),
  new Set(["push", "append", "add"]),
  new Set(["forEach", "each"]),
  new Set(["trim", "strip"]),
  new Set(["toLowerCase", "lower", "toLower"]),
  new Set(["toUpperCase", "upper", "toUpper"]),
  new Set(["startsWith", "startswith", "hasPrefix"]),
  new Set(["endsWith", "endswith", "hasSuffix"]),
  new Set(["replaceAll", "gsub"]),
  new Set(["slice", "substring", "substr"]),
  new Set(["delete", "remove"]),
  new Set(["entries", "items"])
]

/** 0 for the same name in other letters, then by how much is mistyped; `undefined` when they are not near. */
const nearnessOf = (name: string, other: string): number | undefined => {
  if (name === other) return undefined
  const [one, two] = [bareOf(name), bareOf(other)]
  if (one.plain === two.plain) return 0
  const limit = Math.max(1, Math.floor(Math.max(name.length, other.length) / 4))
  if (Math.abs(name.length - other.length) <= limit && Math.min(name.length, other.length) > 2) {
    const distance = editDistance(name, other)
    if (distance <= limit) return distance
  }
  if (name.length > 3 && one.singular === two.singular) return 1
  return synonyms.some((set) => set.has(name) && set.has(other)) ? 4 : undefined
}

/** The names that are near, nearest first, in the order given where they are equally near; at most `most`. */
export const nearest = (name: string, names: Iterable<string>, most = 3): ReadonlyArray<string> =>
  [...new Set(names)]
    .flatMap((other) => {
      const nearness = nearnessOf(name, other)
      return nearness === undefined ? [] : [{ other, nearness }]
    })
    .toSorted((one, two) => one.nearness - two.nearness)
    .slice(0, most)
    .map(({ other }) => other)
