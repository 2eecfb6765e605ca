/** What somebody meant who typed a name that does not exist. */

/**
 * The closest candidate, or `undefined` when none is near: the same letters in another case or with other separators,
 * else at most one edit in three characters.
 *
 * @example
 * nearMiss("maxTurns", ["max_turns", "timeout"]) // "max_turns"
 * nearMiss("tiemout", ["max_turns", "timeout"]) // "timeout"
 */
export const nearMiss = (name: string, candidates: ReadonlyArray<string>): string | undefined => {
  const plain = bare(name)
  let best: string | undefined
  let least = Math.floor(plain.length / 3) + 1
  for (const candidate of candidates) {
    const edits = distance(plain, bare(candidate))
    if (edits < least) [best, least] = [candidate, edits]
  }
  return best
}

const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9.]/g, "")

/** Optimal string alignment: insertions, deletions, substitutions and swapped neighbours. */
const distance = (a: string, b: string): number => {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, n) => n)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        row[j - 1]! + 1,
        last[j]! + 1,
        last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? before[j - 2]! + 1 : Infinity
      )
    }
    ;[before, last] = [last, row]
  }
  return last[b.length]!
}
