import { describe, expect, it } from "@effect/vitest"
import fc from "fast-check"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { makeActor } from "../../../actors/kernel/actor.ts"
import { Mailbox, type MailboxOptions, Queued } from "../../../actors/kernel/mailbox.ts"
import { keep } from "./keeper.ts"

class Letter extends Queued {
  readonly id: number
  isIn = false
  constructor(id: number) {
    super()
    this.id = id
  }
  override admitted() {
    this.isIn = true
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant("offer" as const) },
  fc.constantFrom("take", "letIn", "putBack", "force", "drain"),
  fc.record({ remove: fc.nat(30) })
)

/** A mailbox beside the plainest thing that does the same: two lists. */
const played = (
  options: Required<MailboxOptions>,
  steps: ReadonlyArray<typeof step extends fc.Arbitrary<infer S> ? S : never>
) => {
  const mailbox = new Mailbox<Letter>(options)
  const letters: Array<Letter> = []
  let [inside, outside, taken]: [Array<Letter>, Array<Letter>, Letter | undefined] = [[], [], undefined]
  const written = () => {
    const letter = new Letter(letters.length)
    letters.push(letter)
    return letter
  }
  const does = {
    offer: () => {
      const letter = written()
      const isRoom = outside.length === 0 && inside.length < options.capacity
      expect(mailbox.offer(letter)).toBe(isRoom || options.full === "suspend")
      if (isRoom) inside.push(letter)
      else if (options.full === "suspend") outside.push(letter)
    },
    force: () => {
      const letter = written()
      mailbox.force(letter)
      inside.push(letter)
    },
    take: () => {
      taken = inside.shift()
      expect(mailbox.take()).toBe(taken)
    },
    letIn: () => {
      while (inside.length < options.capacity && outside.length > 0) inside.push(outside.shift()!)
      mailbox.letIn()
    },
    putBack: () => {
      if (taken === undefined) return
      mailbox.putBack(taken)
      inside.unshift(taken)
      taken = undefined
    },
    drain: () => {
      expect(mailbox.drain()).toEqual([...inside, ...outside])
      ;[inside, outside] = [[], []]
    }
  }
  const remove = (letter: Letter | undefined) => {
    if (letter === undefined) return
    expect(mailbox.remove(letter)).toBe(inside.includes(letter) || outside.includes(letter))
    inside = inside.filter((other) => other !== letter)
    outside = outside.filter((other) => other !== letter)
  }
  for (const step of steps) {
    if (typeof step === "string") does[step]()
    else remove(letters[step.remove])
    expect(mailbox.size).toBe(inside.length)
    expect(inside.every(({ isIn }) => isIn) && outside.every(({ isIn }) => !isIn)).toBe(true)
  }
  expect(mailbox.drain()).toEqual([...inside, ...outside])
}

describe("a mailbox", () => {
  it("holds what two plain lists would hold, in their order", () => {
    const options = fc.record({ capacity: fc.integer({ min: 1, max: 3 }), full: fc.constantFrom("suspend", "reject") })
    fc.assert(fc.property(options, fc.array(step, { maxLength: 40, size: "max" }), played), { numRuns: 500 })
  })

  it("refuses a capacity that is none", () => {
    for (const capacity of [0, -1, 1.5, Number.NaN, Infinity])
      expect(() => new Mailbox<Letter>({ capacity })).toThrow(RangeError)
  })
})

const blocked = (options: MailboxOptions) =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const handled: Array<number> = []
    const actor = makeActor<number, void, void>(
      "flooded",
      {
        init: () => Effect.void,
        handle: (n) =>
          Effect.as(
            Effect.andThen(
              Deferred.await(gate),
              Effect.sync(() => handled.push(n))
            ),
            done
          )
      },
      options
    )
    yield* keep(actor)
    return { actor, handled, open: Deferred.succeed(gate, undefined) }
  })

const done = { reply: undefined, state: undefined }

describe("a flood of ten times its capacity", () => {
  it.effect("waits outside in order under `suspend`, and all of it is handled", () =>
    Effect.gen(function* () {
      const { actor, handled, open } = yield* blocked({ capacity: 4 })
      const numbers = Array.from({ length: 41 }, (_, i) => i)
      const senders = yield* Effect.forEach(numbers, (n) =>
        Effect.forkChild(actor.ref.tell(n), { startImmediately: true })
      )
      expect(actor.ref.facts()).toEqual({ mailbox: { depth: 4, capacity: 4 } })
      expect(senders.map((sender) => sender.pollUnsafe() !== undefined)).toEqual(numbers.map((n) => n < 5))
      expect(actor.ledger()).toMatchObject({ sent: 41, open: 41 })
      yield* open
      yield* Effect.forEach(senders, Fiber.join)
      yield* Effect.yieldNow
      expect(handled).toEqual(numbers)
      expect(actor.ledger()).toEqual({ sent: 41, handled: 41, failed: 0, dead: 0, open: 0 })
    })
  )

  it.effect("is refused at once under `reject`, each sender told and each message counted", () =>
    Effect.gen(function* () {
      const { actor, handled, open } = yield* blocked({ capacity: 4, full: "reject" })
      const numbers = Array.from({ length: 41 }, (_, i) => i)
      const results = yield* Effect.forEach(numbers, (n) => Effect.result(actor.ref.tell(n)))
      const refused = results.filter(({ _tag }) => _tag === "Failure")
      expect(refused).toHaveLength(36)
      expect(refused[0]).toMatchObject({ failure: { _tag: "Undelivered", kind: "full", actor: "flooded" } })
      yield* open
      yield* Effect.yieldNow
      expect(handled).toEqual([0, 1, 2, 3, 4])
      expect(actor.ledger()).toEqual({ sent: 41, handled: 5, failed: 0, dead: 36, open: 0 })
    })
  )

  it.effect("may be left by a sender that is interrupted; the others keep their places", () =>
    Effect.gen(function* () {
      const { actor, handled, open } = yield* blocked({ capacity: 1 })
      const senders = yield* Effect.forEach([0, 1, 2, 3, 4], (n) =>
        Effect.forkChild(actor.ref.tell(n), { startImmediately: true })
      )
      yield* Fiber.interrupt(senders[3]!)
      yield* open
      yield* Fiber.join(senders[4]!)
      yield* Effect.yieldNow
      expect(handled).toEqual([0, 1, 2, 4])
      expect(actor.ledger()).toEqual({ sent: 5, handled: 4, failed: 0, dead: 1, open: 0 })
    })
  )
})
