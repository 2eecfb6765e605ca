/** A message on its way, and who waits for what becomes of it. */
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Queued } from "./mailbox.ts"
import type { LinkedEnd, Reason } from "./reason.ts"
import { soon } from "./stack.ts"

/** Why a message got no reply. */
export type Undelivered =
  /** The actor has ended for good; the message is a dead letter. */
  | { readonly _tag: "Undelivered"; readonly kind: "dead"; readonly actor: string; readonly reason: Reason }
  /** The mailbox is full and its policy is `reject`. */
  | { readonly _tag: "Undelivered"; readonly kind: "full"; readonly actor: string }
  /** Its handling ended without a reply: a crash, or a stop meanwhile; what it had done before is not known. */
  | { readonly _tag: "Undelivered"; readonly kind: "crashed"; readonly actor: string; readonly error: unknown }

export const dead = (actor: string, reason: Reason): Exit.Exit<never, Undelivered> =>
  Exit.fail({ _tag: "Undelivered", kind: "dead", actor, reason })

export const full = (actor: string): Exit.Exit<never, Undelivered> =>
  Exit.fail({ _tag: "Undelivered", kind: "full", actor })

export const crashed = (actor: string, error: unknown): Exit.Exit<never, Undelivered> =>
  Exit.fail({ _tag: "Undelivered", kind: "crashed", actor, error })

export type Resume<Value> = (outcome: Effect.Effect<Value, Undelivered>) => void

export abstract class Message<Content, Reply> extends Queued {
  readonly content: Content
  /** Lives that have ended while they handled it. */
  crashes = 0
  /** Its asker is gone; it is not delivered again. */
  withdrawn = false

  constructor(content: Content) {
    super()
    this.content = content
  }

  abstract settled(outcome: Exit.Exit<Reply, Undelivered>): void
}

/** Its sender waits for room only. */
export class Tell<Content, Reply> extends Message<Content, Reply> {
  #sender: Resume<void> | undefined

  constructor(content: Content, sender: Resume<void>) {
    super(content)
    this.#sender = sender
  }

  override admitted(): void {
    this.settled(Exit.void)
  }

  override settled(outcome: Exit.Exit<unknown, Undelivered>): void {
    const sender = this.#sender
    this.#sender = undefined
    if (sender !== undefined) soon(() => sender(Exit.asVoid(outcome)))
  }
}

/** Its sender waits for the reply. */
export class Ask<Content, Reply> extends Message<Content, Reply> {
  #asker: Resume<Reply> | undefined

  constructor(content: Content, asker: Resume<Reply>) {
    super(content)
    this.#asker = asker
  }

  override admitted(): void {}

  override settled(outcome: Exit.Exit<Reply, Undelivered>): void {
    const asker = this.#asker
    this.#asker = undefined
    if (asker !== undefined) soon(() => asker(outcome))
  }

  /** The asker has been interrupted and waits only for the end of it; false: there is nothing to wait for. */
  withdraw(settled: () => void): boolean {
    if (this.#asker === undefined) return false
    this.#asker = settled
    return (this.withdrawn = true)
  }
}

/** The end of an actor that this one is linked to. Nobody has sent it, so no ledger counts it. */
export class Notice extends Queued {
  readonly end: LinkedEnd

  constructor(end: LinkedEnd) {
    super()
    this.end = end
  }

  override admitted(): void {}
}
