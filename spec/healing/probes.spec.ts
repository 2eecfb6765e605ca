import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { mostProbes, probesOf, sampleOf } from "../../healing/probes.ts"
import type { Play } from "../../healing/tape.ts"

const schema = {
  type: "object",
  properties: {
    text: { type: "string" },
    count: { type: "integer", minimum: 1, maximum: 9 },
    mode: { enum: ["fast", "slow"] },
    tags: { type: "array", items: { type: "string" } },
    deep: { type: "object", properties: { on: { type: "boolean" } } }
  },
  required: ["text"]
}

const seed = (input: unknown, more: Partial<Play["world"]> = {}): Play => ({
  kind: "failing",
  tool: "t",
  input,
  world: { cwd: "/w", taskStartedAt: 0, uses: [], ...more }
})

const inputs = (...seeds: ReadonlyArray<Play>) => probesOf(seeds, () => schema).map(({ input }) => input)

const full = { text: "gold", count: 5, mode: "fast", tags: ["a", "b"], deep: { on: true } }

describe("probes", () => {
  it("are the same for the same seeds, all different, at most so many, and never a seed", () => {
    const json = fc.record({
      text: fc.string(),
      count: fc.integer(),
      tags: fc.array(fc.string()),
      other: fc.jsonValue()
    })
    fc.assert(
      fc.property(fc.array(json, { minLength: 1, maxLength: 5 }), (all) => {
        const seeds = all.map((one) => seed(one))
        const [once, again] = [probesOf(seeds, () => schema), probesOf(seeds, () => schema)]
        expect(again).toEqual(once)
        const texts = once.map(({ input, world }) => JSON.stringify([input, world.files, world.uses]))
        expect(new Set(texts).size).toBe(texts.length)
        expect(texts.length).toBeLessThanOrEqual(mostProbes)
        for (const { input } of seeds)
          expect(once.map((one) => JSON.stringify(one.input))).not.toContain(JSON.stringify(input))
      }),
      { numRuns: 100 }
    )
  })

  it("change every field, one at a time", () => {
    const all = inputs(seed(full))
    for (const key of ["text", "count", "mode", "tags", "deep"] as const) {
      const changed = all.filter((one) => JSON.stringify((one as typeof full)[key]) !== JSON.stringify(full[key]))
      expect(changed.length, key).toBeGreaterThan(1 - Number(key === "mode"))
    }
    const others = (one: unknown) =>
      Object.keys(full).filter(
        (key) =>
          JSON.stringify((one as Record<string, unknown>)[key]) !== JSON.stringify(full[key as keyof typeof full])
      )
    for (const one of all) expect(others(one).length).toBe(1)
  })

  it("stay within the schema: its choices, its bounds, what must be there", () => {
    for (const one of inputs(seed(full), seed({ text: "a b" }))) {
      const { text, count, mode } = one as Partial<typeof full>
      expect(typeof text).toBe("string")
      expect(["fast", "slow", undefined]).toContain(mode)
      if (count !== undefined) expect(count >= 1 && count <= 9).toBe(true)
    }
  })

  it("leave out what may be left out, and give what was not given", () => {
    expect(inputs(seed({ text: "x", count: 3 })).some((one) => !("count" in (one as object)))).toBe(true)
    expect(inputs(seed({ text: "x" })).some((one) => "tags" in (one as object))).toBe(true)
    expect(inputs(seed({ text: "x" })).some((one) => "mode" in (one as object))).toBe(true)
  })

  it("try what breaks texts: nothing, blanks, both cases, several lines, other scripts", () => {
    const texts = inputs(seed({ text: "gold" })).map((one) => (one as { text: string }).text)
    expect(texts).toEqual(expect.arrayContaining(["", " ", "GOLD", "dlog", "gold gold"]))
    expect(texts.some((text) => /[^\0-\x7f]/.test(text)) && texts.some((text) => text.includes("\n"))).toBe(true)
  })

  it("give half of them to the first seed and let all others come in", () => {
    const seeds = ["one", "two", "three"].map((text, at) => ({ ...seed({ text }), tool: `t${at}` }))
    const tools = probesOf(seeds, () => schema).map(({ tool }) => tool)
    expect(tools.filter((one) => one === "t0").length).toBe(mostProbes / 2)
    expect(new Set(tools).size).toBe(3)
  })

  it("change what a file holds, on a tape and in an example", () => {
    const files = { "a.txt": "depth 4" }
    const uses = [{ port: "files.read", args: ["a.txt"], value: { base64: Buffer.from("depth 4").toString("base64") } }]
    const worlds = [seed({ text: "a" }, { files }), seed({ text: "a" }, { uses })].map((one) =>
      probesOf([one], () => schema).map(({ world }) => JSON.stringify([world.files, world.uses]))
    )
    for (const all of worlds) expect(new Set(all).size).toBe(3)
    expect(worlds[0]?.some((one) => one.includes("depth 5"))).toBe(true)
  })

  it("are made of nothing but the schema where no call is known", () => {
    expect(sampleOf(schema)).toMatchObject({ text: "two words", mode: "slow" })
    expect(sampleOf({})).toEqual({})
  })
})
