/** New specs for a supervisor that runs: all of it or nothing, and nobody is disturbed. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Otp } from "./case.ts"
import { endOf, noBackoff, refusal, settled, states, supervise, timeOf, unchecked } from "./stage.ts"

const base = { budget: { max: 5, seconds: 3600 }, backoff: noBackoff }

export const codeChange = (it: Otp<"admin and misc">) => {
  it.effect(
    "code_change",
    "budget and strategy change under running children, a wrong change changes nothing",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a"), worker("b")]
        const supervisor = yield* supervise({ budget: { max: 0, seconds: 1 }, children: [a.spec, b.spec] })
        yield* supervisor.change({ ...base, budget: { max: 1, seconds: 3 } })
        yield* a.fail
        expect(yield* endOf(supervisor)).toBe("goes on")
        expect([a.lives(), b.lives()]).toEqual([2, 1])

        yield* supervisor.change({ ...base, strategy: "one_for_all" })
        expect([a.lives(), b.lives()]).toEqual([2, 1])
        const said = log.splice(0)
        expect(said).toEqual(["+a", "+b", "-a", "+a"])
        yield* b.fail
        expect(log.splice(0)).toEqual(["-b", "-a", "+a", "+b"])

        const wrong: ReadonlyArray<Record<string, unknown>> = [
          { strategy: "one_for_one", children: [{ id: "a", restart: "permanent" }] },
          { strategy: "one_for_one", budget: { max: "many", seconds: 1 } },
          { strategy: "one_for_some" },
          {
            strategy: "one_for_one",
            children: [
              { ...a.spec, restart: "temporary" },
              { ...b.spec, shutdown: -1 }
            ]
          },
          { strategy: "one_for_one", children: [a.spec, b.spec, a.spec] }
        ]
        for (const change of wrong) {
          expect([change, yield* refusal(supervisor.change(unchecked({ ...base, ...change })))]).toEqual([
            change,
            "bad_spec"
          ])
        }
        expect(yield* refusal(supervisor.change(unchecked("nothing")))).toBe("bad_spec")
        expect(supervisor.childSpec("a")).toMatchObject(a.spec)
        yield* a.fail
        expect(log.splice(0)).toEqual(["-a", "-b", "+a", "+b"])
        expect(states(supervisor)).toEqual(["a running", "b running"])
      })
  )

  it.effect(
    "code_change_map",
    "a child's new spec holds from its next start, a new child waits for `restartChild`, who is not named stays",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", { shutdown: 2000, obedience: "refuses" }), worker("b")]
        const supervisor = yield* supervise({ ...base, children: [a.spec, b.spec] })
        const next = worker("a", { shutdown: 1000, obedience: "refuses" })
        yield* supervisor.change({ ...base, children: [next.spec] })
        expect(supervisor.childSpec("a")).toMatchObject({ shutdown: 1000 })
        expect(states(supervisor)).toEqual(["a running", "b running"])
        expect([a.lives(), b.lives(), next.lives()]).toEqual([1, 1, 0])
        yield* a.fail
        expect([a.lives(), b.lives(), next.lives()]).toEqual([1, 1, 1])
        expect(yield* timeOf(supervisor.stopChild("a"))).toBe(1000)
        expect(next.reasons).toEqual([{ kind: "killed" }])

        const c = worker("c")
        yield* supervisor.change({ ...base, children: [c.spec] })
        expect(states(supervisor)).toEqual(["a ended", "b running", "c ended"])
        expect(c.starts).toEqual([])
        expect(yield* supervisor.restartChild("c")).toBe("started")
        expect(states(supervisor)).toEqual(["a ended", "b running", "c running"])
      })
  )

  it.effect("code_change_simple", "a dynamic child's new spec holds from its next start", ({ worker }) =>
    Effect.gen(function* () {
      const [a, b] = [worker("a", { shutdown: "kill" }), worker("b")]
      const supervisor = yield* supervise({ ...base, strategy: "dynamic" })
      for (const { spec } of [a, b]) yield* supervisor.startChild(spec)
      const next = worker("a", { shutdown: 1000 })
      yield* supervisor.change({ ...base, strategy: "dynamic", children: [next.spec] })
      expect([a.isAlive(), b.isAlive()]).toEqual([true, true])
      yield* a.fail
      expect([a.lives(), b.lives(), next.lives()]).toEqual([1, 1, 1])
      expect(supervisor.childSpec("a")).toMatchObject({ shutdown: 1000 })
    })
  )

  it.effect("code_change_simple_map", "a change of dynamic children starts none and takes none away", ({ worker }) =>
    Effect.gen(function* () {
      const [a, b] = [worker("a"), worker("b")]
      const supervisor = yield* supervise({ ...base, strategy: "dynamic" })
      yield* supervisor.startChild(a.spec)
      yield* supervisor.change({ ...base, strategy: "dynamic", children: [] })
      expect(states(supervisor)).toEqual(["a running"])
      // OTP refuses this, having one spec for all; here a new spec waits, as it does under any strategy.
      yield* supervisor.change({ ...base, strategy: "dynamic", children: [b.spec] })
      yield* settled
      expect(states(supervisor)).toEqual(["a running", "b ended"])
      expect([a.lives(), b.starts]).toEqual([1, []])
      const broken = {
        ...base,
        strategy: "dynamic",
        children: [{ ...a.spec, shutdown: 1 }, unchecked({ id: "c" })]
      } as const
      expect(yield* refusal(supervisor.change(unchecked(broken)))).toBe("bad_spec")
      expect(supervisor.childSpec("a")).toMatchObject(a.spec)
      expect(states(supervisor)).toEqual(["a running", "b ended"])
      yield* supervisor.stop
      expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
    })
  )
}
