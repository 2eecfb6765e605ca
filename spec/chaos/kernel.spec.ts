import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import { type KernelRun, kernelChaos } from "./kernel.ts"

describe("the kernel among a hundred thousand faults, on a virtual clock", () => {
  let run: KernelRun

  beforeAll(async () => {
    run = await Effect.runPromise(kernelChaos(20_261_122, 145_000))
  }, 180_000)

  it("meets that many, and every kind of end", () => {
    expect(run.faults).toBeGreaterThan(100_000)
    for (const end of ["answered", "crashed", "dead", "full", "given up"]) expect(run.seen.of(end)).toBeGreaterThan(100)
    for (const event of ["child.restarting", "child.quarantined"] as const)
      expect(run.events.of(event)).toBeGreaterThan(100)
  })

  it("ends each message exactly once: the ledger balances", () => {
    const { sent, handled, failed, dead, open } = run.ledger
    expect({ sent, open, sum: handled + failed + dead }).toEqual({ sent: run.messages, open: 0, sum: run.messages })
  })

  it("counts as handled what was handled", () => {
    expect(run.ledger.handled).toBe(run.handled)
  })

  it("tells each sender once what became of its message", () => {
    expect(run.seen.total).toBe(run.messages)
    expect(run.seen.of("something else")).toBe(0)
  })

  it("delivers nothing twice that may not be repeated, and keeps each sender's order", () => {
    expect(String(run.wrong)).toBe("none")
  })
})
