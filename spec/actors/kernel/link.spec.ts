import { describe, expect, it } from "@effect/vitest"
import fc from "fast-check"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { type Actor, link, makeActor } from "../../../actors/kernel/actor.ts"
import type { Reason } from "../../../actors/kernel/reason.ts"
import { keep } from "./keeper.ts"

type Order = "fail" | "leave" | "hang"

interface Linked extends Actor<Order, void, void> {
  readonly notices: ReadonlyArray<readonly [string, Reason]>
  /** What it acquired and has not released. */
  readonly held: () => number
}

/** An actor that does what it is told; with `traps` it takes the ends of others as messages. */
const linked = (id: string, traps = false): Linked => {
  const notices: Array<readonly [string, Reason]> = []
  let held = 0
  const hold = Effect.acquireRelease(
    Effect.sync(() => held++),
    () => Effect.sync(() => held--)
  )
  const next = { reply: undefined, state: undefined }
  const actor = makeActor<Order, void, void>(id, {
    init: () => Effect.asVoid(hold),
    handle: (order) => {
      if (order === "hang") return Effect.never
      return order === "fail" ? Effect.fail(`${id} failed`) : Effect.succeed({ ...next, end: { kind: "normal" } })
    },
    ...(traps ? { linkEnded: (from, reason) => Effect.sync(() => void notices.push([from, reason])) } : {})
  })
  const { ref, start, onEnd, down, change, ledger, linkable } = actor
  return { ref, start, onEnd, down, change, ledger, linkable, notices, held: () => held }
}

const failed = (id: string): Reason => ({ kind: "failed", error: `${id} failed` })

const forked = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })

describe("a link", () => {
  it.effect("carries an abnormal end both ways and on, and releases what each held", () =>
    Effect.gen(function* () {
      for (const first of [0, 1, 2]) {
        const chain = ["a", "b", "c"].map((id) => linked(id))
        const [a, b, c] = chain as [Linked, Linked, Linked]
        link(a, b)
        link(b, c)
        yield* Effect.forEach(chain, (actor) => keep(actor))
        yield* Effect.flip(chain[first]!.ref.ask("fail"))
        const reasons = yield* Effect.forEach(chain, ({ down }) => down)
        expect(reasons[first]).toEqual(failed(["a", "b", "c"][first]!))
        expect(reasons.filter(({ kind }) => kind === "linked")).toHaveLength(2)
        expect(chain.map(({ held }) => held())).toEqual([0, 0, 0])
      }
    })
  )

  it.effect("names who ended and why, all the way", () =>
    Effect.gen(function* () {
      const [a, b, c] = [linked("a"), linked("b"), linked("c")]
      link(a, b)
      link(b, c)
      yield* Effect.forEach([a, b, c], (actor) => keep(actor))
      yield* Effect.flip(a.ref.ask("fail"))
      const ofB = { kind: "linked", to: "a", reason: failed("a") }
      expect(yield* b.down).toEqual(ofB)
      expect(yield* c.down).toEqual({ kind: "linked", to: "b", reason: ofB })
    })
  )

  it.effect("does not carry a normal end or a stop", () =>
    Effect.gen(function* () {
      const [a, b, c] = [linked("a"), linked("b"), linked("c")]
      link(a, b)
      link(c, b)
      yield* keep(a)
      const [ofB, ofC] = [yield* keep(b), yield* keep(c)]
      yield* a.ref.ask("leave")
      yield* ofC.stop
      expect([ofB.ends, b.held()]).toEqual([[], 1])
    })
  )

  it.effect("interrupts what the other has in hand, and its asker hears why", () =>
    Effect.gen(function* () {
      const [a, b] = [linked("a"), linked("b")]
      link(a, b)
      yield* keep(a)
      yield* keep(b)
      const asker = yield* forked(Effect.flip(b.ref.ask("hang")))
      yield* Effect.flip(a.ref.ask("fail"))
      expect(yield* Fiber.join(asker)).toMatchObject({ kind: "crashed", error: { name: "LinkedEnd", to: "a" } })
      expect(b.ledger()).toMatchObject({ failed: 1, open: 0 })
    })
  )

  it.effect("in a ring ends each life once and none of the next, however fast those come", () =>
    Effect.gen(function* () {
      const ring = ["a", "b", "c"].map((id) => linked(id))
      ring.forEach((actor, i) => link(actor, ring[(i + 1) % 3]!))
      const keepers = yield* Effect.forEach(ring, (actor) => keep(actor, { restarts: 9 }))
      yield* Effect.flip(ring[1]!.ref.ask("fail"))
      yield* Effect.yieldNow
      expect(keepers.map(({ ends }) => ends.length)).toEqual([1, 1, 1])
      expect(ring.map(({ held }) => held())).toEqual([1, 1, 1])
    })
  )

  it.effect("told to `linkEnded` is a message in its order, with the state, and no message of the ledger", () =>
    Effect.gen(function* () {
      const [a, b] = [linked("a"), linked("b", true)]
      link(a, b)
      yield* keep(a, { restarts: 1 })
      const keeper = yield* keep(b)
      const hanging = yield* forked(b.ref.ask("hang"))
      yield* Effect.flip(a.ref.ask("fail"))
      expect(b.notices).toEqual([])
      yield* Fiber.interrupt(hanging)
      expect(b.notices).toEqual([["a", failed("a")]])
      yield* Effect.flip(a.ref.ask("fail"))
      expect(b.notices).toHaveLength(2)
      expect([keeper.ends, b.ledger()]).toEqual([[], { sent: 1, handled: 0, failed: 1, dead: 0, open: 0 }])
    })
  )

  it.effect("carries being killed, which only the supervisor knows", () =>
    Effect.gen(function* () {
      const [a, b] = [linked("a"), linked("b")]
      link(a, b)
      yield* keep(b)
      a.onEnd({ kind: "killed" })
      expect(yield* b.down).toEqual({ kind: "linked", to: "a", reason: { kind: "killed" } })
    })
  )

  it.effect("made too late tells at once", () =>
    Effect.gen(function* () {
      const [a, b] = [linked("a"), linked("b")]
      yield* keep(a)
      yield* Effect.flip(a.ref.ask("fail"))
      yield* a.down
      yield* keep(b)
      link(b, a)
      expect(yield* b.down).toMatchObject({ kind: "linked", to: "a" })
    })
  )

  it.effect("that is cut carries nothing", () =>
    Effect.gen(function* () {
      const [a, b] = [linked("a"), linked("b")]
      const cut = link(a, b)
      yield* keep(a)
      const keeper = yield* keep(b)
      cut()
      yield* Effect.flip(a.ref.ask("fail"))
      expect([keeper.ends, b.held()]).toEqual([[], 1])
    })
  )
})

