/** What is refused in specs, and what is not. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ChildSpec } from "../../../../actors/kernel/child.ts"
import { startSupervisor, type SupervisorSpec } from "../../../../actors/kernel/supervisor.ts"
import type { Otp } from "./case.ts"
import { counts, endOf, refusal, states, supervise, unchecked } from "./stage.ts"
import { restarts } from "./stop.ts"

export const badSpecs = (it: Otp<"admin and misc">) => {
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
}

/** Without the parts that are not given. */
const given = <T extends object>(parts: T): Partial<T> =>
  unchecked(Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)))
