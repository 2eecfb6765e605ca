/** What may be asked of a running supervisor; none of it waits for a child that is not meant. */
import * as Effect from "effect/Effect"
import { childProblem, settingsProblem } from "./child-spec.ts"
import type { Outcome, Run } from "./child-run.ts"
import type { ChildSpec } from "./child.ts"
import { explain } from "./reason.ts"
import { begin, stopChild } from "./restarts.ts"
import { addChild, type Child, enter, isOpen, settingsOf, type Supervision } from "./supervision.ts"
import { Refused, type RefusedKind, type SupervisorSpec } from "./supervisor-spec.ts"

const refuse = (kind: RefusedKind, message: string): Effect.Effect<never, Refused> =>
  Effect.fail(new Refused({ kind, message }))

/** The answer to whoever asked for a start. */
export const outcomeOf = (
  supervision: Supervision,
  id: string,
  outcome: Outcome
): Effect.Effect<"started" | "ignored", Refused> => {
  if (outcome === "started" || outcome === "ignored") return Effect.succeed(outcome)
  const message = `child ${id} of ${supervision.path} did not start: ${explain(outcome)}`
  return Effect.fail(new Refused({ kind: "start_failed", message, reason: outcome }))
}

export const startChild = (supervision: Supervision, spec: ChildSpec): Effect.Effect<"started" | "ignored", Refused> =>
  Effect.suspend(() => {
    if (!isOpen(supervision)) return hasEnded(supervision)
    const problem = childProblem(spec, supervision.settings.autoShutdown)
    if (problem !== undefined) return refuse("bad_spec", problem)
    const present = supervision.children.get(spec.id)
    if (present !== undefined) return isPresent(present)
    return startNow(supervision, addChild(supervision, spec, true))
  })

/** Interrupting the one who asked ends the start. */
const startNow = (supervision: Supervision, child: Child): Effect.Effect<"started" | "ignored", Refused> =>
  Effect.uninterruptibleMask((restore) => {
    const run = begin(supervision, child, "starting")
    const outcome = Effect.onInterrupt(restore(run.started), () => stopRun(supervision, child, run))
    return Effect.flatMap(outcome, (known) => outcomeOf(supervision, child.spec.id, known))
  })

const stopRun = (supervision: Supervision, child: Child, run: Run): Effect.Effect<void> =>
  Effect.suspend(() => (child.run === run ? stopChild(supervision, child) : Effect.void))

export const stopNamed = (supervision: Supervision, id: string): Effect.Effect<void, Refused> =>
  Effect.suspend(() => {
    if (!isOpen(supervision)) return hasEnded(supervision)
    const child = supervision.children.get(id)
    return child === undefined ? isUnknown(supervision, id) : stopChild(supervision, child)
  })

export const restartChild = (supervision: Supervision, id: string): Effect.Effect<"started" | "ignored", Refused> =>
  Effect.suspend(() => {
    if (!isOpen(supervision)) return hasEnded(supervision)
    const child = supervision.children.get(id)
    if (child === undefined) return isUnknown(supervision, id)
    if (child.state !== "ended" && child.state !== "quarantined") return isBusy(child, "restart")
    const { state, lastFailure } = child
    child.isStopped = false
    child.failures = undefined
    child.streak = undefined
    return Effect.tapError(startNow(supervision, child), () =>
      Effect.sync(() => {
        if (state === "quarantined" && child.state === "ended") enter(supervision, child, state)
        child.lastFailure ??= lastFailure
      })
    )
  })

export const deleteChild = (supervision: Supervision, id: string): Effect.Effect<void, Refused> =>
  Effect.suspend(() => {
    if (!isOpen(supervision)) return hasEnded(supervision)
    const child = supervision.children.get(id)
    if (child === undefined) return isUnknown(supervision, id)
    if (child.state !== "ended" && child.state !== "quarantined") return isBusy(child, "delete")
    supervision.children.delete(id)
    return Effect.void
  })

/** All of it or nothing. Children that are new in it wait, ended, for `restartChild`. */
export const change = (supervision: Supervision, spec: Omit<SupervisorSpec, "id">): Effect.Effect<void, Refused> =>
  Effect.suspend(() => {
    if (!isOpen(supervision)) return hasEnded(supervision)
    const problem = settingsProblem(typeof spec === "object" && spec !== null ? { ...spec, id: supervision.id } : spec)
    if (problem !== undefined) return refuse("bad_spec", problem)
    supervision.settings = settingsOf(spec)
    for (const each of spec.children ?? []) {
      const child = supervision.children.get(each.id)
      if (child === undefined) addChild(supervision, each, false)
      else child.spec = each
    }
    return Effect.void
  })

const hasEnded = ({ path, phase }: Supervision): Effect.Effect<never, Refused> =>
  refuse("ended", `supervisor ${path} ${phase === "ended" ? "has ended" : "is stopping"}; it starts nothing any more`)

const isUnknown = ({ path, children }: Supervision, id: string): Effect.Effect<never, Refused> => {
  const known = [...children.keys()].slice(0, 10).join(", ")
  const others = known === "" ? "it has none" : `it has ${known}${children.size > 10 ? ", …" : ""}`
  return refuse("not_found", `supervisor ${path} has no child ${JSON.stringify(id)}: ${others}`)
}

const isPresent = ({ spec: { id }, state }: Child): Effect.Effect<never, Refused> => {
  if (state === "ended" || state === "quarantined")
    return refuse("already_present", `child ${id} is there and ${state}: use restartChild, or deleteChild first`)
  return state === "restarting"
    ? refuse("already_present", `child ${id} is there and being restarted: wait for it, or use stopChild first`)
    : refuse("already_started", `child ${id} is ${state} already: use stopChild first, or another id`)
}

const isBusy = ({ spec: { id }, state }: Child, verb: string): Effect.Effect<never, Refused> =>
  refuse(
    state === "restarting" ? "restarting" : "running",
    `child ${id} is ${state}: use stopChild first, then ${verb} it`
  )
