/** Child specs as data: their defaults, and what is wrong with them. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { startSupervisor, supervisorChild } from "../../../../actors/kernel/supervisor.ts"
import { group } from "./case.ts"
import { refusal, settled, states, supervise, timeOf, unchecked } from "./stage.ts"

export const mapSpecs = group("map specs", (it) => {
  it.effect(
    "sup_start_map",
    "a spec of id and start alone is a permanent worker with five seconds to stop in, a supervisor has all the time",
    ({ worker }) =>
      Effect.gen(function* () {
        const plain = worker("a", { obedience: "refuses" })
        const killed = worker("b", { shutdown: "kill", obedience: { lingers: 1 } })
        const inner = worker("inner", { shutdown: 60_000, obedience: { lingers: 50_000 } })
        const nested = supervisorChild({ id: "c", children: [inner.spec] })
        const supervisor = yield* supervise({ children: [plain.spec, killed.spec, nested] })
        expect(supervisor.children().map(({ id, kind }) => [id, kind])).toEqual([
          ["a", "worker"],
          ["b", "worker"],
          ["c", "supervisor"]
        ])
        for (const spec of [plain.spec, killed.spec, nested]) expect(supervisor.childSpec(spec.id)).toMatchObject(spec)
        expect(supervisor.childSpec("d")).toBeUndefined()
        yield* killed.end
        expect(killed.lives()).toBe(2)
        expect(yield* timeOf(supervisor.stopChild("a"))).toBe(5000)
        expect(yield* timeOf(supervisor.stopChild("b"))).toBe(0)
        expect(yield* timeOf(supervisor.stopChild("c"))).toBe(50_000)
      })
  )

  it.effect("sup_start_map_simple", "each dynamic child's spec can be read, nobody else's", ({ worker }) =>
    Effect.gen(function* () {
      const supervisor = yield* supervise({ strategy: "dynamic" })
      const children = ["a", "b", "c"].map((id) => worker(id, { restart: "temporary" }))
      for (const { spec } of children) yield* supervisor.startChild(spec)
      for (const { id, spec } of children) expect(supervisor.childSpec(id)).toMatchObject(spec)
      expect(supervisor.childSpec("sup")).toBeUndefined()
      yield* supervisor.stop
      expect(children.map(({ reasons }) => reasons)).toEqual(children.map(() => [{ kind: "shutdown" }]))
    })
  )

  it.effect(
    "sup_start_map_faulty_specs",
    "a spec without id or start, or no spec at all, refuses the whole supervisor; an unknown word in it does not",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const { id, start, ...rest } = worker("b").spec
        const first = worker("a").spec
        for (const wrong of [{ start }, { id }, { ...rest }, "child", undefined, null]) {
          const refused = yield* Effect.flip(startSupervisor({ id: "sup", children: [first, unchecked(wrong)] }))
          expect(refused.kind).toBe("bad_spec")
          expect(refused.message).not.toBe("")
        }
        expect(log).toEqual([])
        expect(yield* refusal(startSupervisor({ id: "sup", children: [first, { ...first }] }))).toBe("bad_spec")
        const supervisor = yield* supervise({ children: [unchecked({ ...first, silly: true })] })
        yield* settled
        expect(states(supervisor)).toEqual(["a running"])
      })
  )
})
