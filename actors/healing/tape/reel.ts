/** What a call's wrapped ports write to. */
import type { Use } from "../../../healing/tape.ts"

export interface Reel {
  readonly add: (use: Use) => void
  /** Whether so many bytes more would fit. */
  readonly hasRoom: (bytes: number) => boolean
  readonly take: (bytes: number) => void
  /** Something has happened that cannot stand on it. */
  readonly tear: () => void
}
