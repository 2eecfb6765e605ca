/** How an actor's lives begin and end, one after another, and who hears of it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Behaviour } from "./behaviour.ts"
import type { Life as ChildLife, Start } from "./child.ts"
import { Checkpoints } from "./checkpoint.ts"
import { Ledger, RootLedger } from "./ledger.ts"
import { asLinked, type End, Life } from "./life.ts"
import { type Linkable, LinkedEnd } from "./link.ts"
import type { Pause } from "./pause.ts"
import { isAbnormal, type Reason, reasonOf } from "./reason.ts"

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
    return Effect.suspend(() => (this.pause === undefined ? this.#start() : this.pause.apart(this.#start())))
  }

  #start(): Start {
    this.#abandon()
    const attempt = (this.starting = {})
    const start = Effect.gen({ self: this }, function* () {
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
    const started = Effect.sync(() => {
      if (this.starting === attempt) this.starting = undefined
      this.pump()
    })
    return Effect.ensuring(start, started)
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
      if (life.letter === undefined) this.leave(life, life.end)
      else life.fiber?.interruptUnsafe()
    })
  }

  /** Decides on the end of a life, once; those it is linked to hear of it now, so that none of them meets the next life. */
  protected end(life: Life<Content, Reply, State>, end: End): void {
    if (life.end !== undefined) return
    life.end = end
    const reason = asLinked(reasonOf(end))
    if (isAbnormal(reason)) this.#tellPartners(reason)
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

  #tellPartners(reason: Reason): void {
    this.#partners?.forEach((partner) => partner.partnerEnded(this.id, reason))
  }

  partnerEnded(id: string, reason: Reason): void {
    if (this.ended !== undefined) return
    const end = new LinkedEnd(id, reason)
    if (this.behaviour.linkEnded !== undefined) return this.notice(end)
    const { life } = this
    if (life === undefined || life.end !== undefined) return
    this.end(life, Exit.fail(end))
    if (life.letter !== undefined) life.fiber?.interruptUnsafe()
    else if (life.running) this.leave(life, Exit.fail(end))
  }

  onEnd(reason: Reason): void {
    if (this.ended !== undefined) return
    const ended = asLinked(reason)
    this.ended = ended
    this.#abandon()
    // Every other abnormal end of a life has been told when it was decided on; this one only its supervisor knows.
    if (ended.kind === "killed") this.#tellPartners(ended)
    this.bury(ended)
    const watchers = this.#watchers
    this.#watchers = undefined
    watchers?.forEach((watch) => watch(ended))
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
