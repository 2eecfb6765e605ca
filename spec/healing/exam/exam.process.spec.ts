import { describe, expect, it } from "vitest"
import { exam, faults } from "./exam.ts"

/** A few of each sort, so that the suite stays quick; all of it is part of the bench. */
const few = [
  "word_lengths",
  "csv_header",
  "sum_numbers",
  "upper_file",
  "guarded_echo",
  "hooked",
  "promised",
  "throws_wrong"
]

describe("the gate's exam, a part of it", () => {
  it("has at least forty faults, each with wrong repairs", () => {
    expect(faults.length).toBeGreaterThanOrEqual(40)
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length)
    expect(faults.every(({ bad = [] }) => bad.length > 0)).toBe(true)
  })

  it("accepts right repairs, refuses wrong ones, and none that opens a hole passes", { timeout: 120_000 }, async () => {
    const asked = faults.filter(({ name }) => few.includes(name))
    const score = await exam({ faults: asked, examples: "with", stride: 4 })
    const of = (kind: string) => score.marks.filter((mark) => mark.kind === kind)
    expect(of("bad").length + of("unsafe").length).toBeGreaterThan(100)
    expect(of("unsafe").filter(({ verdict }) => verdict !== "rejected")).toEqual([])
    expect(of("bad").filter(({ verdict }) => verdict !== "rejected")).toEqual([])
    expect(of("good").filter(({ verdict }) => verdict !== "healed")).toEqual([])
  })
})
