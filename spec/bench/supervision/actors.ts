/** Many actors under one supervisor: the time of each, and the memory of an idle one. */
import { setImmediate } from "node:timers/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { actorChild, makeActor } from "../../../actors/kernel/actor.ts"
import type { ChildSpec } from "../../../actors/kernel/child.ts"
import { startSupervisor } from "../../../actors/kernel/supervisor.ts"
import { type Figure, median } from "../bench.ts"

const idle = (n: number): ChildSpec =>
  actorChild(
    makeActor<number, number, number>(`actor-${n}`, {
      init: () => Effect.succeed(0),
      handle: (message, state) => Effect.succeed({ reply: state, state: state + message })
    })
  )

/** A child of which there is nothing but what its supervisor keeps of it, and a fiber that waits. */
const bare = (n: number): ChildSpec => ({ id: `bare-${n}`, start: Effect.succeed(Effect.never) })

const startAll = (count: number, child: (n: number) => ChildSpec) =>
  Effect.gen(function* () {
    const supervisor = yield* startSupervisor({ id: "bench", strategy: "dynamic" })
    for (let n = 0; n < count; n++) yield* supervisor.startChild(child(n))
    if (supervisor.count().active !== count) throw new Error("not all of them run")
    return supervisor
  })

/** Microseconds of each actor, started and stopped. */
const startAndStop = (count: number): Promise<number> =>
  Effect.gen(function* () {
    const started = performance.now()
    const supervisor = yield* startAll(count, idle)
    yield* supervisor.stop
    return ((performance.now() - started) / count) * 1000
  }).pipe(Effect.scoped, Effect.runPromise)

/** What is let go of in one turn is gone by the next. */
const heapNow = async (): Promise<number> => {
  if (gc === undefined) throw new Error("needs node --expose-gc")
  for (let turn = 0; turn < 3; turn++) {
    await setImmediate()
    gc()
  }
  return process.memoryUsage().heapUsed
}

const many = 10_000

/** Bytes of the heap that each of so many keeps while it does nothing. */
const bytesOf = (hold: Effect.Effect<unknown, unknown, Scope.Scope>): Promise<number> =>
  Effect.gen(function* () {
    const before = yield* Effect.promise(heapNow)
    const held = yield* hold
    const bytes = ((yield* Effect.promise(heapNow)) - before) / many
    if (held === undefined) throw new Error("nothing is held")
    return bytes
  }).pipe(Effect.scoped, Effect.runPromise)

const held = {
  all: startAll(many, idle),
  supervised: startAll(many, bare),
  alone: Effect.forEach(Array.from({ length: many }), () => Effect.forkScoped(Effect.never))
}

const memory = async (): Promise<ReadonlyArray<Figure>> => {
  const middle = async (hold: (typeof held)[keyof typeof held]) => {
    const samples: Array<number> = []
    for (let sample = 0; sample < 5; sample++) samples.push(await bytesOf(hold))
    return median(samples)
  }
  return [
    { what: "idle actor, all in", unit: "bytes", ours: await middle(held.all) },
    {
      what: "idle child beside its fiber",
      unit: "bytes",
      ours: await middle(held.supervised),
      floor: await middle(held.alone),
      aim: { of: "difference", most: 1024 }
    }
  ]
}

export const figures = async (runs: number): Promise<ReadonlyArray<Figure>> => {
  await startAndStop(1000)
  const [ten, one]: [Array<number>, Array<number>] = [[], []]
  for (let run = 0; run < runs; run++) {
    one.push(await startAndStop(1000))
    ten.push(await startAndStop(many))
  }
  const times: Figure = {
    what: "start and stop, each of 10,000, of 1,000",
    unit: "µs",
    ours: median(ten),
    floor: median(one),
    // Linear, with room for what a larger heap costs the collector.
    aim: { of: "ratio", most: 1.5 }
  }
  return [times, ...(await memory())]
}
