/** What a supervisor knows of itself and of its children, and what it tells of them. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Backoff, Streak } from "./backoff.ts"
import { defaultBackoff } from "./backoff.ts"
import type { Run, RunOwner } from "./child-run.ts"
import type { ChildFacts, ChildSpec, ChildState, ChildView, Life } from "./child.ts"
import { type Failure, within } from "./intensity.ts"
import { type Budget, isAbnormal, type Reason } from "./reason.ts"
import type { SupervisionEvent, Supervisor, SupervisorSpec } from "./supervisor-spec.ts"

/** Hears of everything that happens in the tree below the Effect it is provided to. */
export const observer = Context.Reference<(event: SupervisionEvent) => void>("kintsugi/kernel/observer", {
  defaultValue: () => () => {}
})

/** Path of the supervisor that started what runs here: ids from the root, joined with `/`; empty outside of any. */
export const treePath = Context.Reference<string>("kintsugi/kernel/treePath", { defaultValue: () => "" })

/** A restart that waits or is under way, of one child or of several together. */
export interface Restarting {
  readonly members: Array<Child>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
}

/** One child; a plain record, because there may be tens of thousands. */
export interface Child {
  /** For its next start. */
  spec: ChildSpec
  /** With which it started last; another one after a hot change. */
  begun: ChildSpec
  state: ChildState
  since: number
  run: Run | undefined
  lastFailure: ChildView["lastFailure"]
  /** The restart that it is part of, until it is started again. */
  restarting: Restarting | undefined
  /** Added by `startChild`, and not kept when that fails. */
  isNew: boolean
  /** Somebody asked for its stop: nothing but `restartChild` starts it again. */
  isStopped: boolean
  /** Its siblings were restarted while it was starting: it is restarted as soon as it has started. */
  isStale: boolean
  /** For budgets of each child's own. */
  failures: Array<Failure> | undefined
  streak: Streak | undefined
}

export type Settings = Required<Omit<SupervisorSpec, "id" | "children" | "backoff">> & { readonly backoff: Backoff }

export const settingsOf = (spec: Omit<SupervisorSpec, "id">): Settings => ({
  strategy: spec.strategy ?? "one_for_one",
  budget: spec.budget ?? { max: 3, seconds: 5 },
  exceeded: spec.exceeded ?? "escalate",
  autoShutdown: spec.autoShutdown ?? "never",
  backoff: {
    base: spec.backoff?.base ?? defaultBackoff.base,
    cap: spec.backoff?.cap ?? defaultBackoff.cap,
    quiet: spec.backoff?.quiet ?? defaultBackoff.quiet
  }
})

export interface Supervision {
  readonly id: string
  readonly path: string
  readonly clock: Clock.Clock
  readonly observe: (event: SupervisionEvent) => void
  /** What children run in. */
  readonly owner: RunOwner
  /** In start order. */
  readonly children: Map<string, Child>
  settings: Settings
  phase: "opening" | "running" | "stopping" | "ended"
  failures: Array<Failure>
  /** Of groups, which fail together. */
  streak: Streak | undefined
  restarting: Restarting | undefined
  /** Ends that ask for a group restart before all initial children have started. */
  readonly postponed: Array<() => void>
  readonly ended: Deferred.Deferred<Reason>
}

/** A supervisor without children yet; `react` is what it does when one of them has started or ended. */
export const makeSupervision = (
  context: Context.Context<never>,
  spec: SupervisorSpec,
  react: {
    readonly started: (supervision: Supervision, child: Child) => void
    readonly ended: (supervision: Supervision, child: Child, reason: Reason, counts: boolean) => void
  }
): Supervision => {
  const above = Context.get(context, treePath)
  const path = above === "" ? spec.id : `${above}/${spec.id}`
  const children = new Map<string, Child>()
  const inner = Context.add(context, treePath, path)
  const withChild = (run: Run, act: (child: Child) => void): void => {
    const child = children.get(run.id)
    if (child !== undefined) act(child)
  }
  const supervision: Supervision = {
    id: spec.id,
    path,
    clock: Context.get(context, Clock.Clock),
    observe: Context.get(context, observer),
    owner: {
      context: inner,
      onStart: (run) => withChild(run, (child) => react.started(supervision, child)),
      onEnd: (run, reason, counts) => withChild(run, (child) => react.ended(supervision, child, reason, counts)),
      onThrow: (error) => void Effect.runForkWith(inner)(Effect.logError(`${path}: what it called threw`, error))
    },
    children,
    settings: settingsOf(spec),
    phase: "opening",
    failures: [],
    streak: undefined,
    restarting: undefined,
    postponed: [],
    ended: Deferred.makeUnsafe()
  }
  return supervision
}

