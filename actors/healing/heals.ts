/** What a runtime offers of its seams: for channels, which reach no ledger themselves. */
import type { SeamView } from "../../healing/ledger.ts"

export interface Heals {
  /** Newest first. */
  readonly list: () => Promise<ReadonlyArray<SeamView>>
  /** By id or an unambiguous beginning of one. Rejects naming them when several begin so. */
  readonly find: (id: string) => Promise<SeamView | undefined>
  /** What a proposal needs is done, and its text is written into the source. Rejects with the reason; then nothing is changed. */
  readonly accept: (id: string) => Promise<ReadonlyArray<SeamView>>
  /** Newest first. Rejects with the reason; then nothing is changed. */
  readonly undo: (id: string) => Promise<ReadonlyArray<SeamView>>
}
