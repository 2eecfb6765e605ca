import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { diagnose, missingHook } from "../../healing/failure.ts"
import type { HookContract } from "../../healing/hook.ts"
import type { Patient } from "../../healing/patient.ts"
import { wrap } from "../../healing/wrap.ts"

const contract = (kind: HookContract["kind"], neutral: HookContract["neutral"] = () => undefined): HookContract => ({
  name: "someHook",
  kind,
  required: false,
  neutral
})

const mended = (patient: Partial<Patient>) =>
  Effect.runSync(
    Effect.match(wrap.mend({ plugin: "words", failure: diagnose(new Error("bug")), recorded: [], ...patient }), {
      onSuccess: (heal): unknown => heal,
      onFailure: (refusal): unknown => refusal
    })
  )

describe("wrap answers for a hook that failed", () => {
  it.each([
    ["source", "what someHook of plugin words adds is missing"],
    ["filter", "what someHook of plugin words would have changed is unchanged"],
    ["observer", "what someHook of plugin words does is not done"]
  ] as const)("a %s: with its neutral value, and says what is missing", (kind, loss) => {
    expect(mended({ hook: contract(kind, () => ({ neutral: kind })) })).toEqual({
      strategy: "wrap",
      state: "degraded",
      summary: expect.stringContaining(loss),
      degraded: [loss],
      proof: [],
      remedy: { type: "answer", value: { neutral: kind } }
    })
  })

  it("a filter: with what it was handed", () => {
    const input = { messages: ["a"] }
    expect(mended({ hook: contract("filter", (given) => given), hookInput: input })).toMatchObject({
      remedy: { type: "answer", value: input }
    })
  })

  it("one that took too long, as one that threw", () => {
    const failure = diagnose(new DOMException("late", "TimeoutError"))
    expect(mended({ hook: contract("observer"), failure })).toMatchObject({ state: "degraded" })
  })
})

describe("wrap does not", () => {
  it("A1: answer for a guard: a guard that fails denies", () => {
    const hook = contract("guard", () => {
      throw new Error("never asked")
    })
    expect(mended({ hook })).toMatchObject({ _tag: "RepairFailed", reason: expect.stringContaining("fails denies") })
  })

  it.each([
    ["without a hook", {}],
    ["a cancellation", { hook: contract("source"), failure: diagnose(new DOMException("stop", "AbortError")) }],
    ["a cancellation of a guard", { hook: contract("guard"), failure: diagnose(AbortSignal.abort().reason) }],
    ["a hook that is missing", { hook: contract("source"), failure: missingHook("someHook") }]
  ])("%s", (_, patient) => {
    expect(mended(patient)).toMatchObject({ _tag: "NotApplicable" })
  })

  it("A2: stumble over what was thrown", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("trap")
        },
        getPrototypeOf: () => {
          throw new Error("trap")
        }
      }
    )
    for (const thrown of ["a text", undefined, null, hostile, new Error("x".repeat(10_000_000))]) {
      const heal = mended({ hook: contract("source", () => ""), failure: diagnose(thrown) })
      expect(heal).toMatchObject({ state: "degraded", remedy: { value: "" } })
      expect(JSON.stringify(heal).length).toBeLessThan(1000)
    }
  })
})
