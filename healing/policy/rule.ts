/** What a rule of the policy is, and what the rules share: counting what is there more, or less, than before. */
import { distance } from "fastest-levenshtein"
import type { Place, View } from "./tree.ts"

/** A file before and after, with what may be changed in it. */
export interface Step {
  readonly before: View
  readonly after: View
  /** Real absolute path of the plugin's folder. */
  readonly root: string
  /** Lines of this file, from 1, that stand on the failing stack; absent: any function may be changed. */
  readonly lines?: ReadonlyArray<number>
  /** Names of functions that may be changed as well: those that the failing ones run through. */
  readonly names?: ReadonlySet<string>
}

/** @returns one line for each violation. */
export type Rule = (step: Step) => ReadonlyArray<string>

export type Counts = ReadonlyMap<string, number>

export const count = (keys: Iterable<string>): Counts => {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** Keys that `more` has oftener than `less`, each as often as that. */
export const surplus = (more: Counts, less: Counts): ReadonlyArray<string> =>
  [...more].flatMap(([key, n]) => Array.from({ length: Math.max(0, n - (less.get(key) ?? 0)) }, () => key))

/** A set of names, from a text that lists them. */
export const namesOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

export const countOf = (view: View, matches: (place: Place) => boolean): number => view.places.filter(matches).length

/** Two names of which one may be the other misspelt. */
export const isNear = (one: string, other: string): boolean => {
  if (one === "" || other === "") return false
  const [a, b] = [one.toLowerCase(), other.toLowerCase()]
  return a === b || distance(a, b) <= Math.max(1, Math.floor(Math.max(one.length, other.length) / 3))
}

/** The keys of `removed` for which `added` has nothing that `fits`, each used once. */
export const unpaired = <Key>(
  removed: ReadonlyArray<Key>,
  added: ReadonlyArray<Key>,
  fits: (removed: Key, added: Key) => boolean
): ReadonlyArray<Key> => {
  const left = [...added]
  return removed.filter((one) => {
    const at = left.findIndex((other) => fits(one, other))
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
