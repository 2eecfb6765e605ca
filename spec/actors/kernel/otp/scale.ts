/** That a hundred times the children are a hundred times the work, in processor time of this thread and not by the clock. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ChildSpec } from "../../../../actors/kernel/child.ts"
import type { SupervisorSpec } from "../../../../actors/kernel/supervisor.ts"
import type { Otp } from "./case.ts"
import { supervise } from "./stage.ts"

/** OTP allows ten on the clock; processor time is steadier, and a scan of all children for each shows below ten. */
const tolerance = 5

/** The milliseconds of processor time that an effect uses. */
const workOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const before = process.threadCpuUsage()
    yield* effect
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  })

/** Starts so many children under each of so many supervisors, then stops each of them. */
const play = (supervisors: number, count: number, spec: Partial<SupervisorSpec>, more: Partial<ChildSpec>) =>
  Effect.gen(function* () {
    const start = Effect.succeed(Effect.never)
    const children = Array.from({ length: count }, (_, index) => ({ id: `c${index}`, start, shutdown: 1000, ...more }))
    const all = yield* Effect.replicateEffect(supervise(spec), supervisors)
    const active = () => all.reduce((sum, supervisor) => sum + supervisor.count().active, 0)
    const forEachChild = (
      act: (supervisor: (typeof all)[number], child: ChildSpec) => Effect.Effect<unknown, unknown>
    ) => workOf(Effect.forEach(all, (each) => Effect.forEach(children, (child) => act(each, child)), { discard: true }))
    const starting = yield* forEachChild(({ startChild }, child) => startChild(child))
    expect(active()).toBe(supervisors * count)
    const stopping = yield* forEachChild(({ stopChild }, { id }) => stopChild(id))
    expect(active()).toBe(0)
    return { starting, stopping }
  }).pipe(Effect.scoped)

/** As many children, a hundred times a hundred or all under one supervisor. */
const expectLinear = (spec: Partial<SupervisorSpec>, more: Partial<ChildSpec>) =>
  Effect.gen(function* () {
    yield* play(10, 100, spec, more)
    const small = yield* play(100, 100, spec, more)
    const large = yield* play(1, 10_000, spec, more)
    expect(large.starting).toBeLessThan(small.starting * tolerance)
    expect(large.stopping).toBeLessThan(small.stopping * tolerance)
  })

export const scale = (it: Otp<"admin and misc">) => {
  it.effect(
    "scale_start_stop_many_children",
    "a hundred times the children cost a hundred times the work, not more",
    () => expectLinear({}, {})
  )

  it.effect(
    "simple_one_for_one_scale_many_temporary_children",
    "a hundred times the temporary dynamic children cost a hundred times the work, not more",
    () => expectLinear({ strategy: "dynamic" }, { restart: "temporary" })
  )
}
