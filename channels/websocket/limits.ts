/** What connections may take of the server, and how long each of their states may last. */

export interface Limits {
  /** Connections at a time, all kinds together. */
  readonly connections: number
  /** Of them, from one address. */
  readonly perAddress: number
  /** Milliseconds between two pings; whoever leaves two of them unanswered is gone. */
  readonly ping: number
  /** Milliseconds that data may wait for a client that takes nothing of it. */
  readonly stall: number
  /** Milliseconds for the head of an HTTP request, the one for an upgrade included. */
  readonly head: number
  /** Bytes that may wait for a client before whoever has a choice sends no more. */
  readonly free: number
  /** Bytes from which on nothing more is read from a client that does not read. */
  readonly pause: number
  /** Bytes with which a client is ended. */
  readonly most: number
  /** Bytes that whoever has shown no key may send. */
  readonly stranger: number
  /** Wrong keys, each counted once, after which an address is not listened to for `lockout` milliseconds, twice that the next time. */
  readonly wrongKeys: number
  readonly lockout: number
}

export const defaultLimits: Limits = {
  connections: 2000,
  perAddress: 1000,
  ping: 30_000,
  stall: 60_000,
  head: 10_000,
  free: 256 * 1024,
  pause: 4 * 1024 * 1024,
  most: 64 * 1024 * 1024,
  stranger: 64 * 1024,
  wrongKeys: 10,
  lockout: 60_000
}
