/** One life of an actor, from its start to its end: its state, and the message in its hand. */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { Message, Notice } from "./letter.ts"

export type End = Exit.Exit<unknown, unknown>

const nobody = () => {}

export class Life<Content, Reply, State> {
  state: State
  readonly context: Context.Context<never>
  /** Before that it takes no message. */
  running = false
  letter: Message<Content, Reply> | Notice | undefined = undefined
  /** Handles the letter. */
  fiber: Fiber.Fiber<unknown, unknown> | undefined = undefined
  /** What it has to end with; from then on it takes no message. */
  end: End | undefined = undefined
  /** Tells whoever runs it. */
  ended: (end: End) => void = nobody

  constructor(state: State, context: Context.Context<never>) {
    this.state = state
    this.context = context
  }

  get takesMessages(): boolean {
    return this.running && this.letter === undefined && this.end === undefined
  }

  /** Takes the letter out of its hand; false: it has been taken already, and somebody else has settled it. */
  putDown(letter: Message<Content, Reply> | Notice): boolean {
    if (this.letter !== letter) return false
    this.letter = this.fiber = undefined
    return true
  }

  /** What the asker of a message hears that was interrupted in the hand of this life. */
  get interruption(): unknown {
    return this.end !== undefined && Exit.isFailure(this.end) && !Cause.hasInterruptsOnly(this.end.cause)
      ? Cause.squash(this.end.cause)
      : new Error("The handling of the message was interrupted.")
  }
}
