/** A child as data: how it starts, when it is started again, how long it may take to stop. */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Reason } from "./reason.ts"

/**
 * The whole of a started child. It runs until the child ends: success is `normal`, a failure or a defect is `failed`,
 * a failure with `Shutdown` is `shutdown`, its interruption is a stop. What `start` acquired is released after it, in reverse.
 */
export type Life = Effect.Effect<unknown, unknown>

/** In the place of a life: there is nothing to run, the spec stays (unless temporary) and may be started later. */
export const ignored = Symbol("kintsugi.ignored")

/** The child counts as started when this succeeds; its scope lives as long as the child. */
export type Start = Effect.Effect<Life | typeof ignored, unknown, Scope.Scope>

/** `permanent`: always started again. `transient`: only after an abnormal end. `temporary`: never, and then forgotten. */
export type Restart = "permanent" | "transient" | "temporary"

/** Milliseconds to stop in before it is killed; `kill`: not asked at all; `infinity`: waited for as long as it takes. */
export type ShutdownTime = number | "kill" | "infinity"

export interface ChildSpec {
  /** Unique among its siblings: letters, digits and `._:#@-`, at most 128. */
  readonly id: string
  readonly start: Start
  /** Default `permanent`. */
  readonly restart?: Restart
  /** Default 5000, and `infinity` for a supervisor. */
  readonly shutdown?: ShutdownTime
  /** Its end may end its supervisor (`autoShutdown`). Not for permanent ones. Default false. */
  readonly significant?: boolean
  /** Milliseconds that `start` may take; then it has failed. Default 30,000; `infinity` is allowed. */
  readonly startWithin?: number | "infinity"
  /** What it is to people. Default `worker`. */
  readonly kind?: ChildKind
  /**
   * Told, once each time, when the child has ended, could not start or had nothing to run, and no restart follows by
   * itself: whoever waits for it need not wait any longer.
   */
  readonly onEnd?: (reason: Reason) => void
  /**
   * Ends at once whatever interruption cannot end, such as a process. Called when the shutdown time is over, also that of
   * a child that has ended by itself and does not come to an end with releasing what it acquired.
   */
  readonly kill?: () => void
  /** What health shows of it besides what its supervisor knows. Synchronous and cheap. */
  readonly facts?: () => ChildFacts
}

export type ChildKind =
  | "worker"
  | "supervisor"
  | "runtime"
  | "plugin"
  | "host"
  | "tool"
  | "lane"
  | "healer"
  | "agent"
  | "server"

/** What only the child itself knows. */
export interface ChildFacts {
  readonly mailbox?: { readonly depth: number; readonly capacity: number }
  readonly breaker?: "closed" | "open" | "half_open"
  readonly place?: "in_process" | "worker" | "child"
  readonly pid?: number
  /** Overrides the supervisor's view, for a state that only its machine knows. */
  readonly state?: string
  /** Milliseconds since the Unix epoch. */
  readonly lastFailure?: { readonly message: string; readonly at: number }
}

/**
 * `starting` is a first start or one by hand; `restarting` is everything between an end and the next life: the wait, and
 * each try to start. `ended` children keep their spec: stopped by hand, normally ended transient ones, ignored ones.
 */
export type ChildState = "starting" | "running" | "restarting" | "stopping" | "ended" | "quarantined"

/** A child as its supervisor sees it now. */
export interface ChildView {
  readonly id: string
  readonly kind: ChildKind
  readonly state: ChildState
  /** Restarts within the budget's period. */
  readonly restarts: number
  /** When it last entered its state, milliseconds since the Unix epoch. */
  readonly since: number
  readonly lastFailure?: { readonly reason: Reason; readonly at: number }
  readonly facts: ChildFacts
  /** Of a supervisor: its own children. */
  readonly children?: ReadonlyArray<ChildView>
}
