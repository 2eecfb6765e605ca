/** The user's word on a seam: accepted, a text goes into the source and a package is installed; undone, both are taken out again. */
import { rm } from "node:fs/promises"
import * as Effect from "effect/Effect"
import type { Ledger, SeamView } from "../../healing/ledger.ts"
import { privatePackages } from "./packages.ts"

/** In a seam's `origin`, before what was or is to be installed. */
const packaged = "package "

export interface WordOptions {
  /** Folder of the ledger. */
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** @returns all seams that are accepted with it. Rejects with the reason; then nothing is changed. */
export const acceptSeam = async (
  ledger: Ledger,
  { id, status, origin, root }: SeamView,
  { home, env }: WordOptions
): Promise<ReadonlyArray<SeamView>> => {
  if (origin?.startsWith(packaged) !== true || root === undefined) return ledger.accept(id)
  if (status !== "proposed") throw new Error(`${origin} is installed already`)
  const options = { packages: privatePackages(home, root), mode: "declared", env } as const
  // npm and what reads its papers are needed for nothing else here.
  const { installApproved } = await import("../../healing/install.ts")
  const installing = installApproved(options, { root }, origin.slice(packaged.length))
  await Effect.runPromise(Effect.mapError(installing, ({ reason }) => new Error(reason)))
  return [ledger.activate(id)]
}

/**
 * @returns all seams that are taken back with it, newest first. Rejects with the reason; then nothing is changed. With an
 *   install goes all that was installed for its plugin: what is declared comes back when it is missed.
 */
export const undoSeam = async (
  ledger: Ledger,
  { id }: SeamView,
  { home }: Pick<WordOptions, "home">
): Promise<ReadonlyArray<SeamView>> => {
  const undone = ledger.undo(id, "undone", "the user took it back")
  for (const { origin, root } of undone)
    if (origin?.startsWith(packaged) === true && root !== undefined)
      await rm(privatePackages(home, root), { recursive: true, force: true })
  return undone
}
