/** Seams as one user may see them. */
import { basename, isAbsolute, relative } from "node:path"
import type { Change, SeamView } from "../../healing/ledger.ts"
import { isOperator, type User } from "./wire.ts"

/** For a list: without what is long. */
export const healsFor = (seams: ReadonlyArray<SeamView>, user: User): Array<unknown> =>
  seams.map((seam) => {
    const { diff: _diff, proof: _proof, ...rest } = shown(seam, user)
    return rest
  })

export const healFor = (seam: SeamView, user: User): unknown => shown(seam, user)

/**
 * What failed, and what it was proved with, may hold another user's words, and paths tell of the machine: only the
 * machine's own user sees them.
 */
const shown = (seam: SeamView, user: User): Omit<SeamView, "root"> => {
  if (isOperator(user)) return seam
  const { root, failure, rungs, changes, proof: _proof, ...rest } = seam
  return {
    ...rest,
    failure: { kind: failure.kind, message: "" },
    rungs: rungs.map(({ strategy, outcome }) => ({ strategy, outcome, reason: "" })),
    changes: changes.map((change) => within(root, change)),
    proof: []
  }
}

const within = (root: string | undefined, change: Change): Change => {
  const path = root === undefined ? ".." : relative(root, change.path)
  return { ...change, path: path.startsWith("..") || isAbsolute(path) ? basename(change.path) : path }
}
