/** A supervisor as data, what may be asked of it, what it refuses, and what it tells. */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { Backoff } from "./backoff.ts"
import type { ChildSpec, ChildView } from "./child.ts"
import type { Budget, Reason } from "./reason.ts"

/**
 * Whom a failure restarts besides the one that failed: nobody; all; those started after it. `dynamic` starts without
 * children, gets them by `startChild`, stops them all at once, and restarts one by one.
 * Those restarted together are stopped newest first and started oldest first; among them are, as in OTP, children that had
 * ended by themselves, but not what was stopped by hand or is quarantined. Temporary ones are stopped and forgotten.
 */
export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one" | "dynamic"

export interface SupervisorSpec {
  readonly id: string
  /** Default `one_for_one`. */
  readonly strategy?: Strategy
  /** Default 3 restarts in 5 s. */
  readonly budget?: Budget
  /**
   * What an exceeded budget does. `escalate`: all children are stopped, newest first, and the supervisor ends with
   * `exhausted`, so that its parent decides. `quarantine`: the budget is each child's own; the child that exceeded it is
   * stopped and stays, until `restartChild`. Restarts after an interruption count for neither. Default `escalate`.
   */
  readonly exceeded?: "escalate" | "quarantine"
  /** Ends the supervisor (`shutdown`) when any, or the last, significant child ends by itself. Default `never`. */
  readonly autoShutdown?: "never" | "any_significant" | "all_significant"
  readonly backoff?: Partial<Backoff>
  /** Started in this order; one that cannot start stops those before it and fails the start. Not for `dynamic`. */
  readonly children?: ReadonlyArray<ChildSpec>
}

export type RefusedKind =
  | "already_started"
  /** The spec is there and not running: use `restartChild`. */
  | "already_present"
  | "not_found"
  /** `deleteChild` and `restartChild` are for children that do not run. */
  | "running"
  | "restarting"
  | "bad_spec"
  | "start_failed"
  | "ended"

/** What a supervisor refuses, and what to do instead; it goes on as before. */
export class Refused extends Data.TaggedError("Refused")<{
  readonly kind: RefusedKind
  readonly message: string
  /** Of `start_failed`. */
  readonly reason?: Reason
}> {}

export interface Supervisor {
  readonly id: string
  /** Adds a child behind the others and starts it. A child that fails to start is not kept. */
  readonly startChild: (spec: ChildSpec) => Effect.Effect<"started" | "ignored", Refused>
  /**
   * Stops a child and keeps its spec (a temporary one is forgotten). Also ends its restarting. Idempotent. It stays stopped
   * also when its siblings are restarted together, until `restartChild`.
   */
  readonly stopChild: (id: string) => Effect.Effect<void, Refused>
  /** Starts a stopped or quarantined child again, its budget whole. */
  readonly restartChild: (id: string) => Effect.Effect<"started" | "ignored", Refused>
  /** Forgets a child that does not run. */
  readonly deleteChild: (id: string) => Effect.Effect<void, Refused>
  /** In start order. Synchronous: it answers while a child hangs in its start, as all of the above do for other children. */
  readonly children: () => ReadonlyArray<ChildView>
  readonly childSpec: (id: string) => ChildSpec | undefined
  readonly count: () => Readonly<Record<"specs" | "active" | "supervisors" | "workers", number>>
  /**
   * Hot change: budget, strategy, `autoShutdown` and the specs of children with the same id; running children go on
   * as they are and get the new spec at their next start. Children that are new in it wait, ended, for `restartChild`;
   * those that are not named stay. All of it or, when one spec is wrong, nothing.
   */
  readonly change: (spec: Omit<SupervisorSpec, "id">) => Effect.Effect<void, Refused>
  /** Resolves when it has ended: stopped, exhausted, or by `autoShutdown`. */
  readonly ended: Effect.Effect<Reason>
  /** Stops all children in reverse start order, each in its time, then itself. */
  readonly stop: Effect.Effect<void>
}

/** What happens in a tree, told as it happens; `path` is the ids from the root, joined with `/`. */
export type SupervisionEvent =
  | { readonly type: "child.started"; readonly path: string; readonly at: number; readonly restarts: number }
  | { readonly type: "child.ended"; readonly path: string; readonly at: number; readonly reason: Reason }
  | { readonly type: "child.restarting"; readonly path: string; readonly at: number; readonly delay: number }
  | { readonly type: "child.quarantined"; readonly path: string; readonly at: number; readonly reason: Reason }
  | { readonly type: "supervisor.exhausted"; readonly path: string; readonly at: number; readonly reason: Reason }
