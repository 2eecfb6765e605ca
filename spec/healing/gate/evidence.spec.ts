import { describe, expect, it } from "vitest"
import { isWeighty } from "../../../healing/gate/evidence.ts"
import type { Item } from "../../../healing/gate/ground.ts"
import type { Example } from "../../../healing/trial.ts"

/** An example, and what came before the repair; nothing came: it crashed. */
const item = (input: unknown, output: unknown, before?: unknown, more: Partial<Example> = {}): Item => ({
  play: { kind: "example", tool: "t", input, world: { cwd: "/w", taskStartedAt: 0, uses: [] } },
  example: { input, output, ...more },
  isBroken: true,
  ...(before === undefined
    ? {}
    : {
        before: {
          type: "answered",
          answer: typeof before === "object" ? { success: true, ...before } : { success: true, data: before },
          effects: [],
          beyond: []
        }
      })
})

describe("what examples say for a repair", () => {
  it("outweighs one small change when the answer could not have been hit by chance", () => {
    expect(isWeighty([item({ text: "a b" }, "2 words")], 1, 1)).toBe(true)
    expect(isWeighty([item({ text: "a b" }, "2 words")], 1, 60)).toBe(true)
    expect(isWeighty([], 1, 1)).toBe(false)
  })

  it("does not when it answers yes or no and others were tried", () => {
    const yes = item({ a: 1 }, { success: true, data: true }, { data: false })
    expect(isWeighty([yes], 1, 2)).toBe(false)
    expect(isWeighty([yes, yes, yes], 1, 2)).toBe(true)
    expect(isWeighty([yes, yes, yes], 1, 60)).toBe(false)
  })

  it("counts only what was otherwise before", () => {
    const [long, almost] = ["a long and telling answer, 7", "a long and telling answer, 8"]
    expect(isWeighty([item({}, long)], 1, 60)).toBe(true)
    expect(isWeighty([item({}, long, almost)], 1, 60)).toBe(false)
    expect(isWeighty([item({}, { data: { one: long, two: 7 } }, { data: { one: long, two: 8 } })], 1, 60)).toBe(false)
  })

  it("counts no yes and no number that was right before", () => {
    const flags = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`is${at}`, true]))
    const sizes = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`size${at}`, at * 1000]))
    const was = { data: { ...flags, ...sizes, last: 1 } }
    expect(isWeighty([item({}, { data: { ...flags, ...sizes, last: 2 } }, was)], 1, 60)).toBe(false)
    expect(isWeighty([item({}, { data: { ...flags, ...sizes, last: 2 } })], 1, 60)).toBe(true)
  })

  it("counts little for what stood in the input or in the world, and next to nothing for all of it", () => {
    const input = { text: "gold and silver\nlead" }
    expect(isWeighty([item(input, "and silver")], 1, 8)).toBe(false)
    expect(isWeighty([item({}, "and silver", undefined, { files: { "a.txt": input.text } })], 1, 8)).toBe(false)
    expect(isWeighty([item(input, "AND SILVER")], 1, 8)).toBe(true)
    expect(isWeighty([item({ text: "only" }, "only")], 1, 1)).toBe(false)
  })

  it("counts a list in another order as a choice among orders", () => {
    const rows = [{ name: "a long name" }, { name: "another long name" }]
    expect(isWeighty([item({}, { data: rows }, { data: rows.toReversed() })], 1, 60)).toBe(false)
    expect(isWeighty([item({}, { data: rows }, { data: [] })], 1, 60)).toBe(true)
  })

  it("counts what was written", () => {
    expect(isWeighty([item({}, "done", "done", { written: { "a.txt": "THE TEXT" } })], 1, 60)).toBe(true)
    expect(isWeighty([item({}, "done", "done")], 1, 1)).toBe(false)
  })

  it("asks for more the more a repair adds", () => {
    const one = item({ at: 4 }, { data: "left" }, { data: "up" })
    expect(isWeighty([one], 3, 1)).toBe(true)
    expect(isWeighty([one], 9, 1)).toBe(false)
  })
})
