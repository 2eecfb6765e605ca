/** Which seams stand on which: those that changed the same files, in the order they were made. */
import type { SeamView } from "../../../healing/ledger.ts"

const touches = ({ changes }: SeamView, paths: ReadonlySet<string>): boolean =>
  changes.some(({ path }) => paths.has(path))

/**
 * A seam and whatever was stacked on it, and on that, newest first.
 *
 * @param live Oldest first, the seam among them.
 */
export const stackedOn = (live: ReadonlyArray<SeamView>, id: string): ReadonlyArray<SeamView> => {
  const paths = new Set<string>()
  const stacked: Array<SeamView> = []
  for (const seam of live.slice(live.findIndex((one) => one.id === id))) {
    if (seam.id !== id && !touches(seam, paths)) continue
    stacked.push(seam)
    for (const { path } of seam.changes) paths.add(path)
  }
  return stacked.toReversed()
}

/** A seam and all that shares a file with it, below and above, directly or by way of others; oldest first. */
export const joinedWith = (live: ReadonlyArray<SeamView>, id: string): ReadonlyArray<SeamView> => {
  let joined = live.filter((seam) => seam.id === id)
  for (;;) {
    const paths = pathsOf(joined)
    const wider = live.filter((seam) => joined.includes(seam) || touches(seam, paths))
    if (wider.length === joined.length) return wider
    joined = wider
  }
}

export const pathsOf = (seams: ReadonlyArray<SeamView>): ReadonlySet<string> =>
  new Set(seams.flatMap(({ changes }) => changes.map(({ path }) => path)))
