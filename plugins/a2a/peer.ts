/** Another agent that we call: what is configured of it, how long it may take, how much it may say, how calling it fails. */

export interface Peer {
  readonly name: string
  /** Its server, or its card. */
  readonly url: string
  /** Bearer token, shown at its own origin and `origins` and nowhere else. */
  readonly token?: string
  /** Further origins at which it may be served, as its card says. */
  readonly origins?: ReadonlyArray<string>
}

/** Milliseconds. */
export interface Times {
  /** For its card. */
  readonly card: number
  /** For one look at a task, and for cancelling it. */
  readonly look: number
  /** Without any event in a stream, after which the task is looked at. */
  readonly silence: number
  /** Between two looks: the first, doubled up to the last. */
  readonly pause: number
  readonly longestPause: number
  /** For it to name the task when it is to be cancelled before that. */
  readonly naming: number
}

export const usualTimes: Times = {
  card: 10_000,
  look: 10_000,
  silence: 30_000,
  pause: 200,
  longestPause: 5000,
  naming: 2000
}

/** Bytes of one answer of a peer, a stream taken as one. */
export const largestAnswer = 16 * 1024 * 1024

/** Bytes of a card. */
export const largestCard = 1024 * 1024

/** unsure: it broke off, and whether it has taken the message is not known. */
export type PeerTrouble =
  | "unreachable"
  | "unauthorized"
  | "elsewhere"
  | "version"
  | "protocol"
  | "refused"
  | "not_found"
  | "timeout"
  | "unsure"

/** Calling a peer came to nothing; the message says why and what to do, in our words with theirs quoted. */
export class PeerError extends Error {
  override readonly name = "PeerError"
  readonly kind: PeerTrouble
  constructor(kind: PeerTrouble, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
