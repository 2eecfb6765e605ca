/** What every way of serving needs of what is served. */
import type { Shop } from "./shop.ts"

export interface Served {
  readonly shop: Shop
  readonly info: { readonly name: string; readonly title?: string; readonly version: string }
  /** For the client's model: what the server is good for. */
  readonly instructions?: string
  /** For whoever looks for a bug; nothing that a client said. */
  readonly log: (message: string) => void
}
