/** A pause between two messages, in which an actor's code may be exchanged; one at a time. */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

export class Pause {
  readonly #turns = Semaphore.makeUnsafe(1)
  /** Somebody waits for the pause or is in it. */
  active = false
  #begin: (() => void) | undefined

  /** What must not happen while somebody else is in the pause. */
  apart<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return this.#turns.withPermit(effect)
  }

  /** `effect` in the pause, which begins as soon as `isQuiet`; afterwards `goOn`, whatever came of it. */
  during<A, E>(effect: Effect.Effect<A, E>, isQuiet: () => boolean, goOn: () => void): Effect.Effect<A, E> {
    const quiet = Effect.callback<void>((resume) => {
      this.active = true
      this.#begin = () => resume(Effect.void)
      if (isQuiet()) this.begin()
    })
    const over = Effect.sync(() => {
      this.active = false
      this.#begin = undefined
      goOn()
    })
    return this.apart(Effect.ensuring(Effect.andThen(quiet, effect), over))
  }

  /** It is quiet now. */
  begin(): void {
    const begin = this.#begin
    this.#begin = undefined
    begin?.()
  }
}
