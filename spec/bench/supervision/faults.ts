/** How long a fault in a child process is felt: until its caller knows, and until the plugin works again. */
import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { HostFault } from "../../../actors/hosts/host.ts"
import { type Household, type Opened, openFixture, openHousehold } from "../../actors/hosts/containment-place.ts"
import type { Fault } from "../../actors/hosts/fault-names.ts"
import { type Figure, median } from "../bench.ts"
import { percentile, timed } from "./samples.ts"

/** Milliseconds until the caller of a fault has its failure. @throws when it gets anything else. */
const felt = async ({ call }: Opened, fault: Fault, deadline = 10_000): Promise<number> => {
  const started = performance.now()
  const ending = await call(fault, {}, deadline)
  const took = performance.now() - started
  if (ending.how !== "failed") throw new Error(`${fault}: expected a failure, it was ${ending.how}`)
  if (ending.error instanceof HostFault === (fault === "throw" || fault === "infinite_loop")) throw ending.error
  return took
}

const works = async ({ call }: Opened): Promise<void> => {
  const ending = await call("work", { n: 21 })
  if (ending.how !== "answered" || ending.answer.data !== 42) throw new Error("the plugin does not work")
}

const repeat = async <A>(times: number, run: () => Promise<A>): Promise<ReadonlyArray<A>> => {
  const results: Array<A> = []
  for (let time = 0; time < times; time++) results.push(await run())
  return results
}

/** In a plugin that has just been opened, and has answered once. */
const once = async <A>(run: (opened: Opened) => Promise<A>): Promise<A> => {
  const household = await openHousehold(false)
  try {
    const opened = await openFixture("faulty", "child", household)
    await works(opened)
    return await run(opened)
  } finally {
    await household.close()
  }
}

/** Milliseconds until a spinning call is aborted. */
const deadline = 100

/** Milliseconds beyond the deadline until the caller has its failure, and until the spinning process is gone. */
const hanging = async (opened: Opened) => {
  const told = (await felt(opened, "infinite_loop", deadline)) - deadline
  const toldAt = performance.now()
  await Effect.runPromiseExit(opened.host.ended)
  return { told, gone: told + performance.now() - toldAt }
}

const containing = async (runs: number): Promise<ReadonlyArray<Figure>> => {
  const throws = await once(async (opened) => median(await repeat(runs * 100, () => felt(opened, "throw"))))
  const exits = await repeat(runs * 2, () => once((opened) => felt(opened, "process_exit")))
  const hangs = await repeat(runs, () => once(hanging))
  const heaps = await repeat(runs, () => once((opened) => felt(opened, "heap_exhaustion")))
  const figure = (what: string, ours: number, most: number): Figure => ({
    what,
    unit: "ms",
    ours,
    aim: { of: "value", most }
  })
  return [
    figure("throw contained", throws, 1),
    figure("exit contained", median(exits), 25),
    figure("hang contained, beyond its deadline", median(hangs.map(({ told }) => told)), 20),
    { what: "hung process gone, beyond the deadline", unit: "ms", ours: median(hangs.map(({ gone }) => gone)) },
    figure("64 MiB heap exhausted, contained", median(heaps), 1200)
  ]
}

/** Milliseconds from the moment that the caller knows until the plugin, opened anew, has answered. */
const recovery = async (household: Household, rest: number): Promise<number> => {
  const broken = await openFixture("faulty", "child", household)
  await works(broken)
  await sleep(rest)
  await felt(broken, "process_exit")
  const started = performance.now()
  const next = await openFixture("faulty", "child", household)
  await works(next)
  const took = performance.now() - started
  await Promise.all([broken.close(), next.close()])
  return took
}

const recovering = async (isWarm: boolean, runs: number): Promise<number> => {
  // Time for a spare to start before it is needed, however slow the machine is today.
  const rest = isWarm ? 300 + 3 * (await timed(() => once(works))) : 0
  const household = await openHousehold(isWarm)
  const times = await repeat(runs * 4, () => recovery(household, rest))
  await household.close()
  return percentile(times, 0.95)
}

export const figures = async (runs: number): Promise<ReadonlyArray<Figure>> => [
  ...(await containing(runs)),
  { what: "warm recovery, p95", unit: "ms", ours: await recovering(true, runs), aim: { of: "value", most: 10 } },
  { what: "cold recovery, p95", unit: "ms", ours: await recovering(false, runs), aim: { of: "value", most: 150 } }
]
