/** How an actor's lives begin and end, one after another, and who hears of it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Behaviour } from "./behaviour.ts"
import type { Life as ChildLife, Start } from "./child.ts"
import { Checkpoints } from "./checkpoint.ts"
import { Ledger, RootLedger } from "./ledger.ts"
import { type End, Life } from "./life.ts"
import type { Linkable } from "./link.ts"
import type { Pause } from "./pause.ts"
import { isAbnormal, LinkedEnd, type Reason, reasonOf } from "./reason.ts"

export abstract class Lives<Content, Reply, State> implements Linkable {
  readonly id: string
  readonly ledger = new Ledger()
  /** Why no life follows by itself; `undefined` while one is there or may follow. */
  ended: Reason | undefined = undefined
  protected behaviour: Behaviour<Content, Reply, State>
  protected life: Life<Content, Reply, State> | undefined = undefined
  /** The start that is under way; one that was given up finds another's here, or none. */
  protected starting: object | undefined = undefined
  /** Made for the first change of code. */
  protected pause: Pause | undefined = undefined
  #checkpoints: Checkpoints<State> | undefined
  #watchers: Set<(reason: Reason) => void> | undefined
  #partners: Set<Linkable> | undefined

  constructor(id: string, behaviour: Behaviour<Content, Reply, State>) {
    this.id = id
    this.behaviour = behaviour
  }

  /** Takes messages, when there is a life for them. */
  protected abstract pump(): void
  /** The message in the hand of a life that is given up. */
  protected abstract giveUp(life: Life<Content, Reply, State>): void
  /** No life follows for what waits. */
  protected abstract bury(reason: Reason): void
  protected abstract notice(end: LinkedEnd): void

  get partners(): Set<Linkable> {
    return (this.#partners ??= new Set())
  }

  protected get checkpoints(): Checkpoints<State> {
    return (this.#checkpoints ??= new Checkpoints(this.id))
  }

  start(): Start {
    return Effect.suspend(() => this.pause?.apart(this.#start()) ?? this.#start())
  }

  #start(): Start {
    return Effect.suspend(() => {
      this.#abandon()
      const attempt = (this.starting = {})
      const started = Effect.sync(() => {
        if (this.starting === attempt) this.starting = undefined
        this.pump()
      })
      return Effect.ensuring(this.#begin(attempt), started)
    })
  }

  #begin(attempt: object): Start {
    return Effect.gen({ self: this }, function* () {
      const context = yield* Effect.context<Scope.Scope>()
      this.ledger.join(Context.get(context, RootLedger))
      const { checkpoint } = this.behaviour
      const restored = checkpoint === undefined ? undefined : yield* this.checkpoints.restore(checkpoint)
      const life = new Life<Content, Reply, State>(yield* this.behaviour.init(restored), context)
      if (this.starting !== attempt) return yield* Effect.interrupt
      this.ended = undefined
      this.life = life
      return this.#run(life)
    })
  }

  #run(life: Life<Content, Reply, State>): ChildLife {
    return Effect.callback((resume) => {
      life.ended = resume
      life.running = true
      if (life.end !== undefined) this.leave(life, life.end)
      this.pump()
      return this.#stop(life)
    })
  }

  #stop(life: Life<Content, Reply, State>): Effect.Effect<void> {
    return Effect.callback((resume) => {
      life.ended = () => resume(Effect.void)
      life.end ??= Exit.interrupt()
      this.#carryOut(life, life.end)
    })
  }

  /** Decides on the end of a life, once. */
  protected end(life: Life<Content, Reply, State>, end: End): void {
    this.#mark(life, end).forEach((carryOut) => carryOut())
  }

  /** Those it is linked to are marked too before any of them is ended, so that none meets the next life of another. */
  #mark(life: Life<Content, Reply, State>, end: End): ReadonlyArray<() => void> {
    if (life.end !== undefined) return []
    life.end = end
    const reason = reasonOf(end)
    return isAbnormal(reason) ? this.#tellPartners(reason) : []
  }

  /** Nothing is in its hand any more. */
  protected leave(life: Life<Content, Reply, State>, end: End): void {
    if (this.life === life) this.life = undefined
    life.ended(end)
  }

  /** Of a life, or a start, that would not end: what it still does no longer counts. */
  #abandon(): void {
    this.starting = undefined
    const { life } = this
    if (life === undefined) return
    life.end ??= Exit.interrupt()
    this.giveUp(life)
    this.leave(life, life.end)
  }

  #tellPartners(reason: Reason): ReadonlyArray<() => void> {
    return [...(this.#partners ?? [])].flatMap((partner) => partner.partnerEnded(this.id, reason))
  }

  partnerEnded(id: string, reason: Reason): ReadonlyArray<() => void> {
    const { life } = this
    const end = new LinkedEnd(id, reason)
    if (this.ended !== undefined) return []
    if (this.behaviour.linkEnded !== undefined) return [() => this.notice(end)]
    if (life === undefined || life.end !== undefined) return []
    const others = this.#mark(life, Exit.fail(end))
    return [() => this.#carryOut(life, Exit.fail(end)), ...others]
  }

  #carryOut(life: Life<Content, Reply, State>, end: End): void {
    if (life.letter !== undefined) life.fiber?.interruptUnsafe()
    else if (life.running) this.leave(life, end)
  }

  onEnd(reason: Reason): void {
    if (this.ended !== undefined) return
    this.ended = reason
    this.#abandon()
    // Every other abnormal end of a life has been told when it was decided on; this one only its supervisor knows.
    if (reason.kind === "killed") this.#tellPartners(reason).forEach((carryOut) => carryOut())
    this.bury(reason)
    const watchers = this.#watchers
    this.#watchers = undefined
    watchers?.forEach((watch) => watch(reason))
    this.pump()
  }

  down(): Effect.Effect<Reason> {
    return Effect.callback((resume) => {
      if (this.ended !== undefined) return resume(Effect.succeed(this.ended))
      const watch = (reason: Reason) => resume(Effect.succeed(reason))
      const watchers = (this.#watchers ??= new Set())
      watchers.add(watch)
      return Effect.sync(() => watchers.delete(watch))
    })
  }
}
