/** What survives a crash: the last two checkpoints of an actor's state, and the way back from them. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

export interface Checkpoint<State> {
  /** Of the state's shape; a checkpoint of another version goes through `migrate`. */
  readonly version: number
  /** Plain data of its own, nothing that later changes with the state; after each message handled. `undefined`: keep the last. */
  readonly save: (state: State) => unknown
  /** Fails when the data is no valid state: it is set aside and told, and the checkpoint before it, else none, is used. */
  readonly load: (data: unknown) => Effect.Effect<State, unknown>
  readonly migrate?: (data: unknown, from: number) => Effect.Effect<unknown, unknown>
}

/** A checkpoint that could not be loaded; it is not tried again. `data` is what it held. */
export interface CheckpointSetAside {
  readonly type: "checkpoint.set_aside"
  readonly actor: string
  readonly at: number
  readonly version: number
  readonly data: unknown
  readonly error: unknown
}

/** Who is told what becomes of checkpoints. Default: a warning in the log. */
export const CheckpointObserver: Context.Reference<(event: CheckpointSetAside) => Effect.Effect<void>> =
  Context.Reference("kintsugi/CheckpointObserver", {
    defaultValue:
      () =>
      ({ actor, version, error }: CheckpointSetAside) =>
        Effect.logWarning(`A checkpoint of ${actor} (version ${version}) is no valid state and was set aside:`, error)
  })

interface Stored {
  readonly version: number
  readonly data: unknown
}

export class Checkpoints<State> {
  readonly #actor: string
  #last: Stored | undefined
  #before: Stored | undefined

  constructor(actor: string) {
    this.#actor = actor
  }

  /** Throws what `save` throws. */
  take(checkpoint: Checkpoint<State>, state: State): void {
    const data = checkpoint.save(state)
    if (data === undefined) return
    this.#before = this.#last
    this.#last = { version: checkpoint.version, data }
  }

  /** The last valid state, `undefined` when there is none. Those that are not valid are set aside and told. */
  restore(checkpoint: Checkpoint<State>): Effect.Effect<State | undefined> {
    return Effect.suspend(() => {
      const stored = this.#last
      if (stored === undefined) return Effect.undefined
      return Effect.flatMap(Effect.exit(load(checkpoint, stored)), (exit) => {
        if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
        this.#last = this.#before
        this.#before = undefined
        return Effect.andThen(this.#tell(stored, Cause.squash(exit.cause)), this.restore(checkpoint))
      })
    })
  }

  /** `state` of the code before as one of the code that follows; fails when there is no way from one to the other. */
  carry(from: Checkpoint<State> | undefined, to: Checkpoint<State> | undefined, state: State) {
    return Effect.suspend((): Effect.Effect<State, unknown> => {
      if (from === undefined || to === undefined || from.version === to.version) return Effect.succeed(state)
      const data = from.save(state)
      if (data !== undefined) return load(to, { version: from.version, data })
      if (this.#last !== undefined) return load(to, this.#last)
      return Effect.fail(new Error(`${this.#actor} has no checkpoint to migrate from: \`save\` gave none.`))
    })
  }

  /** Fails when the last checkpoint would be none for `to`. */
  verify(to: Checkpoint<State> | undefined): Effect.Effect<void, unknown> {
    return Effect.suspend(() => {
      const stored = this.#last
      return to === undefined || stored === undefined || stored.version === to.version
        ? Effect.void
        : Effect.asVoid(load(to, stored))
    })
  }

  #tell(stored: Stored, error: unknown): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const observe = yield* CheckpointObserver
      const at = yield* Clock.currentTimeMillis
      yield* observe({ type: "checkpoint.set_aside", actor: this.#actor, at, ...stored, error })
    })
  }
}

const load = <State>(checkpoint: Checkpoint<State>, { version, data }: Stored): Effect.Effect<State, unknown> =>
  Effect.suspend(() => {
    if (version === checkpoint.version) return checkpoint.load(data)
    if (checkpoint.migrate !== undefined)
      return Effect.flatMap(checkpoint.migrate(data, version), (migrated) => checkpoint.load(migrated))
    return Effect.fail(
      new Error(`The state is of version ${version}, the code of version ${checkpoint.version}: give it \`migrate\`.`)
    )
  })
