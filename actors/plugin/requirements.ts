/** Plugins that need others: who may be loaded, in which order, and why somebody may not. */

export interface Needy {
  readonly name: string
  /** Names of those that it needs. */
  readonly requires: ReadonlyArray<string>
}

/**
 * Why a plugin is not loaded, as the end of a sentence about it; `undefined` when nothing it needs is in the way.
 *
 * @param absent What is wrong with a name that is not among them: `is missing`, `is disabled`.
 */
export const hindrance = (
  name: string,
  among: ReadonlyArray<Needy>,
  absent: (name: string) => string
): string | undefined => look(name, among, absent, [], new Set())

/** @param clear Those in whose way nothing was found. */
const look = (
  name: string,
  among: ReadonlyArray<Needy>,
  absent: (name: string) => string,
  way: ReadonlyArray<string>,
  clear: Set<string>
): string | undefined => {
  if (clear.has(name)) return undefined
  const here = [...way, name]
  for (const needed of among.find((one) => one.name === name)?.requires ?? []) {
    const at = here.indexOf(needed)
    if (at !== -1) return `requires ${needed}, which requires it in turn (${[...here.slice(at), needed].join(" → ")})`
    const isThere = among.some((one) => one.name === needed)
    const what = isThere ? look(needed, among, absent, here, clear) : absent(needed)
    if (what !== undefined) return `requires ${needed}, which ${what}`
  }
  clear.add(name)
  return undefined
}

/** Each after those that it needs, else as they were. In a circle nobody comes first: it stays as it was. */
export const inOrder = <One extends Needy>(among: ReadonlyArray<One>): ReadonlyArray<One> => {
  const placed = new Set<One>()
  const place = (one: One, way: ReadonlyArray<One>): void => {
    if (placed.has(one) || way.includes(one)) return
    for (const needed of one.requires) {
      const found = among.find(({ name }) => name === needed)
      if (found !== undefined) place(found, [...way, one])
    }
    placed.add(one)
  }
  for (const one of among) place(one, [])
  return [...placed]
}

/** All that need one of this name, directly or through others, those that nobody needs first. */
export const dependantsOf = <One extends Needy>(name: string, among: ReadonlyArray<One>): ReadonlyArray<One> => {
  const names = new Set([name])
  const ordered = inOrder(among)
  for (let before = 0; before !== names.size;) {
    before = names.size
    for (const one of ordered) if (one.requires.some((needed) => names.has(needed))) names.add(one.name)
  }
  return ordered.filter((one) => one.name !== name && names.has(one.name)).toReversed()
}
