/** What an actor does, as its author writes it. */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Checkpoint } from "./checkpoint.ts"
import type { Reason } from "./reason.ts"

export interface Behaviour<Message, Reply, State> {
  /** The first state, or `restored` made ready. What it acquires lives until the actor's next end. */
  readonly init: (restored: State | undefined) => Effect.Effect<State, unknown, Scope.Scope>
  /**
   * A failure or a defect crashes the actor. Interrupted when the asker is. An idle actor's handling begins on the stack of
   * its sender; work that holds the thread for long belongs behind an asynchronous step.
   */
  readonly handle: (message: Message, state: State) => Effect.Effect<Next<Reply, State>, unknown>
  /** A message that crashed its actor is delivered again only if this says true, at most `redeliveries` times. Default: never. */
  readonly isIdempotent?: (message: Message) => boolean
  /** Default 2. */
  readonly redeliveries?: number
  readonly checkpoint?: Checkpoint<State>
  /** A link's end as a message of its own instead of an end of one's own. */
  readonly linkEnded?: (id: string, reason: Reason, state: State) => Effect.Effect<State, unknown>
}

export interface Next<Reply, State> {
  readonly reply: Reply
  readonly state: State
  /** After the reply the actor ends: `normal`, or with a failure that its supervisor meets. */
  readonly end?: { readonly kind: "normal" } | { readonly kind: "failed"; readonly error: unknown }
}
