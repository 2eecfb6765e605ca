/** Which of many names or lines is meant by one that is not quite right. */

/** Share of the letter pairs that two texts have in common, 0 to 1 (Sørensen–Dice); case and outer blanks do not count. */
export const likeness = (a: string, b: string): number => {
  const [left, right] = [pairs(a), pairs(b)]
  if (left.length + right.length === 0) return a.trim() === b.trim() ? 1 : 0
  const counts = new Map<string, number>()
  for (const pair of left) counts.set(pair, (counts.get(pair) ?? 0) + 1)
  let common = 0
  for (const pair of right) {
    const count = counts.get(pair) ?? 0
    if (count > 0) common++
    counts.set(pair, count - 1)
  }
  return (2 * common) / (left.length + right.length)
}

const pairs = (text: string): ReadonlyArray<string> => {
  const bare = text.trim().toLowerCase()
  return Array.from({ length: Math.max(0, bare.length - 1) }, (_, at) => bare.slice(at, at + 2))
}

/** The names most like the given one, best first; none when none is much like it. */
export const similar = (name: string, candidates: ReadonlyArray<string>, most: number): ReadonlyArray<string> =>
  candidates
    .map((candidate) => ({ candidate, score: likeness(name, candidate) }))
    .filter(({ score }) => score >= 0.5)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ candidate }) => candidate)
