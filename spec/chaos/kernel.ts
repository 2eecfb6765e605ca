/** The kernel alone among faults, on a virtual clock: every message of thousands of senders is followed to its end. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as TestClock from "effect/testing/TestClock"
import fc from "fast-check"
import { type Actor, actorChild, type Behaviour, makeActor, type Undelivered } from "../../actors/kernel/actor.ts"
import { Ledger, type LedgerView, RootLedger } from "../../actors/kernel/ledger.ts"
import {
  observer,
  type Refused,
  startSupervisor,
  type SupervisionEvent,
  type Supervisor,
  supervisorChild
} from "../../actors/kernel/supervisor.ts"
import { Complaints, Tally } from "./tally.ts"

/** What a message makes its actor do. All but `works` and `sleeps` are faults. */
type Deed = "works" | "sleeps" | "fails" | "dies" | "throws" | "ends" | "replies_nothing" | "hangs"

/** Hanging holds an actor up for long, so it is rare. */
const deeds: ReadonlyArray<Deed> = [
  ...Array.from({ length: 8 }, (): Deed => "works"),
  ...(["sleeps", "hangs"] as const),
  ...Array.from({ length: 4 }, (): ReadonlyArray<Deed> => ["fails", "dies", "throws", "ends", "replies_nothing"]).flat()
]

interface Message {
  readonly id: number
  readonly sender: number
  readonly does: Deed
  readonly mayRepeat: boolean
}

interface Order extends Omit<Message, "id" | "sender"> {
  readonly to: number
  /** Waits for the reply. */
  readonly asks: boolean
  /** Gives up when it has waited for long. */
  readonly isImpatient: boolean
}

/** One thing done from outside, now and then. */
type Meddling = "stops" | "starts" | "changes"

export interface KernelRun {
  readonly messages: number
  readonly faults: number
  readonly ledger: LedgerView
  /** How messages ended, as their senders saw it. */
  readonly seen: Tally
  /** As the actors counted it. */
  readonly handled: number
  /** What supervisors told. */
  readonly events: Tally
  /** Delivered too often, or out of order. */
  readonly wrong: Complaints
}

const actors = 24
/** Of them, those that fail together with the ones started before. */
const grouped = 4
const senders = 64
/** Milliseconds of the clock: of one step, and of a run in which nobody is forgotten, three times over. */
const step = 10
const longest = 60_000
/** Milliseconds that an asker waits. */
const patience = 20
/** Milliseconds: short, so that actors live more than they rest. */
const backoff = { base: 1, cap: 4, quiet: 20 }

const order: fc.Arbitrary<Order> = fc.record({
  to: fc.noBias(fc.integer({ min: 0, max: actors - 1 })),
  does: fc.noBias(fc.constantFrom(...deeds)),
  mayRepeat: fc.noBias(fc.boolean()),
  asks: fc.noBias(fc.boolean()),
  isImpatient: fc.noBias(fc.constantFrom(true, false, false, false, false))
})

/** One for all: a stack for each would take longer than everything else. */
const broken = new Error("broken on purpose")

/** What happened to the actors, kept outside of them because they crash. */
interface World {
  /** Effects of messages that must not be repeated, by id. */
  readonly effects: Map<number, number>
  /** Newest message handled, by sender and actor. */
  readonly newest: Map<string, number>
  readonly wrong: Complaints
  handled: number
}

const behaviour = (name: string, world: World): Behaviour<Message, number, number> => ({
  init: (restored) => Effect.succeed(restored ?? 0),
  isIdempotent: ({ mayRepeat }) => mayRepeat,
  redeliveries: 1,
  checkpoint: { version: 1, save: (state) => state, load: (data) => Effect.succeed(Number(data)) },
  handle: ({ id, sender, does, mayRepeat }, state) =>
    Effect.suspend(() => {
      const times = (world.effects.get(id) ?? 0) + 1
      world.effects.set(id, times)
      if (times > (mayRepeat ? 2 : 1)) world.wrong.add(`message ${id} (${does}) was delivered ${times} times`)
      const line = `${sender} ${name}`
      if ((world.newest.get(line) ?? -1) > id) world.wrong.add(`message ${id} came after a later one of its sender`)
      world.newest.set(line, id)
      return Effect.tap(perform(does, state), () =>
        Effect.sync(() => void (world.handled += does === "replies_nothing" ? 0 : 1))
      )
    })
})

const perform = (does: Deed, state: number): ReturnType<Behaviour<Message, number, number>["handle"]> => {
  const next = { reply: state + 1, state: state + 1 }
  switch (does) {
    case "works":
      return Effect.succeed(next)
    case "sleeps":
      return Effect.as(Effect.sleep(5), next)
    case "fails":
      return Effect.fail(broken)
    case "dies":
      return Effect.die(broken)
    case "throws":
      throw broken
    case "hangs":
      return Effect.never
    case "ends":
      return Effect.succeed({ ...next, end: { kind: "failed", error: broken } })
    case "replies_nothing":
      return Effect.succeed({} as typeof next) // as code without types does
  }
}

const isFault = ({ does }: Order): boolean => does !== "works" && does !== "sleeps"

