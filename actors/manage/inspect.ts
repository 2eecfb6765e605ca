/** What a plugin offers, by its own word: its code is loaded once, in a place of its own, and let go. */
import { tmpdir } from "node:os"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type HostFault, type Hosts, type Place } from "../hosts/host.ts"
import type { Manifest } from "../hosts/manifest.ts"
import { hosts } from "../hosts/open-host.ts"
import { NotManaged } from "./not-managed.ts"

export interface Inspected {
  /** What it goes by until it has said its own name. */
  readonly name: string
  /** Absolute path. */
  readonly module: string
}

export interface Loaded {
  readonly manifest: Manifest
  /** The start of the place included. */
  readonly milliseconds: number
}

/** Nothing of it is started. Fails with why it cannot be loaded, and what can be done about that. */
export const inspect = (plugin: Inspected, place: Place): Effect.Effect<Manifest, NotManaged> =>
  Effect.scoped(
    Effect.gen(function* () {
      return (yield* loaded(yield* hosts({ cwd: tmpdir() }), plugin, place)).manifest
    })
  )

/** The same among places that are there already; it stays loaded as long as the scope. */
export const loaded = (
  places: Hosts,
  { name, module }: Inspected,
  place: Place
): Effect.Effect<Loaded, NotManaged, Scope.Scope> =>
  Effect.suspend(() => {
    const begun = performance.now()
    return places.open(place, { name, module }).pipe(
      Effect.map(({ manifest }) => ({ manifest, milliseconds: Math.round(performance.now() - begun) })),
      Effect.mapError((fault) => new NotManaged({ message: said(fault, place) }))
    )
  })

const said = (fault: HostFault, place: Place): string => {
  const cause = fault.cause instanceof Error ? fault.cause : fault
  const code = "code" in cause ? cause.code : undefined
  if (code === "ERR_DLOPEN_DISABLED" || /native addon|\.node\b/i.test(cause.message))
    return `${fault.message}: it loads native code, which a ${place} may not; plugins.isolation: worker lets it`
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND")
    return `${fault.message}; what it imports must stand in its dependencies, and be installed (npm install in its folder)`
  return fault.message
}
