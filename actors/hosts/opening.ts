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

/** A plugin that fails to stop is ended like any other. */
export const stopped = ({ stop }: Host["plugin"], { stopWithin = 1000 }: HostOptions): Promise<unknown> =>
  within(Promise.resolve(stop?.()), stopWithin)

export const failing = (ended: Promise<HostFault>): Effect.Effect<never, HostFault> =>
  Effect.flatMap(
    Effect.promise(() => ended),
    (fault) => Effect.fail(fault)
  )
