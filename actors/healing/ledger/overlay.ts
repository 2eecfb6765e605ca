/** What runs in place of a plugin's files: all that its active seams stand for, or nothing. */
import type { Overlay, SeamView } from "../../../healing/ledger.ts"
import { retire, staleOf } from "./commit.ts"
import { LedgerError } from "./error.ts"
import { type Head, headsOf, liveIn, type Statements, textOf } from "./rows.ts"

const empty: Overlay = { sources: new Map(), seams: [], stale: [] }

/** Reads it; when somebody touched what is kept, the seams behind it are rolled back and say so. */
export const overlayOf = (use: Statements, root: string, write: (act: () => void) => void): Overlay => {
  const heads = headsOf(use, root)
  if (heads.length === 0) return empty
  const stale = staleOf(heads)
  if (stale.length > 0) return { ...empty, stale }
  const seams = liveIn(use, root).filter(({ status, changes }) => status === "active" && changes.length > 0)
  try {
    return { sources: new Map(heads.map((head) => [head.path, proved(use, head, seams)])), seams, stale }
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    write(() => retire(use, root, `refused, and with it all repairs of this plugin: ${error.message}`))
    return empty
  }
}

/** The text of a head, when it is the one that its seam was proved with. @throws LedgerError */
const proved = (use: Statements, { path, hash, seam }: Head, seams: ReadonlyArray<SeamView>): string => {
  const change = seams.find(({ id }) => id === seam)?.changes.find((one) => one.path === path)
  if (change?.after !== hash)
    throw new LedgerError(`what runs in place of ${path} is not what seam ${seam} was proved with: somebody touched it`)
  return textOf(use, hash).toString("utf8")
}
