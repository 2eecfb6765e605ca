/** Children that do as a spec tells them, and a log of what became of them. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import type { ChildSpec, ChildView } from "../../../actors/kernel/child.ts"
import { explain, type Reason, Shutdown } from "../../../actors/kernel/reason.ts"
import type { Refused, RefusedKind, SupervisionEvent, Supervisor } from "../../../actors/kernel/supervisor.ts"

export interface Puppet {
  readonly spec: ChildSpec
  /** Ends its life so; nothing when it has none. */
  readonly end: (exit: Effect.Effect<unknown, unknown>) => void
  readonly fail: (message?: string) => void
  /** What its next starts do instead of starting. */
  readonly starts: Array<Effect.Effect<never, unknown>>
  readonly lives: () => number
  readonly isAlive: () => boolean
}

/**
 * The log holds `+id` for a start, `-id` for a life's end, `~id` for the release of what it had acquired, `!id` for a kill,
 * `id: reason` when no restart follows.
 */
export const puppets = () => {
  const log: Array<string> = []
  const puppet = (id: string, more: Partial<ChildSpec> = {}, stopsIn?: number): Puppet => {
    let cue = Deferred.makeUnsafe<unknown, unknown>()
    let lives = 0
    let alive = 0
    const starts: Array<Effect.Effect<never, unknown>> = []
    const life = Effect.suspend(() => {
      lives++
      alive++
      const waiting = Effect.suspend(() => Deferred.await(cue))
      const lingering = stopsIn === undefined ? waiting : Effect.onInterrupt(waiting, () => Effect.sleep(stopsIn))
      return Effect.onExit(lingering, () => Effect.sync(() => (alive--, log.push(`-${id}`))))
    })
    const start = Effect.gen(function* () {
      const instead = starts.shift()
      if (instead !== undefined) return yield* instead
      cue = Deferred.makeUnsafe()
      yield* Effect.acquireRelease(
        Effect.sync(() => log.push(`+${id}`)),
        () => Effect.sync(() => log.push(`~${id}`))
      )
      return life
    })
    const end = (exit: Effect.Effect<unknown, unknown>) => void Deferred.doneUnsafe(cue, exit)
    return {
      spec: {
        id,
        start,
        onEnd: (reason: Reason) => log.push(`${id}: ${explain(reason)}`),
        kill: () => log.push(`!${id}`),
        ...more
      },
      end,
      fail: (message = `${id} broke`) => end(Effect.fail(new Error(message))),
      starts,
      lives: () => lives,
      isAlive: () => alive > 0
    }
  }
  return { log, puppet }
}

/** Ends of a life that are no failure. */
export const normally: Effect.Effect<unknown> = Effect.succeed("done")
export const blameless: Effect.Effect<never, unknown> = Effect.fail(new Shutdown())

/** Lets everything happen that needs no time. */
export const settle: Effect.Effect<void> = Effect.gen(function* () {
  for (let turn = 0; turn < 30; turn++) yield* Effect.yieldNow
})

export const refusalOf = <A, R>(effect: Effect.Effect<A, Refused, R>): Effect.Effect<RefusedKind, A, R> =>
  Effect.map(Effect.flip(effect), ({ kind }) => kind)

/**
 * The test clock's very first sleep arms a warning, which lets the interruption of an interrupted fiber through: without
 * this, what a fiber sleeps while it is being stopped would be cut short.
 */
export const armed = Effect.forkChild(Effect.sleep(1), { startImmediately: true })

/** `id state`, in start order. */
export const states = (views: ReadonlyArray<ChildView>): ReadonlyArray<string> =>
  views.map(({ id, state }) => `${id} ${state}`)

export const viewOf = (supervisor: Supervisor, id: string): ChildView | undefined =>
  supervisor.children().find((view) => view.id === id)

/** `type path`, in order. */
export const kindsOf = (events: ReadonlyArray<SupervisionEvent>): ReadonlyArray<string> =>
  events.map(({ type, path }) => `${type} ${path}`)

/** Chance that always throws the same. */
export const half: Random.Random = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }
