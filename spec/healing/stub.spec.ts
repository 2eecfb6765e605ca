import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { diagnose, missingHook } from "../../healing/failure.ts"
import type { HookContract } from "../../healing/hook.ts"
import type { Patient } from "../../healing/patient.ts"
import { missingHooks, stub } from "../../healing/stub.ts"

const hook: HookContract = { name: "systemPrompt", kind: "source", required: false, neutral: () => "" }

const mended = (patient: Partial<Patient>) =>
  Effect.runSync(
    Effect.match(stub.mend({ plugin: "words", failure: missingHook("systemPrompt"), recorded: [], ...patient }), {
      onSuccess: (heal): unknown => heal,
      onFailure: (refusal): unknown => refusal
    })
  )

describe("stub", () => {
  it("stands in for a hook that is declared and missing, and says what is missing with it", () => {
    expect(mended({ hook })).toEqual({
      strategy: "stub",
      state: "degraded",
      summary: expect.stringContaining("systemPrompt is declared by plugin words and missing"),
      degraded: ["what systemPrompt of plugin words adds is missing"],
      proof: [],
      remedy: { type: "stub", hook: "systemPrompt", value: "" }
    })
  })

  it.each([
    ["a guard", { ...hook, kind: "guard" as const, required: false }],
    ["a required hook", { ...hook, required: true }]
  ])("A5: has loading refused for %s", (_, contract) => {
    expect(mended({ hook: contract })).toMatchObject({
      _tag: "RepairFailed",
      reason: expect.stringMatching(/^loading is refused: .*systemPrompt.*write the method/)
    })
  })

  it("is for nothing else", () => {
    expect(mended({ hook, failure: diagnose(new Error("bug")) })).toMatchObject({ _tag: "NotApplicable" })
    expect(mended({})).toMatchObject({ _tag: "NotApplicable" })
  })
})

it("missingHooks are those that are declared and not there, once each", () => {
  expect(missingHooks(["start", "stop", "start", "systemPrompt"], ["stop", "other"])).toEqual(["start", "systemPrompt"])
  expect(missingHooks([], ["stop"])).toEqual([])
})
