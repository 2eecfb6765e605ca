import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  adviceOf,
  classified,
  flawOf,
  honest,
  labelOf,
  lossesOf,
  outcomes,
  stateOf,
  succeeded
} from "../../plugins/outcome.ts"
import type { Answer, Outcome } from "../../plugins/tool.ts"

/** An answer as code that knows no types may make it. */
const given = (fields: object): Answer => ({ success: true, ...fields }) as Answer

it("has a code, a word and a line for each state", () => {
  expect(Object.entries(outcomes).map(([name, { code, word }]) => [name, code, word])).toEqual([
    ["contained", "S0", "contained"],
    ["degraded", "S1", "degraded"],
    ["provisional", "S2", "provisional"],
    ["healed", "S3", "healed"],
    ["false_heal", "SX", "false heal"]
  ])
  for (const { meaning } of Object.values(outcomes)) expect(meaning).toMatch(/^[^\n]{20,100}$/)
})

const consistent: ReadonlyArray<Answer> = [
  { success: true, data: "x" },
  { success: false, errorClass: "not_found", error: "no such file" },
  { success: true, degraded: [] },
  { success: false, errorClass: "execution_error", error: "boom", outcome: "contained" },
  { success: false, errorClass: "execution_error", error: "boom", outcome: "contained", seam: "s1" },
  { success: true, outcome: "degraded", degraded: ["time zone invented"] },
  { success: true, error: "one of two failed", outcome: "degraded", degraded: ["the second file"] },
  { success: false, error: "exit code 1", outcome: "degraded", degraded: ["hook skipped"] },
  { success: true, outcome: "provisional", seam: "s1" },
  { success: false, errorClass: "not_found", error: "no such file", outcome: "healed", seam: "s1" },
  { success: false, errorClass: "execution_error", error: "wrong", outcome: "false_heal", seam: "s1" }
]

it.each(consistent)("finds nothing wrong with %j, and leaves it as it is", (answer) => {
  expect(flawOf(answer)).toBeUndefined()
  expect(honest(answer)).toBe(answer)
})

const inconsistent: ReadonlyArray<readonly [fields: object, flaw: RegExp]> = [
  [{ outcome: "contained", errorClass: "execution_error" }, /contained.*and a success/],
  [{ success: false, outcome: "contained", error: "boom" }, /no error class/],
  [{ outcome: "degraded" }, /names no loss/],
  [{ outcome: "degraded", degraded: [] }, /names no loss/],
  [{ outcome: "provisional" }, /provisional and names no seam/],
  [{ outcome: "healed", degraded: ["a hook"] }, /healed and names no seam/],
  [{ outcome: "false_heal", seam: "s1" }, /untrue and calls itself a success/],
  [{ seam: "s1" }, /does not say of what worth/],
  [{ error: "it failed" }, /success and carries an error/],
  [{ outcome: "healed", seam: "s1", error: "it failed" }, /success and carries an error/],
  [{ outcome: "perfect" }, /claims is none/],
  [{ outcome: "constructor" }, /claims is none/],
  [{ outcome: null }, /claims is none/],
  [{ outcome: "degraded", degraded: "all of it" }, /not a list of lines/],
  [{ outcome: "degraded", degraded: ["a", 7] }, /not a list of lines/],
  [{ outcome: "degraded", degraded: ["  "] }, /not a list of lines/],
  [{ outcome: "healed", seam: " " }, /no id/]
]

describe.each(inconsistent)("an answer that contradicts itself, %j,", (fields, flaw) => {
  it("is found out", () => expect(flawOf(given(fields))).toMatch(flaw))

  it("is passed on as a failure that says so, without its data", () => {
    const { error, ...answer } = honest(given({ ...fields, data: "invented", summary: "all is well" }))
    expect(answer).toMatchObject({ success: false, errorClass: "execution_error", outcome: "false_heal" })
    expect(error).toMatch(flaw)
    expect(error).toContain("look before you call it again")
    expect(JSON.stringify(answer)).not.toContain("invented")
  })
})

it("keeps what a discarded answer said of its failure, its losses and its repair", () => {
  expect(honest(given({ outcome: "false_heal", error: "boom", degraded: ["a\nb"], seam: "s1" }))).toMatchObject({
    error: expect.stringMatching(/\nIt said: boom$/),
    degraded: ["a b"],
    seam: "s1"
  })
})

