/** What can be asked of a supervisor while it runs, and the answers to wrong questions. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Refused } from "../../../../actors/kernel/supervisor.ts"
import type { Otp } from "./case.ts"
import { after, counts, endOf, refusal, states, supervise } from "./stage.ts"

const failed = (id: string) => ({ kind: "failed", error: new Error(`${id} failed`) })

type Asked = Effect.Effect<unknown, Refused>

export const admin = (it: Otp<"admin and misc">) => {
  it.effect(
    "child_adm",
    "start, stop, restart and delete by id: each right question works, each wrong one has its answer",
    ({ worker }) =>
      Effect.gen(function* () {
        const child = worker("a")
        const supervisor = yield* supervise({ children: [child.spec] })
        expect(states(supervisor)).toEqual(["a running"])
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
        expect(yield* refusal(supervisor.startChild(child.spec))).toBe("already_started")

        expect(yield* refusal(supervisor.stopChild("b"))).toBe("not_found")
        yield* supervisor.stopChild("a")
        expect(child.reasons).toEqual([{ kind: "shutdown" }])
        expect(states(supervisor)).toEqual(["a ended"])
        expect(counts(supervisor)).toEqual([1, 0, 0, 1])
        yield* supervisor.stopChild("a")
        expect(yield* refusal(supervisor.startChild(child.spec))).toBe("already_present")

        expect(yield* supervisor.restartChild("a")).toBe("started")
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
        expect(yield* refusal(supervisor.restartChild("a"))).toBe("running")
        expect(yield* refusal(supervisor.restartChild("b"))).toBe("not_found")

        expect(yield* refusal(supervisor.deleteChild("a"))).toBe("running")
        expect(yield* refusal(supervisor.deleteChild("b"))).toBe("not_found")
        yield* supervisor.stopChild("a")
        yield* supervisor.deleteChild("a")
        expect(yield* refusal(supervisor.restartChild("a"))).toBe("not_found")
        expect(states(supervisor)).toEqual([])
        expect(counts(supervisor)).toEqual([0, 0, 0, 0])

        expect(yield* supervisor.startChild(child.spec)).toBe("started")
        expect(states(supervisor)).toEqual(["a running"])
        expect(child.lives()).toBe(3)

        yield* supervisor.stop
        const { startChild, stopChild, restartChild, deleteChild, change } = supervisor
        const late: ReadonlyArray<Asked> = [
          startChild(child.spec),
          stopChild("a"),
          restartChild("a"),
          deleteChild("a"),
          change({})
        ]
        for (const asked of late) {
          expect(yield* refusal(asked)).toBe("ended")
        }
        expect(child.lives()).toBe(3)
      })
  )

  it.effect(
    "child_adm_simple",
    "dynamic children are told apart by id: one is stopped, the other goes on",
    ({ worker }) =>
      Effect.gen(function* () {
        const manner = { restart: "temporary" } as const
        const [a, b] = [worker("a", manner), worker("b", manner)]
        const supervisor = yield* supervise({ strategy: "dynamic" })
        expect(states(supervisor)).toEqual([])
        expect(counts(supervisor)).toEqual([0, 0, 0, 0])
        yield* supervisor.startChild(a.spec)
        expect(states(supervisor)).toEqual(["a running"])
        yield* supervisor.startChild(b.spec)
        expect(states(supervisor)).toEqual(["a running", "b running"])
        expect(counts(supervisor)).toEqual([2, 2, 0, 2])
        expect(yield* refusal(supervisor.startChild(b.spec))).toBe("already_started")
        expect(yield* refusal(supervisor.stopChild("c"))).toBe("not_found")
        expect(yield* refusal(supervisor.restartChild("b"))).toBe("running")
        expect(yield* refusal(supervisor.deleteChild("b"))).toBe("running")
        yield* supervisor.stopChild("a")
        expect([a.isAlive(), b.isAlive()]).toEqual([false, true])
        expect(states(supervisor)).toEqual(["b running"])
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
        const gone: ReadonlyArray<Asked> = [supervisor.restartChild("a"), supervisor.deleteChild("a")]
        for (const asked of gone) {
          expect(yield* refusal(asked)).toBe("not_found")
        }
      })
  )

  it.effect(
    "extra_return",
    "what a life comes to besides its end is nobody's business: it is started and restarted as any other",
    () =>
      Effect.gen(function* () {
        let starts = 0
        let end = (_value: unknown): void => undefined
        const life = Effect.callback((resume) => {
          end = (value) => resume(Effect.succeed(value))
        })
        const start = Effect.sync(() => {
          starts++
          return life
        })
        const supervisor = yield* supervise({ children: [{ id: "a", start }] })
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
        yield* supervisor.stopChild("a")
        expect(counts(supervisor)).toEqual([1, 0, 0, 1])
        expect(yield* supervisor.restartChild("a")).toBe("started")
        yield* supervisor.stopChild("a")
        yield* supervisor.stopChild("a")
        yield* supervisor.deleteChild("a")
        expect(counts(supervisor)).toEqual([0, 0, 0, 0])
        expect(yield* supervisor.startChild({ id: "a", start })).toBe("started")
        for (const extra of [new Error("a value, not a failure"), { kind: "failed" }]) {
          yield* after(0)
          end(extra)
          yield* after(0)
          expect(supervisor.children()).toMatchObject([{ id: "a", state: "running" }])
        }
        expect(starts).toBe(5)
        expect(supervisor.children()[0]?.lastFailure?.reason.kind).not.toBe("failed")
      })
  )

  it.effect(
    "multiple_restarts",
    "restarts that stay within the budget go on for ever; the window moves with time",
    ({ worker }) =>
      Effect.gen(function* () {
        const child = worker("a", { shutdown: "kill" })
        const supervisor = yield* supervise({ budget: { max: 1, seconds: 1 }, children: [child.spec] })
        yield* child.fail
        for (const lives of [3, 4, 5]) {
          yield* after(2100)
          yield* child.fail
          expect(child.lives()).toBe(lives)
        }
        yield* after(1001)
        yield* child.fail
        expect(child.lives()).toBe(6)
        expect(states(supervisor)).toEqual(["a running"])
        yield* after(999)
        yield* child.fail
        const causes = [failed("a"), failed("a")].map((reason) => ({ child: "a", reason }))
        expect(yield* endOf(supervisor)).toMatchObject({ kind: "exhausted", causes })
        expect(child.lives()).toBe(6)
      })
  )

  it.effect(
    "already_started_outside_supervisor",
    "a child that finds its place taken from outside is told with its own error; the one outside is left alone",
    ({ worker }) =>
      Effect.gen(function* () {
        const outside = { owner: "somebody else" }
        const taken = { _tag: "Taken", by: outside }
        const supervisor = yield* supervise()
        const start = Effect.suspend(() => Effect.fail(taken))
        const refused = yield* Effect.flip(supervisor.startChild({ ...worker("a").spec, start }))
        expect(refused).toMatchObject({ kind: "start_failed", reason: { kind: "start_failed" } })
        expect(refused.reason?.kind === "start_failed" && refused.reason.error).toBe(taken)
        expect(outside).toEqual({ owner: "somebody else" })
        expect(states(supervisor)).toEqual([])
        yield* supervisor.stop
        expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
      })
  )

  it.effect(
    "which_children",
    "children are listed in start order with what they are and do, until they are deleted",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise()
        const ids = () => supervisor.children().map(({ id, kind, state }) => [id, kind, state])
        expect(ids()).toEqual([])
        expect(supervisor.childSpec("x")).toBeUndefined()
        const [b, a] = [worker("b"), worker("a", { kind: "tool" })]
        yield* supervisor.startChild(b.spec)
        expect(ids()).toEqual([["b", "worker", "running"]])
        yield* after(50)
        yield* supervisor.startChild(a.spec)
        expect(ids()).toEqual([
          ["b", "worker", "running"],
          ["a", "tool", "running"]
        ])
        expect(supervisor.children().map(({ since }) => since)).toEqual([0, 50])
        yield* supervisor.stopChild("b")
        expect(ids()).toEqual([
          ["b", "worker", "ended"],
          ["a", "tool", "running"]
        ])
        expect(supervisor.childSpec("b")).toMatchObject({ id: "b" })
        yield* supervisor.deleteChild("b")
        expect(ids()).toEqual([["a", "tool", "running"]])
        expect(supervisor.childSpec("b")).toBeUndefined()
        expect(supervisor.childSpec("x")).toBeUndefined()
      })
  )

  it.effect(
    "which_children_simple_one_for_one",
    "temporary dynamic children are listed as long as they run",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise({ strategy: "dynamic" })
        expect(states(supervisor)).toEqual([])
        const [b, a] = [worker("b", { restart: "temporary" }), worker("a", { restart: "temporary" })]
        yield* supervisor.startChild(b.spec)
        expect(states(supervisor)).toEqual(["b running"])
        yield* supervisor.startChild(a.spec)
        expect(states(supervisor)).toEqual(["b running", "a running"])
        yield* supervisor.stopChild("b")
        expect(states(supervisor)).toEqual(["a running"])
        expect(supervisor.childSpec("b")).toBeUndefined()
        expect(supervisor.childSpec("a")).toMatchObject({ id: "a" })
      })
  )
}
