import fc from "fast-check"
import { expect, it } from "vitest"
import { headTail } from "../../../plugins/ports/head-tail.ts"

const note = (left: number) => `<${left} left out>`

const pieces = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n", "é"), maxLength: 60 }), {
  maxLength: 30,
  size: "max"
})

it("keeps beginning and end, counts right and never exceeds its limit", () => {
  fc.assert(
    fc.property(
      pieces,
      fc.nat(400),
      fc.string({ unit: fc.constantFrom("c", "\n"), maxLength: 30 }),
      (parts, limit, rest) => {
        const kept = headTail(limit)
        for (const part of parts) kept.push(part)
        const whole = parts.join("") + rest
        const shown = kept.text(note, rest)
        expect(kept.length()).toBe(parts.join("").length)
        expect(shown.length).toBeLessThanOrEqual(limit)
        const [all, before = "", left = "0", after = ""] = /^([^<]*)<(\d+) left out>([^<]*)$/.exec(shown) ?? []
        if (whole.length <= limit) expect(shown).toBe(whole)
        // Where not even the note has room, there is nothing to check.
        else if (all !== undefined)
          expect(whole.slice(before.length, whole.length - after.length)).toHaveLength(Number(left))
        if (all !== undefined) expect([whole.startsWith(before), whole.endsWith(after)]).toEqual([true, true])
      }
    ),
    { numRuns: 500 }
  )
})

it("cuts at the ends of lines", () => {
  const kept = headTail(100)
  for (let n = 0; n < 50; n++) kept.push(`line ${n}\n`)
  const [before, after] = kept.text(note).split(/<\d+ left out>/)
  expect(before).toMatch(/^(line \d+\n)+$/)
  expect(after).toMatch(/^(line \d+\n)+$/)
})

it("does not cut a character in two", () => {
  const kept = headTail(101)
  kept.push("😀".repeat(200))
  expect(kept.text(note).isWellFormed()).toBe(true)
})
