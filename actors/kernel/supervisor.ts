/** The supervisor: starts children in order, restarts them within a budget, stops them in reverse, and escalates. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { supervisorProblem } from "./child-spec.ts"
import type { ChildSpec, Life } from "./child.ts"
import { Ending, explain, type Reason, Shutdown } from "./reason.ts"
import { change, deleteChild, outcomeOf, restartChild, startChild, stopNamed } from "./requests.ts"
import { begin, ended, shutDown, started } from "./restarts.ts"
import { addChild, countOf, isOpen, makeSupervision, type Supervision, supervisors, viewOf } from "./supervision.ts"
import { Refused, type Supervisor, type SupervisorSpec } from "./supervisor-spec.ts"

export * from "./supervisor-spec.ts"
export { observer, treePath } from "./supervision.ts"

/** Starts it and its children; closing the scope stops them. Refused when the spec is wrong or a child cannot start. */
export const startSupervisor = (spec: SupervisorSpec): Effect.Effect<Supervisor, Refused, Scope.Scope> =>
  Effect.gen(function* () {
    const problem = supervisorProblem(spec)
    if (problem !== undefined) return yield* new Refused({ kind: "bad_spec", message: problem })
    const supervision = makeSupervision(yield* Effect.context<never>(), spec, { started, ended })
    const stop = stopOf(supervision)
    yield* Effect.addFinalizer(() => stop)
    yield* Effect.onError(open(supervision, spec.children ?? []), () => stop)
    return handle(supervision, stop)
  })

/**
 * A supervisor as a child of another: it ends as its own end says, and its children are in its parent's views. `opened` is
 * called each time it has started, with the supervisor that now lives.
 */
export const supervisorChild = (
  spec: SupervisorSpec,
  more: Partial<Omit<ChildSpec, "start">> = {},
  opened?: (supervisor: Supervisor) => void
): ChildSpec => {
  const id = more.id ?? spec.id
  const start = Effect.map(startSupervisor({ ...spec, id }), (supervisor) => {
    const life: Life = Effect.flatMap(supervisor.ended, (reason) =>
      Effect.fail(reason.kind === "shutdown" ? new Shutdown() : new Ending(reason))
    )
    supervisors.set(life, supervisor)
    opened?.(supervisor)
    return life
  })
  return { kind: "supervisor", shutdown: "infinity", startWithin: "infinity", ...more, id, start }
}

const stopOf = (supervision: Supervision): Effect.Effect<void> =>
  Effect.suspend(() => {
    shutDown(supervision, { kind: "shutdown" })
    return Effect.asVoid(Deferred.await(supervision.ended))
  })

const open = (supervision: Supervision, children: ReadonlyArray<ChildSpec>): Effect.Effect<void, Refused> =>
  Effect.gen(function* () {
    for (const spec of children) {
      const child = addChild(supervision, spec, false)
      const outcome = yield* begin(supervision, child, "starting").started
      // A child before it may have ended the supervisor meanwhile.
      if (!isOpen(supervision)) return yield* refusedAs(supervision, yield* Deferred.await(supervision.ended))
      yield* outcomeOf(supervision, spec.id, outcome)
    }
    supervision.phase = "running"
    for (const next of supervision.postponed.splice(0)) next()
  })

const refusedAs = ({ id }: Supervision, reason: Reason): Refused =>
  new Refused({ kind: "start_failed", message: `supervisor ${id} ended while it started: ${explain(reason)}`, reason })

const handle = (supervision: Supervision, stop: Effect.Effect<void>): Supervisor => ({
  id: supervision.id,
  startChild: (spec) => startChild(supervision, spec),
  stopChild: (id) => stopNamed(supervision, id),
  restartChild: (id) => restartChild(supervision, id),
  deleteChild: (id) => deleteChild(supervision, id),
  children: () => [...supervision.children.values()].map((child) => viewOf(supervision, child)),
  childSpec: (id) => supervision.children.get(id)?.spec,
  count: () => countOf(supervision),
  change: (spec) => change(supervision, spec),
  ended: Deferred.await(supervision.ended),
  stop
})