/** Messages of one sender, one after another; each ends for it exactly once, whatever becomes of the actor. */
const send = (all: ReadonlyArray<Actor<Message, number, number>>, orders: ReadonlyArray<Order>, seen: Tally) => {
  const one = ({ to, asks, isImpatient, ...rest }: Order, id: number, sender: number): Effect.Effect<unknown> => {
    const ref = all[to]?.ref
    if (ref === undefined) return Effect.void
    const message = { id, sender, ...rest }
    // What hangs must be given up by somebody, or it holds up all that follow.
    const isHanging = rest.does === "hangs"
    const sending: Effect.Effect<unknown, Undelivered> = asks || isHanging ? ref.ask(message) : ref.tell(message)
    const given = isImpatient || isHanging ? Effect.timeoutOrElse(sending, giveUp) : sending
    return Effect.match(given, {
      onSuccess: (reply) => seen.add(reply === givenUp ? "given up" : "answered"),
      onFailure: ({ kind }) => seen.add(kind)
    })
  }
  return (sender: number) =>
    Effect.gen(function* () {
      for (let id = sender; id < orders.length; id += senders) {
        const order = orders[id]
        if (order !== undefined) yield* one(order, id, sender)
        // So that time goes by even if nobody waits for anything.
        if ((id - sender) % (8 * senders) === 0) yield* Effect.sleep(1)
      }
    })
}

const givenUp = Symbol("given up")
const giveUp = { duration: patience, orElse: () => Effect.succeed(givenUp) }

/** Each actor under a supervisor of its own kind: alone, or with those started after it. */
const plant = (all: ReadonlyArray<Actor<Message, number, number>>) =>
  Effect.gen(function* () {
    const top = yield* startSupervisor({
      id: "top",
      exceeded: "quarantine",
      budget: { max: 100, seconds: 1 },
      backoff,
      children: all.slice(grouped).map((actor) => actorChild(actor))
    })
    const opened: { group?: Supervisor } = {}
    const group = supervisorChild(
      {
        id: "group",
        strategy: "rest_for_one",
        budget: { max: 2000, seconds: 1 },
        backoff,
        children: all.slice(0, grouped).map((actor) => actorChild(actor))
      },
      {},
      (supervisor) => (opened.group = supervisor)
    )
    yield* top.startChild(group)
    return top
  })

/** Stops, revives and changes actors while they work. */
const meddle = (top: Supervisor, all: ReadonlyArray<Actor<Message, number, number>>, world: World) => {
  const kinds: ReadonlyArray<Meddling> = ["stops", "starts", "changes"]
  const once = (turn: number): Effect.Effect<unknown> => {
    const { id } = top.children()[turn % (actors - grouped)] ?? { id: "" }
    const actor = all.find(({ ref }) => ref.id === id)
    switch (kinds[turn % kinds.length]) {
      case "stops":
        return Effect.ignore(top.stopChild(id))
      case "changes":
        return actor === undefined ? Effect.void : Effect.ignore(actor.change(behaviour(id, world)))
      default:
        // Whatever is stopped or quarantined; the others refuse.
        return Effect.forEach(top.children(), (child) => Effect.ignore(top.restartChild(child.id)), { discard: true })
    }
  }
  return Effect.forEach(Array.from({ length: 1_000_000 }), (_, turn) => Effect.andThen(Effect.sleep(7), once(turn)), {
    discard: true
  })
}

/** @param count Messages; three in four are faults. */
export const kernelChaos = (seed: number, count: number): Effect.Effect<KernelRun, Refused> => {
  const orders = fc.sample(order, { seed, numRuns: count })
  const world: World = { effects: new Map(), newest: new Map(), wrong: new Complaints(), handled: 0 }
  const [seen, events] = [new Tally(), new Tally()]
  const ledger = new Ledger()
  const storm = Effect.scoped(
    Effect.gen(function* () {
      const all = Array.from({ length: actors }, (_, at) => {
        const id = `actor:${at}`
        return makeActor(id, behaviour(id, world), { capacity: 4, full: at % 2 === 0 ? "suspend" : "reject" })
      })
      const top = yield* plant(all)
      const meddling = yield* Effect.forkChild(meddle(top, all, world))
      const everySender = Array.from({ length: senders }, (_, at) => at)
      yield* Effect.forEach(everySender, send(all, orders, seen), { concurrency: "unbounded", discard: true })
      yield* Fiber.interrupt(meddling)
    })
  )
  const program = Effect.gen(function* () {
    // Detached: a message that is lost would keep its sender, and whoever waits for that one, for ever.
    const blowing = yield* Effect.forkDetach(storm)
    let passed = 0
    for (; passed < longest && blowing.pollUnsafe() === undefined; passed += step) yield* TestClock.adjust(step)
    if (blowing.pollUnsafe() === undefined) return world.wrong.add("somebody waits for ever")
    yield* Fiber.join(blowing)
  })
  const services = Context.make(RootLedger, ledger).pipe(
    Context.add(observer, ({ type }: SupervisionEvent) => events.add(type))
  )
  return program.pipe(
    Effect.provideContext(services),
    Effect.provide(TestClock.layer()),
    Random.withSeed(String(seed)),
    Effect.map((): KernelRun => ({
      messages: orders.length,
      faults: orders.filter(isFault).length,
      ledger: ledger.view(),
      seen,
      handled: world.handled,
      events,
      wrong: world.wrong
    }))
  )
}
