/** What the mends view knows. */
import type { SeamView } from "../../../../healing/ledger.ts"

/** The user's word on a seam. */
export interface Order {
  readonly verb: "accept" | "undo"
  readonly id: string
  /** The user has confirmed it; the server is at it. */
  readonly isUnderWay: boolean
}

export interface Mends {
  /** Newest first; absent until the server has told them. The ledger forgets none. */
  readonly seams?: ReadonlyArray<SeamView>
  /** Those that were looked at, whole, with their diffs. */
  readonly whole: ReadonlyMap<string, SeamView>
  /** Why one that was asked for cannot be shown. */
  readonly missing?: { readonly id: string; readonly why: string }
  readonly order?: Order
  /** What came of the last order. */
  readonly outcome?: { readonly id: string; readonly isGood: boolean; readonly text: string }
}

export const noMends: Mends = { whole: new Map() }

export type MendsHappening =
  /** Absent: not this, or no more. */
  | { readonly type: "mends.ordered"; readonly order?: Order }
  | { readonly type: "mends.obeyed"; readonly id: string; readonly isGood: boolean; readonly text: string }
  | { readonly type: "mends.missed"; readonly id: string; readonly why: string }

/** Of one plugin or, with `tool`, of one of its tools. */
export const seamsOf = (
  { seams = [] }: Mends,
  { plugin, tool }: { readonly plugin?: string; readonly tool?: string }
): ReadonlyArray<SeamView> =>
  plugin === undefined
    ? []
    : seams.filter((seam) => seam.plugin === plugin && (tool === undefined || seam.tool === tool))
