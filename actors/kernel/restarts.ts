/** What a supervisor does when a child has ended: restart it, or it and its siblings, give it up, or give itself up. */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { delayOf, lengthen } from "./backoff.ts"
import { Run } from "./child-run.ts"
import { exceeds } from "./intensity.ts"
import { isAbnormal, type Reason } from "./reason.ts"
import {
  attempt,
  type Child,
  enter,
  exhaustion,
  isGroup,
  isOpen,
  monotonic,
  noteEnd,
  type Restarting,
  restartsOf,
  type Supervision,
  tell
} from "./supervision.ts"

/** Starts a child that does not run. */
export const begin = (supervision: Supervision, child: Child, state: "starting" | "restarting"): Run => {
  enter(supervision, child, state)
  child.restarting = undefined
  child.begun = child.spec
  const run = new Run(child.spec, supervision.owner)
  child.run = run
  run.begin()
  return run
}

/** A child's run has started its life. */
export const started = (supervision: Supervision, child: Child): void => {
  const { isStale } = child
  child.isNew = false
  child.isStale = false
  enter(supervision, child, "running")
  tell(supervision, child, { type: "child.started", restarts: restartsOf(supervision, child) })
  if (isStale && isOpen(supervision)) catchUp(supervision, child)
}

/** A child's run is over. `counts`: its end counts towards the budget. */
export const ended = (supervision: Supervision, child: Child, reason: Reason, counts: boolean): void => {
  const wasIgnored = child.run?.isIgnored === true
  child.run = undefined
  if (wasIgnored) child.isNew = false
  noteEnd(supervision, child, reason)
  if (!isOpen(supervision) || child.isStopped || wasIgnored || child.state === "starting")
    return settle(supervision, child, reason)
  if (child.restarting !== undefined && child.spec.restart !== "temporary")
    return enter(supervision, child, "restarting")
  if (child.restarting !== undefined) return settle(supervision, child, reason)
  if (!isRestarted(child, reason)) return endedByItself(supervision, child, reason)
  enter(supervision, child, "restarting")
  const next = () => restart(supervision, child, reason, counts)
  if (supervision.phase === "opening" && isGroup(supervision)) supervision.postponed.push(next)
  else next()
}

const isRestarted = ({ spec }: Child, reason: Reason): boolean =>
  spec.restart !== "temporary" && (spec.restart !== "transient" || isAbnormal(reason))

/** No run follows by itself: the child keeps its spec or is forgotten, and whoever waits for it is told. */
export const settle = (
  supervision: Supervision,
  child: Child,
  reason: Reason,
  state: "ended" | "quarantined" = "ended"
): void => {
  child.restarting = undefined
  child.isStale = false
  if (child.spec.restart === "temporary" || child.isNew) supervision.children.delete(child.spec.id)
  enter(supervision, child, state)
  attempt(supervision.owner, () => child.begun.onEnd?.(reason))
}

const endedByItself = (supervision: Supervision, child: Child, reason: Reason): void => {
  settle(supervision, child, reason)
  const { autoShutdown } = supervision.settings
  if (child.spec.significant !== true || autoShutdown === "never") return
  if (autoShutdown === "any_significant" || !hasSignificant(supervision)) shutDown(supervision, { kind: "shutdown" })
}

/** A significant child that has not ended for good. */
const hasSignificant = ({ children }: Supervision): boolean => {
  for (const { spec, state } of children.values())
    if (spec.significant === true && state !== "ended" && state !== "quarantined") return true
  return false
}

const restart = (supervision: Supervision, child: Child, reason: Reason, counts: boolean): void => {
  // A postponed end may have been met by a sibling's restart meanwhile.
  if (!isOpen(supervision) || child.state !== "restarting" || child.restarting !== undefined) return
  if (counts && isTooMuch(supervision, child, reason)) return giveUp(supervision, child, reason)
  const delay = delayFor(supervision, child)
  tell(supervision, child, { type: "child.restarting", delay })
  if (isGroup(supervision)) restartGroup(supervision, child, delay)
  else restartAll(supervision, [child], delay)
}

const isTooMuch = (supervision: Supervision, child: Child, reason: Reason): boolean => {
  const { budget, exceeded } = supervision.settings
  const failures = exceeded === "quarantine" ? (child.failures ??= []) : supervision.failures
  return exceeds(failures, { child: child.spec.id, reason, at: monotonic(supervision) }, budget)
}

