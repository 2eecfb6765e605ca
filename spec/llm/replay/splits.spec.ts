/** Recorded bodies as a network may deliver them: torn anywhere, with other line ends, broken off. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { expectedFailures, readingOf } from "./expected.ts"
import { isRecorded, needsRecordings, type Recording, recordings } from "./recordings.ts"
import { differences, type Outcome, play, toldIn } from "./replay.ts"

/** Long ones say nothing that short ones do not, and take their time. */
const longest = 30_000

const placesOf = (body: Buffer, is: (byte: number) => boolean): ReadonlyArray<number> =>
  [...body.keys()].filter((at) => is(body.readUInt8(at)))

/** Cuts there part the bytes of one letter. */
const inLetters = (body: Buffer): ReadonlyArray<number> => placesOf(body, (byte) => byte >= 0x80 && byte < 0xc0)

/** Ends of lines; a cut may come before or behind. */
const atEnds = (body: Buffer): ReadonlyArray<number> => placesOf(body, (byte) => byte === 0x0a || byte === 0x0d)

const all = recordings().filter(({ excluded, body }) => excluded === undefined && body.length <= longest)
const streams = all.filter(({ isStream }) => isStream)
/** One of each dialect and form, so that none is left to chance: one that holds a letter of several bytes, if any does. */
const few = [...Map.groupBy(all, ({ dialect, isStream }) => `${dialect} ${isStream}`).values()].flatMap(
  (group) => group.find(({ body }) => inLetters(body).length > 0) ?? group.slice(0, 1)
)
const isText = ({ dialect }: Recording): boolean => dialect !== "bedrock-converse-stream"

const torn = (body: Buffer, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const cuts = [0, ...places.toSorted((left, right) => left - right), body.length]
  return cuts.slice(1).map((end, at) => new Uint8Array(body.subarray(cuts[at], end)))
}

/** Shares of the way: through the body, through the ends of its lines, through its letters of several bytes. */
interface Cuts {
  readonly anywhere: ReadonlyArray<number>
  readonly ends: ReadonlyArray<number>
  readonly letters: ReadonlyArray<number>
}

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 })
const cuts: fc.Arbitrary<Cuts> = fc.record({ anywhere: shares, ends: shares, letters: shares })

const among = (places: ReadonlyArray<number>, shares: ReadonlyArray<number>): ReadonlyArray<number> =>
  shares.flatMap((share) => places[Math.min(places.length - 1, Math.floor(share * places.length))] ?? [])

const placesIn = (body: Buffer, { anywhere, ends, letters }: Cuts): ReadonlyArray<number> => [
  ...anywhere.map((share) => Math.round(share * body.length)),
  ...among(atEnds(body), ends).flatMap((at) => [at, at + 1]),
  ...among(inLetters(body), letters)
]

/** What the events were, without ids that are different each time. */
const course = (outcome: Outcome): unknown =>
  Result.isFailure(outcome)
    ? { reason: outcome.failure.reason, detail: outcome.failure.detail }
    : outcome.success.map((event) => [event.type, "delta" in event ? event.delta : ""])

const pick = <Item>(items: ReadonlyArray<Item>): fc.Arbitrary<Item> => fc.constantFrom(...items)

/** A counterexample is shown by its name, not by its bytes. */
const pickOne = (from: ReadonlyArray<Recording>): fc.Arbitrary<Recording> =>
  pick(from).map((recording) => ({ ...recording, [fc.toStringMethod]: () => recording.name }))

/** Between events: nothing, comments, blank lines. */
const fillers = ["", ": keep-alive\n\n", "\n", ":\n\n\n\n"] as const
const lineEnds = ["\n", "\r\n", "\r"] as const

const rewritten = (body: Buffer, lineEnd: string, filler: string): Buffer =>
  Buffer.from(body.toString().replace(/\r\n?/g, "\n").replace(/\n\n+/g, `\n\n${filler}`).replaceAll("\n", lineEnd))

describe.skipIf(!isRecorded)(`recorded bodies (${needsRecordings})`, { timeout: 60_000 }, () => {
  it("say the same however they are torn", async () => {
    await fc.assert(
      fc.asyncProperty(pickOne(all), cuts, async (recording, cut) => {
        const outcome = await play(recording, torn(recording.body, placesIn(recording.body, cut)))
        expect(differences(recording, outcome), recording.name).toEqual([])
        expect(course(outcome)).toEqual(course(await play(recording)))
      }),
      {
        numRuns: 150,
        examples: few.map((recording): [Recording, Cuts] => [
          recording,
          { anywhere: [0, 0.01, 0.5], ends: [0, 0.99], letters: [0, 0.5, 1] }
        ])
      }
    )
  })

  it("say the same byte by byte", async () => {
    const short = all.filter(({ body }) => body.length < 4_000)
    await fc.assert(
      fc.asyncProperty(pickOne(short), async (recording) => {
        const outcome = await play(recording, torn(recording.body, [...recording.body.keys()]))
        expect(differences(recording, outcome), recording.name).toEqual([])
      }),
      { numRuns: 15 }
    )
  })

  it("say the same with other line ends, and with comments and blank lines between the events", async () => {
    const texts = streams.filter(isText)
    await fc.assert(
      fc.asyncProperty(pickOne(texts), pick(lineEnds), pick(fillers), cuts, async (recording, lineEnd, filler, cut) => {
        const body = rewritten(recording.body, lineEnd, filler)
        const outcome = await play({ ...recording, body }, torn(body, placesIn(body, cut)))
        expect(differences(recording, outcome), recording.name).toEqual([])
      }),
      { numRuns: 200 }
    )
  })

  it("are a failure or the whole reply where they break off, never a shorter one", async () => {
    const replies = all.filter(({ name }) => !(name in expectedFailures))
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    await fc.assert(
      fc.asyncProperty(pickOne(replies), share, fc.boolean(), async (recording, far, isNearEnd) => {
        const { length } = recording.body
        const end = isNearEnd ? Math.max(0, length - Math.round(far * 400)) : Math.round(far * length)
        const body = recording.body.subarray(0, end)
        const outcome = await play({ ...recording, body })
        if (Result.isFailure(outcome)) {
          expect(outcome.failure, recording.name).toMatchObject({ reason: { kind: "truncated" }, retryable: true })
          return
        }
        const { text, thinking, calls, finish } = readingOf(recording)
        const told = toldIn(outcome.success)
        expect(told, recording.name).toMatchObject({ text, thinking, finish })
        expect(told, recording.name).toMatchObject({ calls: calls.map(({ name, input }) => ({ name, input })) })
      }),
      { numRuns: 300 }
    )
  })
})
