/** The least that keeps an actor alive: it runs one life after another and says when none follows. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { Actor } from "../../../actors/kernel/actor.ts"
import { isAbnormal, type Reason, reasonOf } from "../../../actors/kernel/reason.ts"

export interface Keeper {
  /** Of each life that has ended, oldest first. */
  readonly ends: ReadonlyArray<Reason>
  readonly stop: Effect.Effect<void>
}

export interface Keeping {
  /** Restarts after abnormal ends. Default 0. */
  readonly restarts?: number
  /** What passes between two lives. */
  readonly between?: Effect.Effect<void>
}

type Kept = Pick<Actor<never, unknown, unknown>, "start" | "onEnd">

export const keep = (
  actor: Kept,
  { restarts = 0, between = Effect.void }: Keeping = {}
): Effect.Effect<Keeper, never, Scope.Scope> =>
  Effect.gen(function* () {
    const ends: Array<Reason> = []
    const live = Effect.scoped(Effect.flatMap(actor.start, (life) => (Effect.isEffect(life) ? life : Effect.void)))
    const lives = (left: number): Effect.Effect<Reason> =>
      Effect.flatMap(Effect.exit(live), (exit) => {
        const reason = reasonOf(exit)
        ends.push(reason)
        return isAbnormal(reason) && left > 0 ? Effect.andThen(between, lives(left - 1)) : Effect.succeed(reason)
      })
    const kept = Effect.onExit(lives(restarts), (exit) =>
      Effect.sync(() => actor.onEnd(Exit.isSuccess(exit) ? exit.value : reasonOf(exit)))
    )
    const fiber = yield* Effect.forkScoped(kept, { startImmediately: true })
    return { ends, stop: Fiber.interrupt(fiber) }
  })
