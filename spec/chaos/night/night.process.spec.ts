import { beforeAll, describe, expect, it } from "vitest"
import { type Night, spendNight } from "./night.ts"

describe("an hour of the night: three models behind one another, two requests in five fail", () => {
  let night: Night
  beforeAll(async () => {
    night = await spendNight({ seed: 1, turns: 16, sessions: 8 })
  }, 120_000)

  it("ends every turn once, answered as it was asked", () => {
    expect(night).toMatchObject({ unended: 0, wrong: [], misremembered: 0 })
    expect(night.replied + Object.values(night.failed).reduce((sum, count) => sum + count, 0)).toBe(16)
  })

  it("obeys every wait that a server asks for, and sends only what is whole", () => {
    const accounts = Object.values(night.providers)
    expect(accounts.map(({ early, unpaired }) => early + unpaired)).toEqual([0, 0, 0])
    expect(accounts.reduce((sum, { waits }) => sum + waits, 0)).toBeGreaterThan(3)
  })

  it("has met failures of many kinds and more than one model that answered", () => {
    const kinds = Object.values(night.providers).flatMap(({ faults }) =>
      Object.entries(faults).flatMap(([kind, count]) => (count > 0 ? [kind] : []))
    )
    // Which of them depends on who comes first.
    expect(new Set(kinds).size).toBeGreaterThan(3)
    expect(Object.keys(night.answeredBy).length).toBeGreaterThan(1)
  })
})
