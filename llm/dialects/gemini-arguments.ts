/** Arguments that come in pieces, each with its place: Vertex streams them so when it is told to. */
import { type Fields, fields, isFields, text } from "../wire-value.ts"

/** `$.list[0].name`, `$['a.b']`; source: RFC 9535, of which Google uses the singular paths. */
const step = /\.([^.[\]]+)|\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/g

type Place = ReadonlyArray<string | number>

const placeOf = (path: string): Place =>
  [...path.matchAll(step)].map(([, name, index, single, double]) =>
    index === undefined ? (name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1")) : Number(index)
  )

/** The arguments with one more piece, which is a `PartialArg`. */
export const withPiece = (whole: unknown, piece: unknown): unknown => {
  const { jsonPath, stringValue, numberValue, boolValue, nullValue } = fields(piece)
  const place = placeOf(text(jsonPath))
  if (place.length === 0) return whole
  if (typeof stringValue === "string") {
    // A long text comes in several pieces.
    return changed(whole, place, (before) => text(before) + stringValue)
  }
  const value = [numberValue, boolValue].find((one) => one !== undefined) ?? null
  return value === null && nullValue === undefined ? whole : changed(whole, place, () => value)
}

const changed = (value: unknown, [here, ...rest]: Place, change: (before: unknown) => unknown): unknown => {
  if (here === undefined) return change(value)
  if (typeof here === "string") {
    const before: Fields = isFields(value) ? value : {}
    return { ...before, [here]: changed(before[here], rest, change) }
  }
  // Entries come in their order; one far beyond the end is the next.
  const before: ReadonlyArray<unknown> = Array.isArray(value) ? value : []
  return [...before.slice(0, here), changed(before[here], rest, change), ...before.slice(here + 1)]
}
