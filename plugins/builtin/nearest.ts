/** The lines of a text that are most like a piece that is not in it: what a model needs to see to quote it right. */
import { likeness } from "./similar.ts"

/** Lines compared letter by letter: enough for source files, and quick for the largest. */
const mostCompared = 20_000
/** Lines shown of a long piece. */
const mostShown = 20

/** @returns numbered lines, or `undefined` when nothing is like it. */
export const nearest = (text: string, piece: string): string | undefined => {
  const lines = text.split(/\r?\n/)
  const wanted = piece.split(/\r?\n/).map((line) => line.trim())
  const at = sameLines(lines, wanted) ?? likeLine(lines, wanted)
  if (at === undefined) return undefined
  const first = Math.max(0, at)
  const shown = lines.slice(first, first + Math.min(wanted.length, mostShown))
  return shown.map((line, n) => `${first + n + 1}\t${line.slice(0, 500)}`).join("\n")
}

/** The start of the run, as long as the piece, that has most of its lines; long lines tell more than short ones. */
const sameLines = (lines: ReadonlyArray<string>, wanted: ReadonlyArray<string>): number | undefined => {
  const known = new Set(wanted)
  const weigh = (line: string | undefined): number => {
    const bare = line?.trim() ?? ""
    return known.has(bare) ? bare.length : 0
  }
  let inside = 0
  let [best, start]: [number, number | undefined] = [0, undefined]
  lines.forEach((line, n) => {
    inside += weigh(line) - weigh(lines[n - wanted.length])
    if (inside > best) [best, start] = [inside, n - wanted.length + 1]
  })
  return start
}

/** Where the first telling line of the piece would start, by its most similar line. */
const likeLine = (lines: ReadonlyArray<string>, wanted: ReadonlyArray<string>): number | undefined => {
  const lead = wanted.findIndex((line) => line.length > 2)
  const first = wanted[lead]
  if (first === undefined) return undefined
  const scores = lines.slice(0, mostCompared).map((line) => likeness(first.slice(0, 500), line.slice(0, 500)))
  const best = scores.reduce((most, score, n) => (score > (scores[most] ?? 0) ? n : most), 0)
  return (scores[best] ?? 0) >= 0.4 ? best - lead : undefined
}
