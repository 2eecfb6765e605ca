/** What the remote channels have in common: who is there, how frames reach them, and what one of them may take. */
import type { OutFrame } from "./frames.ts"

/** Whoever holds a key. */
export interface User {
  /** Of the sessions; the same after a restart. `undefined`: this machine's own user, who sees the sessions of the terminal. */
  readonly owner: string | undefined
  /** For people. */
  readonly name: string
}

/** May change what all share: source code, plugins. */
export const isOperator = ({ owner }: User): boolean => owner === undefined

/** Why a key is not looked at now. */
export interface Unheard {
  readonly unheard: string
}

/** The way to one client. */
export interface Wire {
  /** In order. Never throws; after the end it does nothing. */
  readonly send: (frame: OutFrame) => void
  /** False: more than is good waits to be taken; whoever has a choice waits for `drained`. */
  readonly isFree: () => boolean
  /** Ends it. @param code As of RFC 6455, 7.4.1, or one of ours: 4401 not authenticated. */
  readonly end: (code: number, reason: string) => void
}

/** Whoever comes. */
export interface Joining {
  readonly wire: Wire
  /** Absent: the first frame must say it. */
  readonly user?: User
  /** Whoever showed a key with the connection is told at once that it counts, as if the first frame had been `auth`. */
  readonly greet?: boolean
  /** @returns `undefined` when nobody has this key; `key` is absent when the client sent none. */
  readonly authenticate: (key: string | undefined) => User | Unheard | undefined
}

/** One client, from its first frame to its last. */
export interface Peer {
  /** Never throws: what is wrong with a frame is answered. @param text One frame, as it came. */
  readonly receive: (text: string) => void
  /** The wire is free again. */
  readonly drained: () => void
  /** No new turns: tells the client. */
  readonly stopping: (grace: number) => void
  /** The client is gone; its sessions go on. */
  readonly gone: () => void
}

/** For transports that can make their client wait. */
export interface PacedPeer extends Peer {
  /** Resolves when the next frame may come without being too many. */
  readonly ready: () => Promise<void>
  /** Resolves when no frame waits for its answer. */
  readonly answered: () => Promise<void>
}
