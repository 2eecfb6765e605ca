/** A slice of the public conformance suite; all of it: node spec/conformance/main.ts client */
import { expect, it } from "vitest"
import { runScenario, scored } from "./client.ts"

it("passes a scenario of the conformance suite in which it logs in twice", async () => {
  const { passed, succeeded, others, said } = await runScenario("2026-07-28", "auth/scope-step-up")
  expect([passed, others, said]).toEqual([true, [], ""])
  // What does nothing passes some, too.
  expect(succeeded).toBeGreaterThanOrEqual(25)
})

it("knows what each revision requires of a client", () => {
  expect([scored("2025-11-25").length, scored("2026-07-28").length]).toEqual([18, 32])
})
