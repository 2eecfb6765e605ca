/** A seam that the user accepts: a text goes into the source, a package that was proposed is installed. */
import * as Effect from "effect/Effect"
import type { Ledger, SeamView } from "../../healing/ledger.ts"
import { privatePackages } from "./packages.ts"

/** In a seam's `origin`, before what was or is to be installed. */
const packaged = "package "

export interface AcceptOptions {
  /** Folder of the ledger. */
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Rejects with the reason; then nothing is changed. */
export const acceptSeam = async (
  ledger: Ledger,
  seam: SeamView,
  { home, env }: AcceptOptions
): Promise<ReadonlyArray<SeamView>> => {
  const { id, status, origin, root } = seam
  if (origin?.startsWith(packaged) !== true || root === undefined) return ledger.accept(id)
  if (status !== "proposed") throw new Error(`${origin} is installed already`)
  const options = { packages: privatePackages(home, root), mode: "declared", env } as const
  const wanted = origin.slice(packaged.length)
  // npm and what reads its papers are needed for nothing else here.
  const { installApproved } = await import("../../healing/install.ts")
  const installing = installApproved(options, { root }, wanted)
  await Effect.runPromise(Effect.mapError(installing, ({ reason }) => new Error(reason)))
  return [ledger.activate(id)]
}
