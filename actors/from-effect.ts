/** The one bridge between Effect and XState: an Effect that lives as long as its actor. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type EventObject, fromCallback, type NonReducibleUnknown } from "xstate"

export interface Bridge<Received, Sent> {
  /** Tells the machine. An event that ends the state interrupts the Effect, so it must be the last thing done. */
  readonly report: (event: Sent) => void
  /** Hears what the machine sends to the actor. */
  readonly receive: (listener: (event: Received) => void) => void
}

/**
 * `run` has no typed failure left: every expected one must already have become an event. What fails all the same is a
 * bug; `crashed` tells the machine in its own events, so that no state waits for an actor that is gone.
 */
export const fromEffect = <Received extends EventObject, Input extends NonReducibleUnknown, Sent extends EventObject>(
  ...how: Parameters<typeof running<Received, Input, Sent>>
) => fromCallback<Received, Input>(running(...how))

/** What begins such an actor and ends it. */
export type Running<Received extends EventObject, Input> = Parameters<typeof fromCallback<Received, Input>>[0]

/** As `fromEffect`, for a machine that is provided with it by somebody else. */
export const running =
  <Received extends EventObject, Input extends NonReducibleUnknown, Sent extends EventObject>(
    run: (input: Input, bridge: Bridge<Received, Sent>) => Effect.Effect<void>,
    crashed: (cause: string, input: Input) => ReadonlyArray<Sent>,
    /** Interrupts it too: XState stops no children of a machine that broke. */
    signal?: AbortSignal
  ): Running<Received, Input> =>
  ({ input, sendBack, receive }) => {
    const fiber = Effect.runFork(
      // Within the fiber, so that what `run` itself throws is told like any other bug.
      Effect.suspend(() => run(input, { report: sendBack, receive })),
      { signal }
    )
    fiber.addObserver((exit) => {
      if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause))
        crashed(Cause.pretty(exit.cause), input).forEach(sendBack)
    })
    return () => fiber.interruptUnsafe()
  }
