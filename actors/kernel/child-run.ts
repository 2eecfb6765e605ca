/** One run of a child: its start within a time, its life, the release of what it acquired, its stop within a time. */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { type ChildSpec, ignored, type Life, type ShutdownTime } from "./child.ts"
import { type Reason, reasonOf } from "./reason.ts"

/** What became of a start; a reason when it failed or was stopped. */
export type Outcome = "started" | "ignored" | Reason

export interface RunOwner {
  /** What the run's fibers run in. */
  readonly context: Context.Context<never>
  readonly onStart: (run: Run) => void
  /** Exactly once. `counts` is false for an interruption, which no budget counts. */
  readonly onEnd: (run: Run, reason: Reason, counts: boolean) => void
  /** What `kill` threw. */
  readonly onThrow: (error: unknown) => void
}

/** Milliseconds. */
const defaultShutdown = 5000
const defaultStartWithin = 30_000

export class Run {
  readonly id: string
  /** `closing`: its life is over, what it acquired is being released. */
  phase: "starting" | "running" | "closing" | "ended" = "starting"
  life: Life | undefined
  readonly #spec: ChildSpec
  readonly #owner: RunOwner
  readonly #scope = Scope.makeUnsafe()
  #outcome: Outcome | undefined
  #isStopping = false
  #late: Error | undefined
  /** How its life ended by itself, before anybody asked it to. */
  #own: Exit.Exit<unknown, unknown> | undefined
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #timer: Fiber.Fiber<unknown, unknown> | undefined
  #onOutcome: Deferred.Deferred<Outcome> | undefined
  #onEnd: Deferred.Deferred<void> | undefined

  constructor(spec: ChildSpec, owner: RunOwner) {
    this.id = spec.id
    this.#spec = spec
    this.#owner = owner
  }

  /** Starts it. Its owner may be told of its start, and even of its end, before this returns. */
  begin(): void {
    const fiber = Effect.runForkWith(this.#owner.context)(this.#whole())
    fiber.addObserver((exit) => this.#ended(exit))
    const { startWithin = defaultStartWithin } = this.#spec
    // A start that took no time needs no timer.
    if (this.phase !== "starting" || this.#isStopping || startWithin === "infinity") return
    this.#after(startWithin, () => {
      this.#late = new Error(`its start took longer than ${startWithin} ms`)
      this.stop()
    })
  }

  /** Interrupts it; when its shutdown time is over, it is killed and no longer waited for. */
  stop(): void {
    if (this.phase === "ended" || this.#isStopping) return
    this.#isStopping = true
    const { shutdown = defaultShutdown } = this.#spec
    if (shutdown === "kill") this.#abandon()
    this.#fiber?.interruptUnsafe()
    this.#endWithin(shutdown)
  }

  get isIgnored(): boolean {
    return this.#outcome === "ignored"
  }

  /** Waits until it has started, or has not. */
  get started(): Effect.Effect<Outcome> {
    if (this.#outcome !== undefined) return Effect.succeed(this.#outcome)
    return Deferred.await((this.#onOutcome ??= Deferred.makeUnsafe()))
  }

  /** Waits for its end. */
  get ended(): Effect.Effect<void> {
    return this.phase === "ended" ? Effect.void : Deferred.await((this.#onEnd ??= Deferred.makeUnsafe()))
  }

  /** Of what is kept here while the child lives, ten thousand children keep ten thousand: hence `suspend`. */
  #whole(): Effect.Effect<unknown, unknown> {
    // The fiber is known before anything of the child runs, because that may already ask for its stop.
    return Effect.withFiber((fiber) => {
      this.#fiber = fiber
      return Effect.onExit(
        Effect.suspend(() => this.#open()),
        (exit) => this.#close(exit)
      )
    })
  }

  #open(): Effect.Effect<unknown, unknown> {
    const start = Effect.provideService(this.#spec.start, Scope.Scope, this.#scope)
    return Effect.flatMap(start, (life) => this.#live(life))
  }

  #live(life: Life | typeof ignored): Effect.Effect<unknown, unknown> {
    if (life === ignored) {
      this.#tell("ignored")
      return Effect.void
    }
    if (!Effect.isEffect(life)) return Effect.fail(new TypeError(badLife))
    this.#cancel()
    this.phase = "running"
    this.life = life
    this.#owner.onStart(this)
    this.#tell("started")
    return life
  }

  /** A life that ended by itself gets its shutdown time for releasing what it acquired. */
  #close(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    if (!this.#isStopping) this.#own = exit
    const closing = Scope.closeUnsafe(this.#scope, exit)
    if (closing === undefined) return Effect.void
    if (this.phase !== "ended") this.phase = "closing"
    const { shutdown = defaultShutdown } = this.#spec
    if (!this.#isStopping) this.#endWithin(shutdown === "kill" ? defaultShutdown : shutdown)
    return closing
  }

  #endWithin(time: ShutdownTime): void {
    this.#cancel()
    if (typeof time === "number" && this.phase !== "ended") this.#after(time, () => this.#abandon())
  }

  /** Goes on without it: whatever it still does is no longer this child's. */
  #abandon(): void {
    if (this.phase === "ended") return
    try {
      this.#spec.kill?.()
    } catch (error) {
      this.#owner.onThrow(error)
    }
    this.#finish(this.#verdict(this.#own))
  }

  #ended(exit: Exit.Exit<unknown, unknown>): void {
    if (this.phase !== "ended") this.#finish(this.#verdict(exit))
  }

  /** Why it ended; without an exit it was asked to and did not. */
  #verdict(exit: Exit.Exit<unknown, unknown> | undefined): Reason {
    if (this.#late !== undefined) return { kind: "start_failed", error: this.#late }
    if (exit === undefined) return { kind: "killed" }
    const wasAsked = this.#own === undefined
    if (this.#outcome === undefined && Exit.isFailure(exit)) {
      const isInterruption = Cause.hasInterruptsOnly(exit.cause)
      if (isInterruption && wasAsked) return { kind: "shutdown" }
      return { kind: "start_failed", error: isInterruption ? new Error(interrupted) : Cause.squash(exit.cause) }
    }
    return reasonOf(exit)
  }

  #finish(reason: Reason): void {
    const counts = this.#late !== undefined || !wasInterrupted(this.#own)
    this.phase = "ended"
    this.life = undefined
    this.#cancel()
    const hasNotStarted = this.#outcome === undefined
    this.#outcome ??= reason
    this.#owner.onEnd(this, reason, counts)
    if (hasNotStarted) this.#tell(reason)
    if (this.#onEnd !== undefined) Deferred.doneUnsafe(this.#onEnd, Effect.void)
  }

  #tell(outcome: Outcome): void {
    this.#outcome = outcome
    if (this.#onOutcome !== undefined) Deferred.doneUnsafe(this.#onOutcome, Effect.succeed(outcome))
    this.#onOutcome = undefined
  }

  #after(time: number, act: () => void): void {
    const sleep = Effect.andThen(Effect.sleep(time), Effect.sync(act))
    this.#timer = Effect.runForkWith(this.#owner.context)(sleep)
  }

  #cancel(): void {
    const timer = this.#timer
    this.#timer = undefined
    timer?.interruptUnsafe()
  }
}

const badLife = "its start must succeed with an Effect, the child's life, or with `ignored`"
const interrupted = "its start was interrupted"

const wasInterrupted = (exit: Exit.Exit<unknown, unknown> | undefined): boolean =>
  exit !== undefined && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
