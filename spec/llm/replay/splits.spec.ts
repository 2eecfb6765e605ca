/** Recorded bodies as a network may deliver them: torn anywhere, with other line ends, broken off. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { expectedFailures, readingOf } from "./expected.ts"
import { isRecorded, needsRecordings, type Recording, recordings } from "./recordings.ts"
import { differences, type Outcome, play, toldIn } from "./replay.ts"

/** Long ones say nothing that short ones do not, and take their time. */
const longest = 60_000

const all = recordings().filter(({ excluded, body }) => excluded === undefined && body.length <= longest)
const streams = all.filter(({ isStream }) => isStream)
const isText = ({ dialect }: Recording): boolean => dialect !== "bedrock-converse-stream"

/** Places worth a cut: beside the ends of lines and frames, and within letters of several bytes. */
const seams = (body: Buffer): ReadonlyArray<number> =>
  [...body.entries()].flatMap(([at, byte]) => (byte === 0x0a || byte === 0x0d || byte >= 0x80 ? [at, at + 1] : []))

const torn = (body: Buffer, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const cuts = [0, ...places.toSorted((left, right) => left - right), body.length]
  return cuts.slice(1).map((end, at) => new Uint8Array(body.subarray(cuts[at], end)))
}

/** Shares of the way through the body, and of the way through its seams. */
const cuts = fc.record({
  anywhere: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
  atSeams: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 })
})

const placesIn = (body: Buffer, { anywhere, atSeams }: typeof cuts extends fc.Arbitrary<infer Cuts> ? Cuts : never) => {
  const known = seams(body)
  return [
    ...anywhere.map((share) => Math.round(share * body.length)),
    ...atSeams.flatMap((share) => known[Math.floor(share * known.length)] ?? [])
  ]
}

/** What the events were, without ids that are different each time. */
const course = (outcome: Outcome): unknown =>
  Result.isFailure(outcome)
    ? { reason: outcome.failure.reason, detail: outcome.failure.detail }
    : outcome.success.map((event) => [event.type, "delta" in event ? event.delta : ""])

const pick = <Item>(items: ReadonlyArray<Item>): fc.Arbitrary<Item> => fc.constantFrom(...items)

/** A counterexample is shown by its name, not by its bytes. */
const pickOne = (
  from: ReadonlyArray<Recording>
): fc.Arbitrary<Recording & { readonly [fc.toStringMethod]: () => string }> =>
  pick(from).map((recording) => ({ ...recording, [fc.toStringMethod]: () => recording.name }))

/** Between events: nothing, comments, blank lines. */
const fillers = ["", ": keep-alive\n\n", "\n", ":\n\n\n\n"] as const
const lineEnds = ["\n", "\r\n", "\r"] as const

const rewritten = (body: Buffer, lineEnd: string, filler: string): Buffer =>
  Buffer.from(body.toString().replace(/\r\n?/g, "\n").replace(/\n\n+/g, `\n\n${filler}`).replaceAll("\n", lineEnd))

describe.skipIf(!isRecorded)(`recorded bodies (${needsRecordings})`, () => {
  it("say the same however they are torn", async () => {
    await fc.assert(
      fc.asyncProperty(pickOne(all), cuts, async (recording, shares) => {
        const outcome = await play(recording, torn(recording.body, placesIn(recording.body, shares)))
        expect(differences(recording, outcome), recording.name).toEqual([])
        expect(course(outcome)).toEqual(course(await play(recording)))
      }),
      { numRuns: 250 }
    )
  })

  it("say the same byte by byte", async () => {
    const short = all.filter(({ body }) => body.length < 4_000)
    await fc.assert(
      fc.asyncProperty(pickOne(short), async (recording) => {
        const outcome = await play(recording, torn(recording.body, [...recording.body.keys()]))
        expect(differences(recording, outcome), recording.name).toEqual([])
      }),
      { numRuns: 20 }
    )
  })

  it("say the same with other line ends, and with comments and blank lines between the events", async () => {
    const texts = streams.filter(isText)
    await fc.assert(
      fc.asyncProperty(
        pickOne(texts),
        pick(lineEnds),
        pick(fillers),
        cuts,
        async (recording, lineEnd, filler, shares) => {
          const body = rewritten(recording.body, lineEnd, filler)
          const outcome = await play({ ...recording, body }, torn(body, placesIn(body, shares)))
          expect(differences(recording, outcome), recording.name).toEqual([])
        }
      ),
      { numRuns: 250 }
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
      { numRuns: 400 }
    )
  })
})
