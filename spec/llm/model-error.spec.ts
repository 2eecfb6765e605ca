import { describe, expect, it } from "vitest"
import { ModelError, type ModelErrorReason } from "../../llm/model-error.ts"

const error = (reason: ModelErrorReason, detail?: string) => new ModelError({ provider: "Acme", reason, detail })

describe("what a model's failure says", () => {
  it("is what happened and what to do; while it is being dealt with, only what happened", () => {
    const { message, what } = error({ kind: "rate_limited" }, "slow down")
    expect(message).toBe("Acme is rate limiting; wait and try again, or configure llm.fallback (slow down)")
    expect(what).toBe("Acme is rate limiting (slow down)")
  })

  it.each([
    [undefined, "Acme is not available; check the network or try again later"],
    [503, "Acme is not available (status 503); try again later"],
    [529, "Acme is overloaded (status 529); try again later"]
  ])("does not doubt the network of a server that answered with status %s", (status, message) => {
    expect(error({ kind: "unavailable", ...(status !== undefined && { status }) }).message).toBe(message)
  })
})
