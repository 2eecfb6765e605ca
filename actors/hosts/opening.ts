/** A place on its way to be open, and its end. */
import * as Effect from "effect/Effect"
import { within } from "../../plugins/ports/within.ts"
import type { Host, HostFault, HostOptions } from "./host.ts"

export interface Opening {
  readonly loaded: Promise<Host>
  /** Asks, within its time, then ends it; resolves when it is gone. */
  readonly close: () => Promise<void>
}

/** Follows the plugin's name. */
export const closed = "was closed"

/** Asks a plugin to stop, when it has anything to do for it. One that fails to is ended like any other. */
export const stopped = async ({ stop }: Host["plugin"], { stopWithin = 1000 }: HostOptions): Promise<void> => {
  if (stop !== undefined) await within(Promise.resolve(stop()), stopWithin)
}

export const failing = (ended: Promise<HostFault>): Effect.Effect<never, HostFault> =>
  Effect.flatMap(
    Effect.promise(() => ended),
    (fault) => Effect.fail(fault)
  )
