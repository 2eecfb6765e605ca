/** Runs of one actor with several senders, in every order that a seed can bring about, and what was seen in them. */
import fc from "fast-check"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { type Actor, makeActor, type Undelivered } from "../../../actors/kernel/actor.ts"
import { Ledger, type LedgerView, RootLedger } from "../../../actors/kernel/ledger.ts"
import { isAbnormal, reasonOf } from "../../../actors/kernel/reason.ts"

/** How the handling of a message ends, the n-th delivery by the n-th word; the last word stays. */
const outcome = fc.constantFrom("reply", "reply", "reply", "reply", "fail", "die", "leave", "leave badly")

const message = fc.record({
  kind: fc.constantFrom("tell", "ask"),
  /** Steps before it is sent, and before the next one of its sender. */
  before: fc.nat(2),
  /** Steps of its handling. */
  steps: fc.nat(2),
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 4 }),
  isIdempotent: fc.boolean(),
  /** Its sender is interrupted after so many steps. */
  patience: fc.option(fc.nat(4), { freq: 3 })
})

export const story = fc.record({
  senders: fc.array(fc.array(message, { minLength: 1, maxLength: 8, size: "max" }), { minLength: 1, maxLength: 3 }),
  capacity: fc.integer({ min: 1, max: 3 }),
  full: fc.constantFrom("suspend", "reject"),
  restarts: fc.nat(6),
  /** After so many steps each, the life that runs then is stopped and another one started. */
  stops: fc.array(fc.nat(12), { maxLength: 2 }),
  scheduler: fc.scheduler()
})

type Scripted = typeof message extends fc.Arbitrary<infer Value> ? Value : never
export type Story = typeof story extends fc.Arbitrary<infer Value> ? Value : never

export interface Sent extends Scripted {
  readonly id: number
  /** How often it was delivered. */
  deliveries: number
  /** How often its handling came to its good end. */
  effects: number
  /** What its sender heard. */
  heard: "nothing" | "reply" | "sent" | "dead" | "full" | "crashed" | "interrupted"
}

export interface Seen {
  /** In the order of their sending. */
  readonly sent: ReadonlyArray<Sent>
  /** In the order of their delivery, each as often as it was delivered. */
  readonly delivered: ReadonlyArray<Sent>
  readonly mostAtOnce: number
  readonly deepest: number
  readonly ledger: LedgerView
  readonly root: LedgerView
}

export const play = async ({ scheduler, ...story }: Story): Promise<Seen> => {
  const step = Effect.promise(() => scheduler.schedule(Promise.resolve()))
  const root = new Ledger()
  const seen = { sent: [] as Array<Sent>, delivered: [] as Array<Sent>, mostAtOnce: 0, deepest: 0, atOnce: 0 }
  const actor = scriptedActor(story, step, seen)
  const look = Effect.sync(() => {
    seen.deepest = Math.max(seen.deepest, actor.ref.facts().mailbox?.depth ?? 0)
  })
  const whole = Effect.gen(function* () {
    const life = yield* forked(lives(actor, step, story.restarts, story.stops))
    yield* Effect.forEach(story.senders, (letters) => sender(actor, letters, Effect.andThen(step, look), seen.sent), {
      concurrency: "unbounded",
      discard: true
    })
    yield* Fiber.interrupt(life)
    actor.onEnd({ kind: "shutdown" })
  })
  await scheduler.waitFor(Effect.runPromise(Effect.provideService(whole, RootLedger, root)))
  return { ...seen, ledger: actor.ledger(), root: root.view() }
}

type Noted = { readonly sent: Array<Sent>; readonly delivered: Array<Sent>; mostAtOnce: number; atOnce: number }

const forked = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })

const times = (n: number, step: Effect.Effect<void>) => Effect.forEach(Array(n), () => step, { discard: true })

const scriptedActor = (
  { capacity, full }: Pick<Story, "capacity" | "full">,
  step: Effect.Effect<void>,
  seen: Noted
): Actor<Sent, number, number> => {
  const handle = (message: Sent, state: number) =>
    Effect.gen(function* () {
      seen.delivered.push(message)
      const word = message.outcomes[Math.min(message.deliveries++, message.outcomes.length - 1)]
      yield* times(message.steps, step)
      if (word === "fail") return yield* Effect.fail("failed")
      if (word === "die") return yield* Effect.die("died")
      message.effects++
      const next = { reply: message.id, state: state + 1 }
      if (word === "leave") return { ...next, end: { kind: "normal" } as const }
      return word === "leave badly" ? { ...next, end: { kind: "failed", error: "left" } as const } : next
    })
  const counted = (message: Sent, state: number) =>
    Effect.suspend(() => {
      seen.mostAtOnce = Math.max(seen.mostAtOnce, ++seen.atOnce)
      return Effect.ensuring(
        handle(message, state),
        Effect.sync(() => seen.atOnce--)
      )
    })
  return makeActor<Sent, number, number>(
    "scripted",
    { init: () => Effect.as(step, 0), handle: counted, isIdempotent: ({ isIdempotent }) => isIdempotent },
    { capacity, full }
  )
}

/** One life after another, as a supervisor would have it; then none. */
const lives = (
  actor: Actor<Sent, number, number>,
  step: Effect.Effect<void>,
  restarts: number,
  stops: ReadonlyArray<number>
) =>
  Effect.gen(function* () {
    const left = [...stops]
    const live = Effect.scoped(Effect.flatMap(actor.start, (life) => (Effect.isEffect(life) ? life : Effect.void)))
    for (let life = 0; life <= restarts; life++) {
      const stopAfter = left.shift()
      const stop = stopAfter === undefined ? Effect.never : times(stopAfter, step)
      const exit = yield* Effect.exit(Effect.raceFirst(live, stop))
      yield* step
      if (Exit.isFailure(exit) && isAbnormal(reasonOf(exit))) continue
      if (Exit.isSuccess(exit) && stopAfter !== undefined) continue
      break
    }
    actor.onEnd({ kind: "normal" })
  })

/** Sends in its order without waiting for the end of what it sent before, then waits for all of it. */
const sender = (
  actor: Actor<Sent, number, number>,
  letters: ReadonlyArray<Scripted>,
  step: Effect.Effect<void>,
  sent: Array<Sent>
) =>
  Effect.gen(function* () {
    const sending: Array<Fiber.Fiber<void>> = []
    for (const scripted of letters) {
      yield* times(scripted.before, step)
      const one: Sent = { ...scripted, id: sent.length, deliveries: 0, effects: 0, heard: "nothing" }
      sent.push(one)
      sending.push(yield* forked(send(actor, one)))
      if (one.patience !== null)
        yield* forked(Effect.andThen(times(one.patience, step), Fiber.interrupt(sending.at(-1)!)))
    }
    yield* Effect.forEach(sending, Fiber.await)
  })

const send = ({ ref }: Actor<Sent, number, number>, message: Sent): Effect.Effect<void> => {
  const sending = message.kind === "tell" ? ref.tell(message) : ref.ask(message)
  return Effect.asVoid(
    Effect.onExit(Effect.exit(sending), (exit) =>
      Effect.sync(() => {
        message.heard = Exit.isFailure(exit) ? "interrupted" : heard(message, exit.value)
      })
    )
  )
}

const heard = ({ kind, id }: Sent, exit: Exit.Exit<unknown, Undelivered>): Sent["heard"] => {
  if (Exit.isSuccess(exit)) return kind === "tell" ? "sent" : exit.value === id ? "reply" : "nothing"
  const failure = exit.cause.reasons.find(Cause.isFailReason)
  return failure === undefined ? "nothing" : failure.error.kind
}
