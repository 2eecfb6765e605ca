import fc from "fast-check"
import { expect, it } from "vitest"
import { nearest } from "../../llm/nearest.ts"

const names = ["model", "timeout", "idle_timeout", "max_turns", "allow", "KINTSUGI_LLM_MODEL"]

it.each([
  ["modle", "model"],
  ["tiemout", "timeout"],
  ["idleTimeout", "idle_timeout"],
  ["max-turns", "max_turns"],
  ["alow", "allow"],
  ["kintsugi_llm_modl", "KINTSUGI_LLM_MODEL"],
  ["colour", undefined],
  ["", undefined],
  ["m", undefined]
])("takes %j for %j", (typed, meant) => {
  expect(nearest(typed, names)[0]).toBe(meant)
})

it("finds any name after one slip of the finger", () => {
  const slip = fc.tuple(fc.constantFrom(...names), fc.nat(), fc.constantFrom("omit", "double", "swap", "replace"))
  fc.assert(
    fc.property(slip, ([name, place, kind]) => {
      const at = place % (name.length - 1)
      const [head, here, next, tail] = [name.slice(0, at), name[at] ?? "", name[at + 1] ?? "", name.slice(at + 2)]
      const typed = {
        omit: head + next + tail,
        double: head + here + here + next + tail,
        swap: head + next + here + tail,
        replace: `${head}x${next}${tail}`
      }
      expect(nearest(typed[kind as keyof typeof typed], names)[0]).toBe(name)
    })
  )
})
