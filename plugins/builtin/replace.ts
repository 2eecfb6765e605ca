/**
 * Replaces one piece of a text by another, in the one place that is meant or not at all.
 *
 * Line ends are those of the file, whatever the pieces use. Exact matches come first. Only when there is none, and a single
 * place has the piece's lines up to whitespace, that place counts, if its lines differ in trailing blanks or all by the
 * same indentation.
 */

import { core, reindent, shiftOf } from "./indentation.ts"

export type Occurrence = number | "all"

export type Replacement =
  | {
      readonly text: string
      /** The place differed from the piece in whitespace. */
      readonly tolerant: boolean
    }
  | {
      readonly problem: string
      /** Nothing like the piece is in the text. */
      readonly missing: boolean
    }

/** A part of the text with plain line feeds, and what takes its place. */
interface Place {
  readonly start: number
  readonly end: number
  readonly text: string
}

export const replace = (raw: string, oldPiece: string, newPiece: string, occurrence?: Occurrence): Replacement => {
  const text = plain(raw)
  const [wanted, wished] = [plain(oldPiece), plain(newPiece)]
  if (wanted === "") return { problem: "old_string is empty", missing: false }
  if (wanted === wished) return { problem: "old_string and new_string are the same", missing: false }
  const exact = exactPlaces(text, wanted, wished, occurrence)
  if (exact !== undefined) return "problem" in exact ? exact : { text: put(raw, exact), tolerant: false }

  return tolerant(raw, text, wanted, wished, occurrence)
}

const plain = (text: string): string => text.replaceAll("\r\n", "\n")

/** @returns `undefined` when the piece is nowhere. */
const exactPlaces = (text: string, wanted: string, wished: string, occurrence: Occurrence | undefined) => {
  // Overlapping ones count as well when it has to be the only one: "aa" in "aaa" could mean two places.
  const starts = find(text, wanted, occurrence === undefined ? 1 : wanted.length)
  if (starts.length === 0) return undefined
  const lines = starts.slice(0, 6).map((start) => lineOf(text, start))
  if (occurrence === undefined && starts.length > 1) {
    const advice = "add lines around it until it is unique, or give occurrence"
    return {
      problem: `old_string is in the file ${starts.length} times, at lines ${list(lines)}: ${advice}`,
      missing: false
    }
  }
  const chosen = typeof occurrence === "number" ? starts.slice(occurrence - 1, occurrence) : starts
  if (chosen.length === 0) return { problem: tooFew(Number(occurrence), lines, starts.length), missing: false }
  return chosen.map((start): Place => ({ start, end: start + wanted.length, text: wished }))
}

const find = (text: string, piece: string, step: number): ReadonlyArray<number> => {
  const starts: Array<number> = []
  for (let at = text.indexOf(piece); at !== -1; at = text.indexOf(piece, at + step)) starts.push(at)
  return starts
}

const tooFew = (occurrence: number, lines: ReadonlyArray<number>, count = lines.length): string =>
  `there is no occurrence ${occurrence} of old_string: it is in the file ${count === 1 ? "once" : `${count} times`}, at line ${list(lines)}`

const list = (lines: ReadonlyArray<number>): string =>
  lines.length > 5 ? `${lines.slice(0, 5).join(", ")}, …` : lines.join(", ")

const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length

/** The case of no exact match: the one place whose lines are those of the piece, whitespace aside. */
const tolerant = (
  raw: string,
  text: string,
  wanted: string,
  wished: string,
  occurrence: Occurrence | undefined
): Replacement => {
  const closed = wanted.endsWith("\n")
  const pattern = (closed ? wanted.slice(0, -1) : wanted).split("\n")
  const lines = text.split("\n")
  const found = runsLike(pattern, lines)
  const [at] = found
  if (at === undefined) return absent
  const numbers = found.map((index) => index + 1)
  if (found.length > 1) {
    return {
      problem: `old_string is not in the file; up to whitespace it is at lines ${list(numbers)}: give it exactly`,
      missing: false
    }
  }
  if (typeof occurrence === "number" && occurrence > 1) return { problem: tooFew(occurrence, numbers), missing: false }

  const run = lines.slice(at, at + pattern.length)
  const shift = shiftOf(pattern, run)
  if (shift === undefined) return absent
  const start = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0)
  const end = start + run.join("\n").length
  // The file's last line may lack the line feed that the piece has; then it lacks it afterwards, too.
  const last = end === text.length
  const shifted = reindent(closed && last && wished.endsWith("\n") ? wished.slice(0, -1) : wished, shift)
  if (shifted === undefined) return { problem: shallow, missing: false }
  return { text: put(raw, [{ start, end: closed && !last ? end + 1 : end, text: shifted }]), tolerant: true }
}

const absent: Replacement = { problem: "old_string is not in the file", missing: true }

/** Indexes of all runs of lines that are those of the pattern up to blanks at their starts and ends. */
const runsLike = (pattern: ReadonlyArray<string>, lines: ReadonlyArray<string>): ReadonlyArray<number> => {
  const cores = pattern.map(core)
  if (cores.every((one) => one === "")) return []
  const bare = lines.map(core)
  return bare.flatMap((_, at) => (cores.every((one, n) => one === bare[at + n]) ? [at] : []))
}

const shallow =
  "old_string stands in the file with another indentation, and new_string has lines with less indentation than old_string: give both as they stand in the file"

/** Puts the new texts in their places, ascending and apart, with the line ends that stand there. */
const put = (raw: string, places: ReadonlyArray<Place>): string => {
  const toRaw = positionsIn(raw)
  const usual = usualLineEnd(raw)
  let result = ""
  let done = 0
  for (const { start, end, text } of places) {
    const [from, to] = [toRaw(start), toRaw(end)]
    const old = raw.slice(from, to)
    const lineEnd = old.includes("\r\n") ? "\r\n" : old.includes("\n") ? "\n" : usual
    result += raw.slice(done, from) + text.replaceAll("\n", lineEnd)
    done = to
  }
  return result + raw.slice(done)
}

/** Turns ascending positions in the text with plain line feeds into positions in the raw one. */
const positionsIn = (raw: string) => {
  let shift = 0
  let next = raw.indexOf("\r\n")
  return (position: number): number => {
    for (; next !== -1 && next < position + shift; next = raw.indexOf("\r\n", next + 2)) shift++
    return position + shift
  }
}

const usualLineEnd = (raw: string): string => {
  const windows = raw.split("\r\n").length - 1
  return windows > raw.split("\n").length - 1 - windows ? "\r\n" : "\n"
}
