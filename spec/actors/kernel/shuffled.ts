/** A virtual world for property specs: a clock that stands still, and fibers that take their turns in an order drawn by lot. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { armed } from "./puppet.ts"

/** A counter through a mixing function: good enough for shuffling. */
const lots = (seed: number) => {
  let counter = seed
  return (below: number): number => {
    counter = (counter + 0x9e3779b9) | 0
    const mixed = Math.imul(counter ^ (counter >>> 15), counter | 1)
    return ((mixed ^ (mixed >>> 13)) >>> 0) % below
  }
}

const makeScheduler = (seed: number) => {
  const draw = lots(seed)
  const tasks: Array<() => void> = []
  let isAwake = false
  const turn = () => {
    isAwake = false
    for (let left = tasks.length; left > 0 && tasks.length > 0; left--) tasks.splice(draw(tasks.length), 1)[0]?.()
    wake()
  }
  const wake = () => {
    if (isAwake || tasks.length === 0) return
    isAwake = true
    setImmediate(turn)
  }
  const scheduler: Scheduler.Scheduler = {
    executionMode: "async",
    shouldYield: (fiber) => fiber.currentOpCount >= 2048,
    makeDispatcher: () => ({
      scheduleTask: (task) => {
        tasks.push(task)
        wake()
      },
      flush: turn
    })
  }
  /** Lets everything happen that needs no time. */
  const settled = Effect.gen(function* () {
    for (let quiet = 0; quiet < 3; quiet = tasks.length === 0 ? quiet + 1 : 0) yield* Effect.yieldNow
  })
  return { scheduler, settled }
}

export interface World {
  /** Lets everything happen that needs no time. */
  readonly settled: Effect.Effect<void>
  /** Lets so many milliseconds pass, one sleep after another. */
  readonly pass: (milliseconds: number) => Effect.Effect<void>
}

export const inWorld = <A>(seed: number, run: (world: World) => Effect.Effect<A, unknown, Scope.Scope>): Promise<A> => {
  const { scheduler, settled } = makeScheduler(seed)
  const pass = (milliseconds: number) =>
    Effect.gen(function* () {
      // In steps, so that a sleep begun on the way is measured from where it began.
      for (let left = milliseconds; left > 0; left -= 10) {
        yield* TestClock.adjust(Math.min(10, left))
        yield* settled
      }
    })
  const world = Effect.gen(function* () {
    const clock = yield* TestClock.make()
    const inside = Effect.andThen(armed, run({ settled, pass }))
    return yield* Effect.provideService(inside, Clock.Clock, clock)
  })
  return Effect.runPromise(
    Effect.scoped(world).pipe(Random.withSeed(String(seed)), Effect.provideService(Scheduler.Scheduler, scheduler))
  )
}
