/** A few recordings of each dialect over a real connection, in pieces; the mass of them is replayed without one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { wireServer, type WireServer } from "../wire-server.ts"
import { isRecorded, needsRecordings, recordings } from "./recordings.ts"
import { differences, play } from "./replay.ts"

/** The first stream, the first whole reply and the first failure of each dialect. */
const few = [
  ...Map.groupBy(
    recordings().filter(({ excluded }) => excluded === undefined),
    ({ dialect, isStream, status }) => `${dialect} ${isStream} ${status < 400}`
  ).values()
].flatMap(([first]) => (first === undefined ? [] : [first]))

describe.skipIf(!isRecorded)(`over a socket (${needsRecordings})`, () => {
  let server: WireServer
  beforeAll(async () => {
    server = await wireServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it.each(few)("$dialect: $name", async (recording) => {
    const { status, headers, body } = recording
    server.answer = { status, headers, body: body.toString("latin1"), encoding: "latin1", pieces: [7, 100, 1, 1, 900] }
    const outcome = await play(recording, [], { baseUrl: `${server.url}/v1`, fetch })
    expect(differences(recording, outcome)).toEqual([])
    expect(server.received).not.toHaveLength(0)
  })
})
