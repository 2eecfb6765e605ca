/** Near misses, for "did you mean". */
import { distance } from "fastest-levenshtein"

/**
 * The candidates that a few slips of the finger turn into `word`, nearest first: two edits in five characters,
 * so that swapped letters count; case and separators do not.
 *
 * @example
 * nearest("maxTurns", ["max_turns", "timeout"]) // ["max_turns"]
 * nearest("tiemout", ["max_turns", "timeout"]) // ["timeout"]
 */
export const nearest = (word: string, candidates: ReadonlyArray<string>): ReadonlyArray<string> => {
  const wanted = bare(word)
  const most = Math.max(1, Math.round(wanted.length * 0.4))
  return candidates
    .map((candidate) => ({ candidate, edits: distance(wanted, bare(candidate)) }))
    .filter(({ edits }) => edits <= most)
    .toSorted((a, b) => a.edits - b.edits)
    .map(({ candidate }) => candidate)
}

const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9.]/g, "")
