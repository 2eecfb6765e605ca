/** What every way of serving needs of what is served. */
import type { Shop } from "./shop.ts"

/** What clients are told of a server. */
export interface ServerInfo {
  readonly name: string
  readonly title?: string
  readonly version: string
}

export interface Served {
  readonly shop: Shop
  readonly info: ServerInfo
  /** For the client's model: what the server is good for. */
  readonly instructions?: string
  /** For whoever looks for a bug; nothing that a client said. */
  readonly log: (message: string) => void
}
