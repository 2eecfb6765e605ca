import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { dependantsOf, hindrance, inOrder } from "../../../actors/plugin/requirements.ts"

const missing = () => "is missing"

/** Names that require only names before them, in any order: no circles. */
const forest = fc.array(fc.array(fc.nat(20), { maxLength: 3 }), { maxLength: 12 }).chain((all) =>
  fc.shuffledSubarray(
    all.map((before, at) => ({ name: `p${at}`, requires: before.filter((one) => one < at).map((one) => `p${one}`) })),
    { minLength: all.length }
  )
)

/** Any at all, circles and names of nobody among them. */
const any = fc
  .array(fc.array(fc.nat(9), { maxLength: 3 }), { maxLength: 8 })
  .map((all) => all.map((needs, at) => ({ name: `p${at}`, requires: needs.map((one) => `p${one}`) })))

describe("plugins in order", () => {
  it("stand after all that they require; nobody is lost or doubled", () =>
    fc.assert(
      fc.property(forest, (all) => {
        const ordered = inOrder(all)
        expect(ordered.toSorted((a, b) => all.indexOf(a) - all.indexOf(b))).toEqual(all)
        const places = new Map(ordered.map(({ name }, at) => [name, at]))
        for (const [at, { requires }] of ordered.entries())
          for (const needed of requires) expect(places.get(needed)).toBeLessThan(at)
        for (const { name } of all) expect(hindrance(name, all, missing)).toBeUndefined()
      })
    ))

  it("stay as they were where nothing requires anything", () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), (names) => {
        const all = names.map((name) => ({ name, requires: [] }))
        expect(inOrder(all)).toEqual(all)
      })
    ))

  it("end in reverse: those that require one come before it, and before each other", () => {
    const all = [
      { name: "top", requires: ["middle"] },
      { name: "other", requires: [] },
      { name: "middle", requires: ["base"] },
      { name: "base", requires: [] }
    ]
    expect(dependantsOf("base", all).map(({ name }) => name)).toEqual(["top", "middle"])
    expect(dependantsOf("other", all)).toEqual([])
  })
})

it("one is hindered exactly when following its needs leads to nobody or round in a circle", () =>
  fc.assert(
    fc.property(any, (all) => {
      const fine = (name: string, way: ReadonlyArray<string>): boolean => {
        const one = all.find((each) => each.name === name)
        return one !== undefined && !way.includes(name) && one.requires.every((next) => fine(next, [...way, name]))
      }
      for (const { name } of all) expect(hindrance(name, all, missing) === undefined).toBe(fine(name, []))
    })
  ))

it("sixty layers of plugins that require all of the layer below are looked through in no time", () => {
  const all = Array.from({ length: 120 }, (_, at) => ({
    name: `p${at}`,
    requires: at < 2 ? [] : [0, 1].map((one) => `p${at - (at % 2) - 2 + one}`)
  }))
  expect(hindrance("p119", all, missing)).toBeUndefined()
})
