import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { makeActor } from "../../../actors/kernel/actor.ts"
import { Ledger, RootLedger } from "../../../actors/kernel/ledger.ts"
import { keep } from "./keeper.ts"

const echo = (id: string) =>
  makeActor<number, number, number>(id, {
    init: () => Effect.succeed(0),
    handle: (n, state) => (n < 0 ? Effect.fail("negative") : Effect.succeed({ reply: n, state }))
  })

describe("the root's ledger", () => {
  it.effect("is the sum of the actors' that were started under it, before and after", () => {
    const root = new Ledger()
    const [one, two, stranger] = [echo("one"), echo("two"), echo("stranger")]
    const inside = Effect.gen(function* () {
      one.onEnd({ kind: "normal" })
      yield* Effect.flip(one.ref.tell(0))
      yield* keep(one)
      yield* keep(two)
      yield* one.ref.ask(1)
      yield* Effect.flip(two.ref.ask(-1))
      yield* Effect.flip(two.ref.ask(2))
    })
    return Effect.gen(function* () {
      yield* keep(stranger)
      yield* Effect.provideService(inside, RootLedger, root)
      yield* stranger.ref.ask(1)
      // From outside, to an actor inside.
      yield* one.ref.ask(3)
      expect(one.ledger()).toEqual({ sent: 3, handled: 2, failed: 0, dead: 1, open: 0 })
      expect(two.ledger()).toEqual({ sent: 2, handled: 0, failed: 1, dead: 1, open: 0 })
      expect(stranger.ledger()).toMatchObject({ handled: 1, open: 0 })
      expect(root.view()).toEqual({ sent: 5, handled: 2, failed: 1, dead: 2, open: 0 })
    })
  })
})

describe("a ledger", () => {
  it("that moves from root to root leaves what has ended and takes along what is open; each root balances", () => {
    const step = fc.constantFrom("sent", "handled", "failed", "dead", "join")
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
        const ledger = new Ledger()
        const roots: Array<Ledger> = []
        for (const step of steps) {
          if (step === "join") ledger.join(roots[roots.push(new Ledger()) - 1]!)
          else if (step === "sent" || ledger.open > 0) ledger.count(step)
        }
        const sum = (of: "sent" | "handled" | "failed" | "dead") => roots.reduce((all, root) => all + root[of], 0)
        expect(roots.map(({ open }) => open)).toEqual(roots.map((_, i) => (i === roots.length - 1 ? ledger.open : 0)))
        if (roots.length > 0)
          expect(ledger.view()).toMatchObject({
            sent: sum("sent"),
            handled: sum("handled"),
            failed: sum("failed"),
            dead: sum("dead")
          })
      })
    )
  })
})