it("takes an answer that names losses for degraded, whatever better state it claims", () => {
  const lost = { degraded: ["a hook was skipped"] }
  expect(honest(given(lost))).toEqual({ success: true, ...lost, outcome: "degraded" })
  const mended = { ...lost, seam: "s1", data: "x" }
  for (const outcome of ["provisional", "healed"])
    expect(honest(given({ ...mended, outcome }))).toEqual({ success: true, ...mended, outcome: "degraded" })
  const failed = { success: false, errorClass: "execution_error", outcome: "contained" as const, ...lost }
  expect(stateOf(failed)).toBe("contained")
})

it("tells losses a line each, without what steers a terminal", () => {
  expect(lossesOf({ degraded: ["a\n\tb", "\u001b[2Jc\u0007d\u009c", "\u0000"] })).toEqual(["a b", "cd"])
})

it("reads of advice what is there, cut, and on lines of their own", () => {
  const advice = [
    {
      plugin: "a",
      diagnosis: "one\n\u001b[31mtwo\u001b[0m",
      fixes: ["x\ny", "", 5, ...Array(9).fill("z".repeat(1000))]
    },
    { plugin: "b", diagnosis: "", fixes: [] },
    { plugin: "c", diagnosis: "d".repeat(1000) },
    "nonsense",
    null
  ]
  const read = adviceOf({ advice: advice as never })
  expect(read).toMatchObject([
    { plugin: "a", diagnosis: "one two" },
    { plugin: "c", fixes: [] }
  ])
  expect(read[0]?.fixes.map(({ length }) => length)).toEqual([3, 300, 300])
  expect(read[1]?.diagnosis).toHaveLength(500)
  expect(adviceOf({ advice: "none" as never })).toEqual([])
  expect(adviceOf({ advice: Array(99).fill(advice[0]) as never })).toHaveLength(8)
})

it("gives every failure a class that models know, and no success any", () => {
  expect(classified({ success: false, error: "x" })).toEqual({
    success: false,
    error: "x",
    errorClass: "execution_error"
  })
  expect(classified({ success: false, errorClass: "toString" as never }).errorClass).toBe("execution_error")
  const known = { success: false, errorClass: "network_timeout" } as const
  expect(classified(known)).toBe(known)
  const good = { success: true }
  expect(classified(good)).toBe(good)
})

it("says the state in a few words, on one line", () => {
  expect(labelOf({ success: true })).toBeUndefined()
  expect(labelOf({ success: false, errorClass: "not_found" })).toBeUndefined()
  expect(labelOf({ success: false, errorClass: "missing_dependency", outcome: "contained" })).toBe(
    "contained, missing_dependency"
  )
  expect(labelOf({ success: true, outcome: "healed", seam: "s\n1" })).toBe("healed, seam s 1")
  expect(labelOf({ success: true, degraded: ["x"] })).toBe("degraded")
})

describe("whatever an answer holds", () => {
  const ranks: ReadonlyArray<Outcome | undefined> = ["false_heal", "contained", "degraded", "provisional", "healed"]
  const rank = (state: Outcome | undefined) => (state === undefined ? ranks.length : ranks.indexOf(state))
  const state = fc.constantFrom(...ranks, "nonsense", "toString", null, 3)
  const junk = fc.record(
    {
      success: fc.boolean(),
      data: fc.anything(),
      error: fc.option(fc.string()),
      errorClass: fc.constantFrom("execution_error", "not_found"),
      outcome: state,
      degraded: fc.oneof(fc.array(fc.string(), { maxLength: 3 }), fc.anything()),
      seam: fc.oneof(fc.constant("s1"), fc.anything())
    },
    { requiredKeys: ["success"] }
  )
  const property = (holds: (answer: Answer) => void) =>
    fc.assert(
      fc.property(junk, (fields) => {
        holds(given(fields))
      }),
      { numRuns: 500 }
    )

  it("what is passed on contradicts itself nowhere, and is not judged twice", () => {
    property((answer) => {
      const passed = honest(answer)
      expect(flawOf(passed)).toBeUndefined()
      expect(honest(passed)).toBe(passed)
      expect(stateOf(passed)).toBe(passed.outcome)
    })
  })

  it("no failure becomes a success and no state a better one", () => {
    property((answer) => {
      const passed = honest(answer)
      if (passed.success) expect(answer.success && succeeded(answer)).toBe(true)
      expect(rank(stateOf(passed))).toBeLessThanOrEqual(rank(stateOf(answer)))
    })
  })

  it("every loss that was named stays named", () => {
    property((answer) => {
      expect(lossesOf(honest(answer))).toEqual(lossesOf(answer))
    })
  })
})
