import * as fc from "fast-check"
import { expect, it } from "vitest"
import { lineReader } from "../../../actors/hosts/lines.ts"

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** Reads pieces as a socket hands them over: each in the same buffer as the one before. */
const readAll = (pieces: ReadonlyArray<Uint8Array>, limit = 1e9) => {
  const lines: Array<string> = []
  let excesses = 0
  const reader = lineReader(
    limit,
    (line) => lines.push(line),
    () => excesses++
  )
  const buffer = Buffer.alloc(Math.max(1, ...pieces.map(({ length }) => length)))
  for (const piece of pieces) {
    buffer.set(piece)
    reader.push(buffer.subarray(0, piece.length))
    buffer.fill(0)
  }
  return { lines, excesses }
}

/** Cut at any bytes, also in the middle of a character. */
const cutAt = (bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end))
}

const text = fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => text.replaceAll("\n", " "))

it("finds the same lines wherever the bytes are cut", () => {
  const cuts = fc.array(fc.nat(), { maxLength: 12 })
  fc.assert(
    fc.property(fc.array(text), text, cuts, (lines, rest, cuts) => {
      const bytes = bytesOf(lines.map((line) => `${line}\n`).join("") + rest)
      expect(readAll(cutAt(bytes, cuts))).toEqual({ lines, excesses: 0 })
    })
  )
})

it("stops at a line that is too long, says so once and keeps nothing of it", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 12 }), fc.integer({ min: 1, max: 50 }), (cuts, more) => {
      const bytes = bytesOf(`short\n${"x".repeat(100 + more)}\nshort\n`)
      expect(readAll(cutAt(bytes, cuts), 100)).toEqual({ lines: ["short"], excesses: 1 })
    })
  )
})

it("takes a line of just the limit", () => {
  expect(readAll([bytesOf("12345\n"), bytesOf("123"), bytesOf("45\n")], 5)).toEqual({
    lines: ["12345", "12345"],
    excesses: 0
  })
})
