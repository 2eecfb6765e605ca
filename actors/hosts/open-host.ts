/** Opens the place that was asked for. What only a worker or a child needs is loaded with the first of them. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { FarPlaces } from "./far-places.ts"
import { type Host, HostFault, type HostOptions, type Hosts, type Place, type PluginSource } from "./host.ts"
import { openHere } from "./in-process.ts"
import type { Opening } from "./opening.ts"

interface Household {
  readonly options: HostOptions
  /** The workers and children; made with the first of them. */
  far: Promise<FarPlaces> | undefined
  spare: (() => number | undefined) | undefined
}

/** The places of one runtime. */
export const hosts = (options: HostOptions): Effect.Effect<Hosts, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync((): Household => ({ options, far: undefined, spare: undefined })),
    ({ far }) => Effect.promise(async () => (await far)?.close())
  ).pipe(
    Effect.map((household) => ({
      open: (place, source) => open(household, place, source),
      trial: async (source) => (await farPlaces(household)).trial(source),
      spare: () => household.spare?.()
    }))
  )

const open = (household: Household, place: Place, source: PluginSource): Effect.Effect<Host, HostFault, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const opening = begin(household, place, source)
        // Whoever is interrupted before he waits for it hears nothing of it.
        opening.loaded.catch(() => {})
        return opening
      },
      catch: (error) => unstarted(source, place, error)
    }),
    ({ close }) => Effect.promise(close)
  ).pipe(
    Effect.flatMap(({ loaded, close }) =>
      Effect.tryPromise({ try: () => loaded, catch: (error) => unstarted(source, place, error) }).pipe(
        // Whoever does not wait for it any more does not want it at the end of a longer scope.
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.promise(close)))
      )
    )
  )

const unstarted = (source: PluginSource, place: Place, error: unknown): HostFault => {
  if (error instanceof HostFault) return error
  const plugin = "plugin" in source ? source.plugin.name : source.name
  const message = error instanceof Error ? error.message : String(error)
  return new HostFault({ kind: "load", plugin, place }, `plugin ${plugin} cannot be loaded: ${message}`, {
    cause: error
  })
}

const begin = (household: Household, place: Place, source: PluginSource): Opening => {
  if (place === "in_process") return openHere(source, household.options)
  if ("plugin" in source) throw new TypeError(`only a module can run in a ${place}: an object cannot leave its process`)
  return openThere(household, place, source)
}

const openThere = (
  household: Household,
  place: "worker" | "child",
  source: Extract<PluginSource, { readonly module: string }>
): Opening => {
  let isClosed = false
  const opening = farPlaces(household).then((far) => {
    if (isClosed) throw new Error("it was closed before it was opened")
    return far.open(place, source)
  })
  const close = async () => {
    isClosed = true
    const opened = await opening.catch(() => undefined)
    await opened?.close()
  }
  return { loaded: opening.then(({ loaded }) => loaded), close }
}

const farPlaces = (household: Household): Promise<FarPlaces> =>
  (household.far ??= import("./far-places.ts").then(({ openFarPlaces }) => {
    const far = openFarPlaces(household.options)
    household.spare = far.spare
    return far
  }))