describe("P10: links and monitors in any net and order", () => {
  const size = 4
  const anyone = fc.nat(size - 1)
  const happening = fc.oneof(
    fc.record({ do: fc.constantFrom("start", "fail", "leave", "stop", "watch", "hang"), who: anyone }),
    fc.record({ do: fc.constantFrom("link", "cut"), who: anyone, with: anyone })
  )

  /** What ought to happen, said with plain sets. */
  const model = (traps: ReadonlyArray<boolean>) => {
    const state = traps.map(() => "new")
    const links: Array<Set<number>> = traps.map(() => new Set())
    const notices = traps.map(() => 0)
    const tell = (who: number) => {
      if (traps[who] && (state[who] === "alive" || state[who] === "new")) notices[who]!++
      else if (state[who] === "alive") end(who, "linked")
    }
    const end = (who: number, kind: string) => {
      state[who] = kind
      if (kind === "failed" || kind === "linked") links[who]!.forEach(tell)
    }
    return { state, links, notices, tell, end }
  }

  const law = (
    traps: ReadonlyArray<boolean>,
    happenings: ReadonlyArray<typeof happening extends fc.Arbitrary<infer H> ? H : never>
  ) =>
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const { state, links, notices, tell, end } = model(traps)
      const actors = traps.map((traps, i) => linked(String(i), traps))
      const stops = new Map<number, Effect.Effect<void>>()
      const cuts = new Map<string, () => void>()
      const watches: Array<{ readonly who: number; readonly heard: Array<Reason>; expected: string | undefined }> = []
      const settled = () =>
        watches.forEach((watch) => {
          const now = state[watch.who]!
          if (now !== "new" && now !== "alive") watch.expected ??= now
        })
      for (const { do: what, who, ...more } of happenings) {
        const actor = actors[who]!
        const other = "with" in more ? more.with : who
        const pair = [who, other].toSorted().join("-")
        const isAlive = state[who] === "alive"
        if (what === "start" && !isAlive) {
          stops.set(who, (yield* Scope.provide(keep(actor), scope)).stop)
          state[who] = "alive"
        } else if (what === "watch") {
          const heard: Array<Reason> = []
          yield* forked(Effect.map(actor.down, (reason) => heard.push(reason)))
          watches.push({ who, heard, expected: undefined })
        } else if (what === "stop" && isAlive) {
          yield* stops.get(who)!
          end(who, "shutdown")
        } else if (what === "hang" && isAlive && !traps[who]) yield* actor.ref.tell("hang")
        else if ((what === "fail" || what === "leave") && isAlive && actor.ledger().open === 0) {
          yield* Effect.exit(actor.ref.ask(what))
          end(who, what === "fail" ? "failed" : "normal")
        } else if (what === "link" && other !== who && !links[who]!.has(other)) {
          links[who]!.add(other)
          links[other]!.add(who)
          cuts.set(pair, link(actor, actors[other]!))
          for (const [one, two] of [
            [who, other],
            [other, who]
          ] as const)
            if (state[one] === "failed" || state[one] === "linked") tell(two)
        } else if (what === "cut" && links[who]!.delete(other)) {
          links[other]!.delete(who)
          cuts.get(pair)!()
        }
        yield* Effect.yieldNow
        settled()
        expect(actors.map(({ linkable }) => linkable.ended?.kind ?? "")).toEqual(
          state.map((now) => (now === "new" || now === "alive" ? "" : now))
        )
        expect(actors.map(({ held }) => held())).toEqual(state.map((now) => (now === "alive" ? 1 : 0)))
        expect(watches.map(({ heard }) => heard.map(({ kind }) => kind))).toEqual(
          watches.map(({ expected }) => (expected === undefined ? [] : [expected]))
        )
      }
      actors.forEach((actor, i) => {
        if (state[i] === "alive" && traps[i]) expect(actor.notices.length).toBe(notices[i])
      })
    })

  it("each watcher hears of exactly one end, and abnormal ends reach whom they should, nobody else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: size, maxLength: size }),
        fc.array(happening, { maxLength: 30, size: "max" }),
        async (traps, happenings) => {
          const exit = await Effect.runPromiseExit(Effect.scoped(law(traps, happenings)))
          if (Exit.isFailure(exit)) throw Effect.runSync(Effect.flip(Effect.sandbox(exit)))
        }
      ),
      { numRuns: 200 }
    )
  })
})
