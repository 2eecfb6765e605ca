/** What can be asked of a supervisor while it runs, and the answers to wrong questions. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ChildSpec } from "../../../../actors/kernel/child.ts"
import type { Refused, SupervisorSpec } from "../../../../actors/kernel/supervisor.ts"
import type { Otp } from "./case.ts"
import { restarts } from "./stop.ts"
import { after, counts, endOf, refusal, startSupervisor, states, supervise, unchecked } from "./stage.ts"

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
    "child_specs",
    "a wrong word or number in a child's spec is refused, each right one is taken",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise()
        const { spec, starts } = worker("a")
        const wrong: ReadonlyArray<Record<string, unknown>> = [
          ...["", "a b", "a/b", "ä", "x".repeat(129), 7, undefined].map((id) => ({ id })),
          ...[undefined, "mfa", () => Effect.never, {}].map((start) => ({ start })),
          ...["prmanent", null, 1].map((restart) => ({ restart })),
          ...[-10, Number.NaN, "brutal", "5000"].map((shutdown) => ({ shutdown })),
          ...[-1, Number.NaN, "kill"].map((startWithin) => ({ startWithin })),
          ...["wrker", 1].map((kind) => ({ kind })),
          ...["maybe", 1].map((significant) => ({ significant }))
        ]
        for (const part of wrong) {
          const broken: ChildSpec = unchecked({ ...spec, ...part })
          expect([part, yield* refusal(supervisor.startChild(broken))]).toEqual([part, "bad_spec"])
          expect([part, yield* refusal(supervise({ children: [broken] }))]).toEqual([part, "bad_spec"])
        }
        expect(starts).toEqual([])
        expect(states(supervisor)).toEqual([])

        const right = restarts.flatMap((restart) =>
          ([0, 1000, "infinity", "kill"] as const).flatMap((shutdown) =>
            (["supervisor", "worker"] as const).map((kind) => ({ restart, shutdown, kind }))
          )
        )
        const children = right.map((part, index) => worker(`c.${index}`, part).spec)
        const full = yield* supervise({ children })
        expect(counts(full)).toEqual([24, 24, 12, 12])
        const [first] = children
        if (first !== undefined) expect(yield* refusal(supervise({ children: [...children, first] }))).toBe("bad_spec")
      })
  )

  it.effect(
    "child_specs_map",
    "significance is refused for permanent children and where nothing would come of it",
    ({ worker }) =>
      Effect.gen(function* () {
        const play = (autoShutdown: SupervisorSpec["autoShutdown"], part: Partial<ChildSpec>) =>
          Effect.gen(function* () {
            const ask = supervise({ ...given({ autoShutdown }), children: [worker("a", given(part)).spec] })
            const answer = yield* Effect.result(Effect.tap(ask, ({ stop }) => stop))
            const isPermanent = part.restart === undefined || part.restart === "permanent"
            const isWrong = part.significant === true && (isPermanent || (autoShutdown ?? "never") === "never")
            expect([autoShutdown, part, Result.isFailure(answer)]).toEqual([autoShutdown, part, isWrong])
            if (Result.isFailure(answer)) expect(answer.failure.kind).toBe("bad_spec")
          })
        for (const autoShutdown of [undefined, "never", "any_significant", "all_significant"] as const)
          for (const restart of [undefined, ...restarts])
            for (const shutdown of [undefined, 0, 1000, "infinity", "kill"] as const)
              for (const kind of [undefined, "supervisor", "worker"] as const)
                for (const significant of [undefined, true, false])
                  yield* play(autoShutdown, { restart, shutdown, kind, significant })
      })
  )

  it.effect("sup_flags", "a wrong word or number in a supervisor's spec is refused; an unknown word is not", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<Record<string, unknown>> = [
        { strategy: "none_for_one" },
        { strategy: null },
        ...[-1, 0.5, Number.NaN, "infinity", undefined].map((max) => ({ budget: { max, seconds: 3600 } })),
        ...[0, -1, Number.NaN, Infinity, "infinity"].map((seconds) => ({ budget: { max: 2, seconds } })),
        { budget: 3 },
        { autoShutdown: "sometimes" },
        { exceeded: "panic" },
        { backoff: { base: -1, cap: 10, quiet: 10 } },
        { backoff: { base: 1, cap: Number.NaN, quiet: 10 } },
        { backoff: "none" }
      ]
      for (const flags of wrong) {
        const answer = yield* refusal(startSupervisor(unchecked({ id: "sup", ...flags })))
        expect([flags, answer]).toEqual([flags, "bad_spec"])
      }
      const supervisor = yield* startSupervisor(unchecked({ id: "sup", silly: true }))
      expect(yield* endOf(supervisor)).toBe("goes on")
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

/** Without the parts that are not given. */
const given = <T extends object>(parts: T): Partial<T> =>
  unchecked(Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)))
