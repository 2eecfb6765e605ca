/** How much is tried: two repairs of a tool in an hour, two climbs for one failure, then no more. */
import { describe, expect, it } from "vitest"
import { healBudget } from "../../../actors/healing/budget.ts"
import { markedWith } from "../../../actors/healing/marks.ts"
import { isOnProbation } from "../../../actors/healing/probation.ts"
import { diagnose } from "../../../healing/failure.ts"
import type { SeamView } from "../../../healing/ledger.ts"

const hour = 3_600_000
const failure = diagnose(new TypeError("x is not a function"))
const other = diagnose(new RangeError("Invalid array length"))

describe("the budget", () => {
  it("A24: allows two repairs of a tool within an hour, and the next when the first is an hour old", () => {
    const budget = healBudget()
    for (const time of [0, 1000]) {
      expect(budget.refusal("a", failure, time)).toBeUndefined()
      budget.spend("a", time)
    }
    expect(budget.refusal("a", other, 2000)).toContain("2 times within the hour")
    expect(budget.refusal("b", failure, 2000)).toBeUndefined()
    expect(budget.refusal("a", failure, hour)).toBeUndefined()
  })

  it("looks at one failure twice, at another one again", () => {
    const budget = healBudget()
    for (const time of [0, 1000]) budget.gaveUp("a", failure, time)
    expect(budget.refusal("a", failure, 2000)).toContain("looked at before")
    expect(budget.refusal("a", other, 2000)).toBeUndefined()
    expect(budget.refusal("a", failure, hour + 1000)).toBeUndefined()
  })
})

const seam = (more: Partial<SeamView>): SeamView => ({
  id: "s1",
  time: 0,
  plugin: "words",
  failure: { kind: "not_a_function", message: "x" },
  rungs: [],
  state: "healed",
  summary: "mended",
  degraded: [],
  proof: [],
  changes: [{ path: "/a.js", before: "b", after: "a" }],
  status: "active",
  ...more
})

describe("probation", () => {
  it("ends with twenty good calls or a day, whichever is first", () => {
    expect(isOnProbation(seam({}), 19, 1000)).toBe(true)
    expect(isOnProbation(seam({}), 20, 1000)).toBe(false)
    expect(isOnProbation(seam({}), 0, 86_400_000)).toBe(false)
  })

  it("is for code that runs", () => {
    expect(isOnProbation(seam({ status: "undone" }), 0, 0)).toBe(false)
    expect(isOnProbation(seam({ changes: [] }), 0, 0)).toBe(false)
  })
})

describe("an answer behind which repairs stand", () => {
  const fine = { success: true, data: "x" }
  const by = (...seams: ReadonlyArray<SeamView>) => ({ seams, flaws: [] })

  it("is degraded when an example of its tool does not hold", () => {
    const flaws = ["an example of say does not hold"]
    expect(markedWith(fine, { seams: [], flaws })).toEqual({ ...fine, outcome: "degraded", degraded: flaws })
  })

  it("is worth as much as the weakest of them", () => {
    const [healed, provisional] = [seam({}), seam({ id: "s2", state: "provisional" })]
    expect(markedWith(fine, by(healed))).toEqual({ ...fine, outcome: "healed", seam: "s1" })
    expect(markedWith(fine, by(provisional, healed))).toEqual({ ...fine, outcome: "provisional", seam: "s2" })
  })

  it("names every loss, its own and theirs", () => {
    const degraded = seam({ id: "s3", state: "degraded", degraded: ["a list was made up"] })
    expect(markedWith({ ...fine, degraded: ["one page was skipped"] }, by(seam({}), degraded))).toEqual({
      ...fine,
      outcome: "degraded",
      degraded: ["one page was skipped", "a list was made up"],
      seam: "s3"
    })
  })

  it("is left alone when it failed, or nothing stands behind it", () => {
    const failed = { success: false, errorClass: "execution_error", error: "no", outcome: "contained" } as const
    expect(markedWith(failed, by(seam({})))).toBe(failed)
    expect(markedWith(fine, by())).toBe(fine)
  })
})
