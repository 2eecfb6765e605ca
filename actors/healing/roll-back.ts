/** A repair taken back by the watch, with all that was stacked on it; the plugin goes on with what ran before. */
import * as Effect from "effect/Effect"
import type { SeamView } from "../../healing/ledger.ts"
import type { Ward } from "./ward.ts"

/** Never fails: what cannot be taken back is told, and the plugin goes on as it is. */
export const rollBack = (ward: Ward, seam: string, reason: string): Effect.Effect<ReadonlyArray<SeamView>> =>
  Effect.gen(function* () {
    const { desk } = ward
    const undone = yield* Effect.tryPromise(async () => (await desk.ledger()).undo(seam, "rolled_back", reason))
    yield* changed(ward)
    for (const one of undone) desk.announce(one)
    return undone
  }).pipe(
    Effect.catch((error) => {
      ward.degrade(`the repair ${seam} failed and could not be taken back: ${textOf(error)}`)
      return Effect.succeed([])
    })
  )

/** What is to run has changed: it runs from now on, or from the plugin's next beginning. */
export const changed = (ward: Ward): Effect.Effect<void, unknown> =>
  Effect.suspend(() => (ward.isRunning() ? ward.exchange : Effect.void))

export const textOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
