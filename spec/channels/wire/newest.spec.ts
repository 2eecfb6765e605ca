/** How much of a long conversation a frame holds. */
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { newestOf } from "../../../channels/wire/newest.ts"
import type { UserMessage } from "../../../llm/message.ts"

const message = (length: number, id: number): UserMessage => ({
  role: "user",
  id: String(id),
  content: [{ type: "text", text: "x".repeat(length) }]
})

it("is all of it, or the newest that fit and how many are left out", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 20 }), (lengths) => {
      const whole = lengths.map(message)
      const limit = 1000
      const { transcript, omitted = 0 } = newestOf(whole, limit)
      expect(transcript).toEqual(whole.slice(omitted))
      expect(JSON.stringify(transcript).length).toBeLessThan(limit + 100)
      const before = whole[omitted - 1]
      if (before !== undefined) expect(JSON.stringify([before, ...transcript]).length).toBeGreaterThan(limit)
    })
  )
})

it("holds the newest, however long it is", () => {
  const whole = [message(1, 0), message(5000, 1)]
  expect(newestOf(whole, 1000)).toEqual({ transcript: [whole[1]], omitted: 1 })
  expect(newestOf([], 1000)).toEqual({ transcript: [] })
})
