/** An actor: one message at a time from a bounded mailbox that outlives its crashes. */
import type * as Effect from "effect/Effect"
import type { Behaviour } from "./behaviour.ts"
import { Cell } from "./cell.ts"
import type { ChildFacts, ChildSpec, Start } from "./child.ts"
import type { LedgerView } from "./ledger.ts"
import type { Undelivered } from "./letter.ts"
import type { Linkable } from "./link.ts"
import type { MailboxOptions } from "./mailbox.ts"
import type { Reason } from "./reason.ts"

export type { Behaviour, Next } from "./behaviour.ts"
export type { MailboxOptions } from "./mailbox.ts"
export type { Checkpoint } from "./checkpoint.ts"
export type { Undelivered } from "./letter.ts"
export { link } from "./link.ts"

export interface ActorRef<Message, Reply> {
  readonly id: string
  /** Returns when the message is in the mailbox; waits for room under the policy `suspend`. */
  readonly tell: (message: Message) => Effect.Effect<void, Undelivered>
  /**
   * Waits for the reply; across a restart when the message is redelivered. Interrupting the caller takes the message back:
   * out of the mailbox, or, when it is being handled, by interrupting the handling; the actor lives on with the state it had.
   */
  readonly ask: (message: Message) => Effect.Effect<Reply, Undelivered>
  readonly facts: () => ChildFacts
}

/** One actor, many lives: the mailbox, the ref and the checkpoints outlive each of them. */
export interface Actor<Message, Reply, State> {
  readonly ref: ActorRef<Message, Reply>
  /** One life, for a child spec. Messages that wait meet the next life, those sent before the first one the first. */
  readonly start: Start
  /**
   * No life follows by itself: what waits, and whatever is sent until the next `start` has succeeded, are dead letters.
   * For a child spec's `onEnd`.
   */
  readonly onEnd: (reason: Reason) => void
  /** Resolves once, with the reason of its end without a following life; at once when that has been. */
  readonly down: Effect.Effect<Reason>
  /**
   * New code for the next message. The message in hand ends with the old code; the state goes through the new checkpoint's
   * `migrate` when versions differ. Both or nothing: when that fails, the old code and state go on. A change waits for the
   * one before it, so that at most two versions live.
   */
  readonly change: (next: Behaviour<Message, Reply, State>) => Effect.Effect<void, unknown>
  /** This actor's own part of the root's ledger. */
  readonly ledger: () => LedgerView
  /** For `link`. */
  readonly linkable: Linkable
}

export const makeActor = <Message, Reply, State>(
  id: string,
  behaviour: Behaviour<Message, Reply, State>,
  options: MailboxOptions = {}
): Actor<Message, Reply, State> => new CellActor(new Cell(id, behaviour, options))

/** Makes its functions and Effects when they are asked for: an idle actor has no use for them, and there may be many. */
class CellRef<Message, Reply, State> implements ActorRef<Message, Reply> {
  readonly #cell: Cell<Message, Reply, State>

  constructor(cell: Cell<Message, Reply, State>) {
    this.#cell = cell
  }

  get id() {
    return this.#cell.id
  }

  get tell() {
    return (message: Message) => this.#cell.tell(message)
  }

  get ask() {
    return (message: Message) => this.#cell.ask(message)
  }

  get facts() {
    return () => this.#cell.facts()
  }
}

class CellActor<Message, Reply, State> implements Actor<Message, Reply, State> {
  readonly ref: ActorRef<Message, Reply>
  readonly #cell: Cell<Message, Reply, State>

  constructor(cell: Cell<Message, Reply, State>) {
    this.#cell = cell
    this.ref = new CellRef(cell)
  }

  get start() {
    return this.#cell.start()
  }

  get onEnd() {
    return (reason: Reason) => this.#cell.onEnd(reason)
  }

  get down() {
    return this.#cell.down()
  }

  get change() {
    return (next: Behaviour<Message, Reply, State>) => this.#cell.change(next)
  }

  get ledger() {
    return () => this.#cell.ledger.view()
  }

  get linkable() {
    return this.#cell
  }
}

/** The actor as a child of a supervisor; an `onEnd` of `more` is told after the actor's own. */
export const actorChild = (
  {
    ref,
    start,
    onEnd
  }: { readonly ref: Pick<ActorRef<never, unknown>, "id" | "facts"> } & Pick<
    Actor<never, unknown, unknown>,
    "start" | "onEnd"
  >,
  more?: Partial<ChildSpec>
): ChildSpec => {
  const after = more?.onEnd
  const both = (reason: Reason) => {
    onEnd(reason)
    after?.(reason)
  }
  return { id: ref.id, start, facts: ref.facts, kind: "worker", ...more, onEnd: after === undefined ? onEnd : both }
}
