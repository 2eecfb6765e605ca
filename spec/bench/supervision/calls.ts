/** What a place adds to a healthy call, and what an actor costs that is asked. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import type { Readable, Writable } from "node:stream"
import * as Effect from "effect/Effect"
import type { Place } from "../../../actors/hosts/host.ts"
import { actorChild, makeActor } from "../../../actors/kernel/actor.ts"
import { startSupervisor } from "../../../actors/kernel/supervisor.ts"
import { contextWith, openFixture, openHousehold } from "../../actors/hosts/containment-place.ts"
import { double } from "../../actors/hosts/healthy.ts"
import type { Figure } from "../bench.ts"
import { awaited, latencyFigures, type Spread, spreadOf, yielded } from "./samples.ts"

/** What may be added, in microseconds; the worker's is told without an aim. */
const aims: Readonly<Record<Place, Spread | undefined>> = {
  in_process: { p50: 8, p99: 30 },
  worker: undefined,
  child: { p50: 60, p99: 180 }
}

const calls = 5000
const context = contextWith(new AbortController().signal)

const inPlace = async (place: Place, runs: number, floor: Spread): Promise<ReadonlyArray<Figure>> => {
  const household = await openHousehold(false)
  const { host } = await openFixture("healthy", place, household)
  const tool = host.plugin.tools?.find(({ name }) => name === double.name)
  if (tool === undefined) throw new Error(`${double.name} is gone`)
  const ours = await spreadOf(
    awaited((n) => tool.execute({ n }, context)),
    { runs, calls }
  )
  await household.close()
  const most = aims[place]
  return latencyFigures(`call, ${place.replace("_", " ")}`, ours, {
    floor,
    ...(most === undefined ? {} : { aims: most })
  })
}

/** What any child costs: two pipes, one line each way. How long an idle core takes to wake is most of it. */
const throughPipes = async (runs: number): Promise<ReadonlyArray<Figure>> => {
  const echo = spawn(process.execPath, [join(import.meta.dirname, "echo.mjs")], {
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"]
  })
  const [, , , orders, answers] = echo.stdio as [null, null, null, Writable, Readable]
  const ask = async (n: number) => {
    orders.write(`${JSON.stringify({ n })}\n`)
    const [answer] = (await once(answers, "data")) as [Buffer]
    if (JSON.parse(answer.toString()).data !== n * 2) throw new Error("the echo is wrong")
  }
  const ours = await spreadOf(awaited(ask), { runs, calls })
  echo.kill()
  return latencyFigures("bare line to a process", ours)
}

/** From within a fiber, as actors ask each other, and from outside, as a promise. */
const asked = (runs: number): Promise<ReadonlyArray<Figure>> =>
  Effect.gen(function* () {
    const echo = makeActor<number, number, null>("echo", {
      init: () => Effect.succeed(null),
      handle: (n) => Effect.succeed({ reply: n * 2, state: null })
    })
    yield* startSupervisor({ id: "bench", children: [actorChild(echo)] })
    const { ask } = echo.ref
    const batches = { "a fiber": yielded(ask), "a promise": awaited((n) => Effect.runPromise(ask(n))) }
    const figures: Array<Figure> = []
    for (const [from, batch] of Object.entries(batches)) {
      const spread = yield* Effect.promise(() => spreadOf(batch, { runs, calls }))
      figures.push(...latencyFigures(`ask from ${from}`, spread))
    }
    return figures
  }).pipe(Effect.scoped, Effect.runPromise)

export const figures = async (runs: number): Promise<ReadonlyArray<Figure>> => {
  const floor = await spreadOf(
    awaited((n) => double.execute({ n }, context)),
    { runs, calls }
  )
  const places: Array<Figure> = []
  for (const place of ["in_process", "worker", "child"] as const) places.push(...(await inPlace(place, runs, floor)))
  return [...places, ...(await throughPipes(runs)), ...(await asked(runs))]
}
