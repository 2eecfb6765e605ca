/** Supervisors by behaviour, on a virtual clock. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { startSupervisor, supervisorChild } from "../../../actors/kernel/supervisor.ts"

it.effect("smoke", () =>
  Effect.gen(function* () {
    let boom = (): void => {}
    const start = Effect.sync(() => Effect.callback<never, Error>((resume) => void (boom = () => resume(Effect.fail(new Error("boom"))))))
    const sup = yield* startSupervisor({ id: "root", children: [supervisorChild({ id: "inner", children: [{ id: "a", start }] })] })
    expect(sup.children()).toMatchObject([{ state: "running", children: [{ id: "a", state: "running" }] }])
    for (let i = 0; i < 3; i++) {
      boom()
      yield* TestClock.adjust(200)
    }
    expect(sup.children()).toMatchObject([{ state: "running", restarts: 0, children: [{ id: "a", state: "running", restarts: 3 }] }])
    boom()
      yield* TestClock.adjust(200)
    expect(sup.children()).toMatchObject([{ state: "running", restarts: 1, children: [{ id: "a", state: "running", restarts: 0 }] }])
    yield* sup.stop
    expect(yield* sup.ended).toEqual({ kind: "shutdown" })
  })
)