const giveUp = (supervision: Supervision, child: Child, reason: Reason): void => {
  const { budget, exceeded } = supervision.settings
  if (exceeded === "escalate") {
    const exhausted = exhaustion(supervision, supervision.failures, budget)
    settle(supervision, child, reason)
    tell(supervision, undefined, { type: "supervisor.exhausted", reason: exhausted })
    return shutDown(supervision, exhausted)
  }
  const exhausted = exhaustion(supervision, child.failures ?? [], budget)
  child.lastFailure = { reason: exhausted, at: supervision.clock.currentTimeMillisUnsafe() }
  settle(supervision, child, exhausted, "quarantined")
  tell(supervision, child, { type: "child.quarantined", reason: exhausted })
}

/** Milliseconds until the restart. Groups fail together, so they have one streak. */
const delayFor = (supervision: Supervision, child: Child): number => {
  const { backoff } = supervision.settings
  const holder = isGroup(supervision) ? supervision : child
  holder.streak = lengthen(holder.streak, monotonic(supervision), backoff)
  return delayOf(holder.streak, Context.get(supervision.owner.context, Random.Random).nextDoubleUnsafe(), backoff)
}

const restartGroup = (supervision: Supervision, failed: Child, delay: number): void => {
  const before = supervision.restarting
  const all = [...supervision.children.values()]
  const isIn = (child: Child): boolean => child === failed || (before !== undefined && child.restarting === before)
  const from = supervision.settings.strategy === "one_for_all" ? 0 : all.findIndex(isIn)
  const range = all.slice(from).filter(({ state, isStopped }) => state !== "quarantined" && !isStopped)
  for (const child of range) child.isStale = child.state === "starting"
  before?.fiber?.interruptUnsafe()
  const members = range.filter(({ isStale }) => !isStale)
  supervision.restarting = restartAll(supervision, members, delay)
}

/** A child that was starting while its siblings were restarted follows them. */
const catchUp = (supervision: Supervision, child: Child): void => {
  if (supervision.restarting === undefined) supervision.restarting = restartAll(supervision, [child], 0)
  else {
    child.restarting = supervision.restarting
    supervision.restarting.members.push(child)
  }
}

/** Stops the members newest first, waits, and starts them oldest first; those that were stopped by hand meanwhile stay so. */
const restartAll = (supervision: Supervision, members: Array<Child>, delay: number): Restarting => {
  const restarting: Restarting = { fiber: undefined, members }
  for (const child of members) {
    child.restarting = restarting
    if (child.run === undefined) enter(supervision, child, "restarting")
  }
  const restartMembers = Effect.gen(function* () {
    for (const child of members.toReversed()) yield* stopMember(supervision, child, restarting)
    yield* delay > 0 ? Effect.sleep(delay) : Effect.yieldNow
    for (const child of members) {
      yield* stopMember(supervision, child, restarting)
      if (child.restarting === restarting && isOpen(supervision)) yield* begin(supervision, child, "restarting").started
    }
    if (supervision.restarting === restarting) supervision.restarting = undefined
  })
  Effect.runForkWith(supervision.owner.context)(
    Effect.withFiber((fiber) => {
      restarting.fiber = fiber
      return restartMembers
    })
  )
  return restarting
}

const stopMember = (supervision: Supervision, child: Child, restarting: Restarting): Effect.Effect<void> => {
  const { run } = child
  if (child.restarting !== restarting || run === undefined) return Effect.void
  enter(supervision, child, "stopping")
  run.stop()
  return run.ended
}

/** Stops one child, whatever it is doing; it stays so until `restartChild`. */
export const stopChild = (supervision: Supervision, child: Child): Effect.Effect<void> => {
  const { run, restarting } = child
  child.restarting = undefined
  child.isStopped = true
  if (run !== undefined) {
    enter(supervision, child, "stopping")
    run.stop()
    return run.ended
  }
  if (child.state === "restarting") {
    if (restarting !== supervision.restarting) restarting?.fiber?.interruptUnsafe()
    noteEnd(supervision, child, { kind: "shutdown" })
    settle(supervision, child, { kind: "shutdown" })
  }
  return Effect.void
}

/** Stops all children, newest first (dynamic ones at once), and then the supervisor has ended. */
export const shutDown = (supervision: Supervision, reason: Reason): void => {
  if (!isOpen(supervision)) return
  supervision.phase = "stopping"
  // No longer a group's restart, so that stopping the first of its members calls it off.
  supervision.restarting = undefined
  const children = [...supervision.children.values()].toReversed()
  const stop = (child: Child) => stopChild(supervision, child)
  const all = Effect.gen(function* () {
    // Not Effect.forEach: what `stop` does at once must have been done for all before one of them is waited for.
    if (supervision.settings.strategy === "dynamic") for (const waiting of children.map(stop)) yield* waiting
    else for (const child of children) yield* stop(child)
    supervision.phase = "ended"
    yield* Deferred.succeed(supervision.ended, reason)
  })
  Effect.runForkWith(supervision.owner.context)(all)
}
