/** Changes of mode and of significance under running children. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Supervisor, SupervisorSpec } from "../../../../actors/kernel/supervisor.ts"
import type { Otp } from "./case.ts"
import { expectEnded, expectGoesOn, startAll } from "./endings.ts"
import { noBackoff, refusal, states, supervise, type Worker } from "./stage.ts"

const budget = { max: 5, seconds: 3600 }

/** A change of the mode, and of the specs of these children. */
const changeTo = (supervisor: Supervisor, autoShutdown: SupervisorSpec["autoShutdown"], ...children: Array<Worker>) =>
  supervisor.change({ budget, backoff: noBackoff, autoShutdown, children: children.map(({ spec }) => spec) })

export const upgrades = (it: Otp<"significant children">) => {
  const marked = { restart: "transient", significant: true } as const

  it.effect(
    "significant_upgrade_never_any",
    "from never to any: significant children are let in, and the first counts",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", marked), worker("b", marked)]
        const supervisor = yield* supervise({ autoShutdown: "never" })
        expect(yield* refusal(supervisor.startChild(a.spec))).toBe("bad_spec")
        yield* changeTo(supervisor, "any_significant")
        yield* startAll(supervisor, a, b)
        yield* a.end
        yield* expectEnded(supervisor, a, b)
      })
  )

  it.effect(
    "significant_upgrade_never_all",
    "from never to all: significant children are let in, and the last counts",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", marked), worker("b", marked)]
        const supervisor = yield* supervise({ autoShutdown: "never" })
        expect(yield* refusal(supervisor.startChild(a.spec))).toBe("bad_spec")
        yield* changeTo(supervisor, "all_significant")
        yield* startAll(supervisor, a, b)
        yield* a.end
        yield* expectGoesOn(supervisor)
        expect(b.isAlive()).toBe(true)
        yield* b.end
        yield* expectEnded(supervisor, a, b)
      })
  )

  for (const [name, from] of [
    ["significant_upgrade_any_never", "any_significant"],
    ["significant_upgrade_all_never", "all_significant"]
  ] as const) {
    const sentence = `from ${from} to never: who is there goes on and its end counts no more, nobody else is let in`
    it.effect(name, sentence, ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", marked), worker("b", marked)]
        const supervisor = yield* supervise({ autoShutdown: from })
        yield* startAll(supervisor, a)
        yield* changeTo(supervisor, "never")
        expect(a.isAlive()).toBe(true)
        yield* expectGoesOn(supervisor)
        expect(yield* refusal(supervisor.startChild(b.spec))).toBe("bad_spec")
        yield* a.end
        yield* expectGoesOn(supervisor)
        expect(yield* supervisor.restartChild("a")).toBe("started")
        yield* supervisor.stop
        yield* expectEnded(supervisor, a)
      })
    )
  }

  it.effect(
    "significant_upgrade_any_all",
    "from any to all: the first end counts no more, the last does",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", marked), worker("b", marked)]
        const supervisor = yield* supervise({ autoShutdown: "any_significant" })
        yield* startAll(supervisor, a, b)
        yield* changeTo(supervisor, "all_significant")
        expect([a.isAlive(), b.isAlive()]).toEqual([true, true])
        yield* a.end
        yield* expectGoesOn(supervisor)
        expect(b.isAlive()).toBe(true)
        yield* b.end
        yield* expectEnded(supervisor, a, b)
      })
  )

  it.effect("significant_upgrade_all_any", "from all to any: the first end counts", ({ worker }) =>
    Effect.gen(function* () {
      const [a, b] = [worker("a", marked), worker("b", marked)]
      const supervisor = yield* supervise({ autoShutdown: "all_significant" })
      yield* startAll(supervisor, a, b)
      yield* changeTo(supervisor, "any_significant")
      yield* expectGoesOn(supervisor)
      expect([a.isAlive(), b.isAlive()]).toEqual([true, true])
      yield* a.end
      yield* expectEnded(supervisor, a, b)
    })
  )

  it.effect(
    "significant_upgrade_child",
    "a running child becomes significant, or no longer is, where the mode allows it",
    ({ worker }) =>
      Effect.gen(function* () {
        const plain = worker("a", { restart: "transient", significant: false })
        const never = yield* supervise({ autoShutdown: "never", children: [plain.spec] })
        const raised = { ...plain, spec: { ...plain.spec, significant: true } }
        expect(yield* refusal(changeTo(never, "never", raised))).toBe("bad_spec")
        expect(never.childSpec("a")).toMatchObject({ significant: false })
        expect(plain.isAlive()).toBe(true)
        yield* never.stop
        yield* expectEnded(never, plain)

        const up = yield* supervise({ autoShutdown: "any_significant", children: [plain.spec] })
        yield* changeTo(up, "any_significant", raised)
        expect([plain.isAlive(), plain.lives()]).toEqual([true, 2])
        yield* expectGoesOn(up)
        yield* plain.end
        yield* expectEnded(up, plain)

        const down = yield* supervise({ autoShutdown: "any_significant", children: [raised.spec] })
        yield* changeTo(down, "any_significant", plain)
        expect([plain.isAlive(), plain.lives()]).toEqual([true, 3])
        yield* plain.end
        yield* expectGoesOn(down)
        expect(states(down)).toEqual(["a ended"])
        yield* down.stop
        yield* expectEnded(down, plain)
      })
  )
}
