/** How the console stands with its server, and who it is there: plain data. */

export type Link =
  /** Nobody has said with which key. `why`: what was wrong with the one before. */
  | { readonly name: "keyless"; readonly why?: string }
  | { readonly name: "connecting" }
  | { readonly name: "connected" }
  /** The connection is lost; the next attempt begins at `until` (milliseconds since the Unix epoch). */
  | { readonly name: "waiting"; readonly until: number; readonly why: string }

/** As `auth_response` tells it. */
export interface Me {
  readonly user: string
  /** May change what all share: accept and undo mends, revive plugins. */
  readonly operator: boolean
  readonly version: string
}