/** Milliseconds that only ever grow, for measuring. */
export const monotonic = ({ clock }: Supervision): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)

export const isGroup = ({ settings }: Supervision): boolean =>
  settings.strategy === "one_for_all" || settings.strategy === "rest_for_one"

export const isOpen = ({ phase }: Supervision): boolean => phase === "opening" || phase === "running"

export const enter = (supervision: Supervision, child: Child, state: ChildState): void => {
  child.state = state
  child.since = supervision.clock.currentTimeMillisUnsafe()
}

export const addChild = (supervision: Supervision, spec: ChildSpec, isNew: boolean): Child => {
  const child: Child = {
    spec,
    begun: spec,
    state: "ended",
    since: supervision.clock.currentTimeMillisUnsafe(),
    run: undefined,
    lastFailure: undefined,
    restarting: undefined,
    isNew,
    isStopped: false,
    isStale: false,
    failures: undefined,
    streak: undefined
  }
  supervision.children.set(spec.id, child)
  return child
}

type Told<Event = SupervisionEvent> = Event extends SupervisionEvent ? Omit<Event, "path" | "at"> : never

/** Tells the observer of a child, or without one of the supervisor itself. */
export const tell = (supervision: Supervision, child: Child | undefined, event: Told): void => {
  const path = child === undefined ? supervision.path : `${supervision.path}/${child.spec.id}`
  const at = supervision.clock.currentTimeMillisUnsafe()
  attempt(supervision.owner, () => supervision.observe({ ...event, path, at }))
}

/** Calls what is not ours. What it throws is logged and changes nothing here. */
export const attempt = (owner: RunOwner, call: () => void): void => {
  try {
    call()
  } catch (error) {
    owner.onThrow(error)
  }
}

export const noteEnd = (supervision: Supervision, child: Child, reason: Reason): void => {
  if (isAbnormal(reason)) child.lastFailure = { reason, at: supervision.clock.currentTimeMillisUnsafe() }
  tell(supervision, child, { type: "child.ended", reason })
}

/** Restarts of a child within the period. */
export const restartsOf = (supervision: Supervision, { spec, failures }: Child): number => {
  const { budget, exceeded } = supervision.settings
  const noted = exceeded === "quarantine" ? failures : supervision.failures
  if (noted === undefined || noted.length === 0) return 0
  return Math.min(budget.max, within(noted, monotonic(supervision), budget, spec.id))
}

/** The supervisors that live as children, by their lives. */
export const supervisors = new WeakMap<Life, Supervisor>()

const inner = ({ run }: Child): Supervisor | undefined =>
  run?.life === undefined ? undefined : supervisors.get(run.life)

export const viewOf = (supervision: Supervision, child: Child): ChildView => {
  const { spec, begun, state, since, run, lastFailure } = child
  const children = inner(child)?.children()
  return {
    id: spec.id,
    kind: spec.kind ?? "worker",
    state: run?.phase === "closing" ? "stopping" : state,
    restarts: restartsOf(supervision, child),
    since,
    ...(lastFailure !== undefined && { lastFailure }),
    facts: factsOf(supervision, begun),
    ...(children !== undefined && { children })
  }
}

const factsOf = ({ clock }: Supervision, { facts }: ChildSpec): ChildFacts => {
  try {
    return facts?.() ?? {}
  } catch (error) {
    return {
      lastFailure: { message: `its facts cannot be read: ${String(error)}`, at: clock.currentTimeMillisUnsafe() }
    }
  }
}

export const countOf = ({ children }: Supervision): ReturnType<Supervisor["count"]> => {
  const count = { specs: children.size, active: 0, supervisors: 0, workers: 0 }
  for (const child of children.values()) {
    if (child.state === "running" || child.state === "stopping") count.active++
    if (child.spec.kind === "supervisor" || inner(child) !== undefined) count.supervisors++
    else count.workers++
  }
  return count
}

export const exhaustion = (supervision: Supervision, failures: ReadonlyArray<Failure>, budget: Budget): Reason => ({
  kind: "exhausted",
  supervisor: supervision.id,
  budget,
  causes: failures.map(({ child, reason }) => ({ child, reason }))
})
