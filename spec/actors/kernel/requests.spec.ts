/** What may be asked of a running supervisor, also while a child hangs, and what a hot change is. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { startSupervisor } from "../../../actors/kernel/supervisor.ts"
import { puppets, refusalOf, settle, states, viewOf } from "./puppet.ts"

describe("while a child hangs in its start", () => {
  it.effect("all others may be started, stopped, restarted and deleted, and it itself stopped", () =>
    Effect.gen(function* () {
      for (const strategy of ["one_for_one", "one_for_all", "rest_for_one", "dynamic"] as const) {
        const { puppet } = puppets()
        const [a, b, c] = [puppet("a"), puppet("b"), puppet("c")]
        const supervisor = yield* startSupervisor({ id: "s", strategy, backoff: { base: 0 } })
        for (const { spec } of [a, b]) yield* supervisor.startChild(spec)
        a.starts.push(Effect.never)
        a.fail()
        yield* settle
        expect(viewOf(supervisor, "a")?.state).toBe("restarting")
        expect(yield* supervisor.startChild(c.spec)).toBe("started")
        yield* supervisor.stopChild("b")
        yield* supervisor.restartChild("b")
        yield* supervisor.stopChild("b")
        yield* supervisor.deleteChild("b")
        expect(yield* refusalOf(supervisor.restartChild("a"))).toBe("restarting")
        expect(yield* refusalOf(supervisor.deleteChild("a"))).toBe("restarting")
        expect(states(supervisor.children())).toEqual(["a restarting", "c running"])
        yield* supervisor.stopChild("a")
        expect(states(supervisor.children())).toEqual(["a ended", "c running"])
        expect(yield* supervisor.restartChild("a")).toBe("started")
        yield* supervisor.stop
      }
    })
  )

  it.effect("its group goes on with the others when it is stopped", () =>
    Effect.gen(function* () {
      const { puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b")]
      const children = [a.spec, b.spec]
      const supervisor = yield* startSupervisor({ id: "s", strategy: "one_for_all", backoff: { base: 0 }, children })
      a.starts.push(Effect.never)
      b.fail()
      yield* settle
      expect(states(supervisor.children())).toEqual(["a restarting", "b restarting"])
      yield* supervisor.stopChild("a")
      yield* settle
      expect(states(supervisor.children())).toEqual(["a ended", "b running"])
    })
  )

  it.effect("a loop of restarts leaves room for others, and ends when asked to", () =>
    Effect.gen(function* () {
      const { puppet } = puppets()
      const budget = { max: 1_000_000, seconds: 1 }
      const supervisor = yield* startSupervisor({ id: "s", budget, backoff: { base: 0 } })
      yield* supervisor.startChild({ id: "loop", start: Effect.succeed(Effect.fail("boom")) })
      yield* settle
      expect(viewOf(supervisor, "loop")?.restarts).toBeGreaterThan(10)
      expect(yield* supervisor.startChild(puppet("a").spec)).toBe("started")
      yield* supervisor.stopChild("loop")
      const after = viewOf(supervisor, "loop")
      yield* settle
      expect([viewOf(supervisor, "loop"), after?.state]).toEqual([after, "ended"])
    })
  )
})

describe("a hot change", () => {
  it.effect("leaves what runs as it is until its next start, to its last word", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const [old, next] = [puppet("a", { facts: () => ({ pid: 1 }) }), puppet("a", { facts: () => ({ pid: 2 }) })]
      const said = (word: string) => ({ onEnd: () => void log.push(word) })
      const supervisor = yield* startSupervisor({ id: "s", children: [{ ...old.spec, ...said("old") }] })
      yield* supervisor.change({ children: [{ ...next.spec, ...said("new") }] })
      expect(viewOf(supervisor, "a")).toMatchObject({ state: "running", facts: { pid: 1 } })
      yield* supervisor.stopChild("a")
      yield* supervisor.restartChild("a")
      expect(viewOf(supervisor, "a")?.facts).toEqual({ pid: 2 })
      yield* supervisor.stopChild("a")
      expect(log).toEqual(["+a", "-a", "~a", "old", "+a", "-a", "~a", "new"])
      expect([old.lives(), next.lives()]).toEqual([1, 1])
    })
  )

  it.effect("is all or nothing, and new children wait for restartChild", () =>
    Effect.gen(function* () {
      const { puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b")]
      const supervisor = yield* startSupervisor({ id: "s", budget: { max: 0, seconds: 1 }, children: [a.spec] })
      const wrong = {
        budget: { max: 9, seconds: 1 },
        children: [
          { ...a.spec, shutdown: 1 },
          { ...b.spec, id: "?" }
        ]
      }
      expect(yield* refusalOf(supervisor.change(wrong))).toBe("bad_spec")
      expect(supervisor.childSpec("a")).toBe(a.spec)
      yield* supervisor.change({ budget: { max: 1, seconds: 1 }, children: [b.spec] })
      expect(states(supervisor.children())).toEqual(["a running", "b ended"])
      expect(yield* supervisor.restartChild("b")).toBe("started")
      a.fail()
      yield* settle
      expect(states(supervisor.children())).toEqual(["a running", "b running"])
    })
  )
})
