/** Children whose lives a spec steers, a log of what happens to them, and supervisors to put them under. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { type ChildSpec, ignored, type Life, type Start } from "../../../../actors/kernel/child.ts"
import { type Reason, Shutdown } from "../../../../actors/kernel/reason.ts"
import {
  type Refused,
  type RefusedKind,
  startSupervisor,
  type Supervisor,
  type SupervisorSpec
} from "../../../../actors/kernel/supervisor.ts"

/** What the next starts of a child do. `die` throws, `fail` fails as expected failures do, `hang` never comes back. */
export type Beginning = "run" | "fail" | "die" | "hang" | "ignore"

/** How a child meets being told to stop: obeys, takes milliseconds, never obeys, or ends in a way of its own. */
export type Obedience = "obeys" | "refuses" | { readonly lingers: number } | { readonly ends: Life }

export interface Worker {
  readonly id: string
  readonly spec: ChildSpec
  /** What each call of its start got to, oldest first. */
  readonly starts: ReadonlyArray<Beginning>
  readonly lives: () => number
  readonly isAlive: () => boolean
  /** Why it ended, each time that no restart followed by itself. */
  readonly reasons: ReadonlyArray<Reason>
  readonly kills: () => number
  /** What its next starts do, for so many of them, else for good; after them it runs. */
  readonly begins: (next: Beginning, times?: number) => void
  readonly end: Effect.Effect<void>
  readonly fail: Effect.Effect<void>
  readonly shutdown: Effect.Effect<void>
  /** Its life interrupts itself. */
  readonly interrupt: Effect.Effect<void>
}

export type WorkerOptions = Partial<ChildSpec> & { readonly obedience?: Obedience; readonly begins?: Beginning }

export interface Stage {
  /** `+a` when a has started, `-a` when its life is over, `!a` when it is killed. */
  readonly log: Array<string>
  readonly worker: (id: string, options?: WorkerOptions) => Worker
}

export const makeStage = (): Stage => {
  const log: Array<string> = []
  return { log, worker: (id, options) => makeWorker(log, id, options) }
}

/** What has happened to a worker, and what is to happen to it. */
interface Part {
  readonly id: string
  readonly log: Array<string>
  readonly starts: Array<Beginning>
  readonly reasons: Array<Reason>
  lives: number
  alive: number
  kills: number
  next: { beginning: Beginning; times: number }
  /** Ends the life that is being lived. */
  cue: Deferred.Deferred<void, unknown>
}

const makeWorker = (log: Array<string>, id: string, options: WorkerOptions = {}): Worker => {
  const { obedience, begins = "run", ...spec } = options
  const next = { beginning: begins, times: Infinity }
  const counters = { lives: 0, alive: 0, kills: 0 }
  const part: Part = { id, log, starts: [], reasons: [], ...counters, next, cue: Deferred.makeUnsafe() }
  const give = (exit: Life) =>
    Effect.suspend(() => Effect.andThen(Deferred.completeWith(part.cue, Effect.asVoid(exit)), settled))
  return {
    id,
    spec: { ...specOf(part, obedience), ...spec },
    starts: part.starts,
    reasons: part.reasons,
    lives: () => part.lives,
    isAlive: () => part.alive > 0,
    kills: () => part.kills,
    begins: (beginning, times = Infinity) => {
      part.next = { beginning, times }
    },
    end: give(Effect.void),
    fail: give(Effect.fail(new Error(`${id} failed`))),
    shutdown: give(Effect.fail(new Shutdown())),
    interrupt: give(Effect.interrupt)
  }
}

const specOf = (part: Part, obedience: Obedience | undefined): ChildSpec => ({
  id: part.id,
  start: Effect.suspend(() => {
    const { beginning } = part.next.times-- > 0 ? part.next : { beginning: "run" as const }
    part.starts.push(beginning)
    return beginning === "run" ? runOf(part, obedience) : beginnings[beginning](part.id)
  }),
  onEnd: (reason) => void part.reasons.push(reason),
  kill: () => {
    part.kills++
    part.log.push(`!${part.id}`)
  }
})

const runOf = (part: Part, obedience: Obedience | undefined): Start =>
  Effect.sync(() => {
    part.cue = Deferred.makeUnsafe()
    part.lives++
    part.alive++
    part.log.push(`+${part.id}`)
    const over = Effect.sync(() => {
      part.alive--
      part.log.push(`-${part.id}`)
    })
    return Effect.ensuring(obey(Deferred.await(part.cue), obedience), over)
  })

const beginnings: Readonly<Record<Exclude<Beginning, "run">, (id: string) => Start>> = {
  fail: (id) => Effect.fail(new Error(`${id} cannot start`)),
  die: (id) => Effect.die(new Error(`${id} broke at its start`)),
  hang: () => Effect.never,
  ignore: () => Effect.succeed(ignored)
}

const obey = (life: Life, obedience: Obedience = "obeys"): Life => {
  if (obedience === "obeys") return life
  if (obedience === "refuses") return Effect.uninterruptible(life)
  if ("lingers" in obedience) return Effect.onInterrupt(life, () => Effect.sleep(obedience.lingers))
  return Effect.uninterruptibleMask((restore) => Effect.andThen(Effect.exit(restore(life)), obedience.ends))
}

/** Everything that can happen without time going on has happened. */
export const settled: Effect.Effect<void> = Effect.gen(function* () {
  for (let turn = 0; turn < 25; turn++) yield* Effect.yieldNow
})

export const after = (milliseconds: number) => Effect.andThen(TestClock.adjust(milliseconds), settled)

/** OTP's cases mostly bear two restarts in an hour, and know no back-off. */
export const supervise = (spec: Partial<SupervisorSpec> = {}) =>
  startSupervisor({ id: "sup", budget: { max: 2, seconds: 3600 }, backoff: noBackoff, ...spec })

export const noBackoff = { base: 0, cap: 0, quiet: 60_000 }

/** Why the supervisor has ended, or that it goes on. */
export const endOf = (supervisor: Supervisor): Effect.Effect<Reason | "goes on"> =>
  Effect.raceFirst(supervisor.ended, Effect.as(settled, "goes on" as const))

/** The milliseconds of virtual time that an effect takes, at most `within`. */
export const timeOf = <A, E>(effect: Effect.Effect<A, E>, within = 24 * 3_600_000) =>
  Effect.gen(function* () {
    const timed = Effect.gen(function* () {
      const from = yield* Clock.currentTimeMillis
      yield* effect
      return (yield* Clock.currentTimeMillis) - from
    })
    const fiber = yield* Effect.forkChild(timed)
    yield* TestClock.adjust(within)
    return yield* Fiber.join(fiber)
  })

export const refusal = <A, R>(effect: Effect.Effect<A, Refused, R>): Effect.Effect<RefusedKind, A, R> =>
  Effect.map(Effect.flip(effect), ({ kind }) => kind)

/** `id state`, in start order. */
export const states = (supervisor: Supervisor) => supervisor.children().map(({ id, state }) => `${id} ${state}`)

/** Specs, active, supervisors, workers: OTP's order. */
export const counts = (supervisor: Supervisor) => {
  const { specs, active, supervisors, workers } = supervisor.count()
  return [specs, active, supervisors, workers]
}

/** What plain JavaScript may hand over. */
export const unchecked = <T>(value: unknown): T => value as T
