/** A bulkhead: so many calls at a time and so many that wait, so that one plugin cannot take all there is. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

export interface BulkheadOptions {
  /** Whose calls they are, for messages. */
  readonly name: string
  /** Calls at a time. Default 8. */
  readonly permits?: number
  /** Calls that may wait for their turn, oldest first. Default 64. */
  readonly room?: number
}

/** The call was not made. */
export class BulkheadFull extends Data.TaggedError("BulkheadFull")<{
  readonly name: string
  readonly message: string
}> {}

export interface BulkheadView {
  readonly permits: number
  readonly running: number
  readonly waiting: number
}

export interface Bulkhead {
  /** Makes the call when it is its turn, or fails with `BulkheadFull` at once. An interrupted call gives its place back. */
  readonly protect: <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E | BulkheadFull, R>
  readonly view: () => BulkheadView
}

export const makeBulkhead = ({ name, permits = 8, room = 64 }: BulkheadOptions): Bulkhead => {
  const semaphore = Semaphore.makeUnsafe(permits)
  let inside = 0
  let running = 0
  const enter = Effect.suspend(() => {
    if (inside >= permits + room) return Effect.fail(full(name, permits, room))
    inside++
    return Effect.void
  })
  const leave = Effect.sync(() => void inside--)
  const begin = Effect.sync(() => void running++)
  const end = Effect.sync(() => void running--)
  return {
    protect: (call) =>
      Effect.acquireUseRelease(
        enter,
        () =>
          semaphore.withPermit(
            Effect.acquireUseRelease(
              begin,
              () => call,
              () => end
            )
          ),
        () => leave
      ),
    view: () => ({ permits, running, waiting: inside - running })
  }
}

const full = (name: string, permits: number, room: number): BulkheadFull =>
  new BulkheadFull({
    name,
    message: `${name} has ${permits} calls under way and ${room} waiting: try again when some of them are answered`
  })
