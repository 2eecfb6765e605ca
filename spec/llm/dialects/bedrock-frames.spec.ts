import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { frames } from "../../../llm/dialects/bedrock-frames.ts"
import { converse } from "./bedrock.speaker.ts"

describe("frames", () => {
  const read = async (bytes: Uint8Array, size: number): Promise<ReadonlyArray<unknown>> => {
    const pieces = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const events: Array<unknown> = []
    for await (const event of frames(pieces())) events.push(event)
    return events
  }
  const whole = Buffer.from(converse.say({ text: "Gefäß 🏺", thinking: "hm", usage: undefined }), "latin1")

  it("give the same events, wherever they are cut", async () => {
    const events = await read(whole, whole.length)
    expect(events.length).toBeGreaterThan(5)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (size) => {
        expect(await read(whole, size)).toEqual(events)
      }),
      { numRuns: 30, examples: [[1], [3], [4]] }
    )
  })

  it("are not believed when a bit of them is wrong", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: whole.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const bad = Uint8Array.from(whole)
          bad[at] = (bad[at] ?? 0) ^ (1 << bit)
          await expect(read(bad, 64)).rejects.toThrow(/checksum|no event stream|within a frame/)
        }
      ),
      { numRuns: 60 }
    )
  })

  it("that are no frames are refused before room is made for them", async () => {
    await expect(read(Uint8Array.from([0, 0, 0, 3, 1, 1, 1, 1]), 8)).rejects.toThrow("no event stream")
    await expect(read(Uint8Array.from([...whole, 255, 255, 255, 255]), 64)).rejects.toThrow("no event stream")
  })
})
