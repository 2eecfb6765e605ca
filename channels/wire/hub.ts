/** Whoever is connected, and the sessions that they share: one agent for each session, however many look at it. */
import { deskOf, type HubParts } from "./parts.ts"
import { type KeptPeer, openPeer } from "./peer.ts"
import { openSeats } from "./seats.ts"
import { openWatch } from "./watch.ts"
import type { Joining, PacedPeer } from "./wire.ts"

export type { Host, HubLimits, HubParts, ListedModel } from "./parts.ts"
export type { Clock } from "./clock.ts"
export type { Joining } from "./wire.ts"

export interface Hub {
  readonly join: (joining: Joining) => PacedPeer
  readonly counts: () => { readonly peers: number; readonly sessions: number; readonly turns: number }
  /**
   * Begins nothing new and tells everybody; turns that still run after `grace` milliseconds are suspended, to go on at their
   * session's next opening. Resolves when all sessions are closed and all wires ended (1012). Called again it may shorten that.
   */
  readonly stop: (grace: number, how?: StopHow) => Promise<void>
}

export interface StopHow {
  /** Nobody can answer any more: turns that wait for an answer are not waited for. Default false. */
  readonly isDeaf?: boolean
}

/** Milliseconds for the last events to reach those who take them, when all has stopped. */
const lastWords = 2000

/** The process lives until this is done: a turn that waits for an answer keeps nothing else alive. */
const held = async (act: () => Promise<void>): Promise<void> => {
  const alive = setInterval(() => {}, 60_000)
  try {
    // Whoever orders it is told in no frame before the order is through.
    await Promise.resolve()
    await act()
  } finally {
    clearInterval(alive)
  }
}

/** Makes a hub. Nothing is opened, and nobody is waited for, until somebody joins. */
export const openHub = (parts: HubParts): Hub => {
  const desk = deskOf(parts)
  const peers = new Set<KeptPeer>()
  let stopped: Promise<void> | undefined
  const graceEnds = Promise.withResolvers<void>()
  let until = Infinity
  const isStopping = (): boolean => stopped !== undefined
  const seats = openSeats(desk, isStopping)
  const watch = openWatch(desk.clock)

  const within = (time: number, all: ReadonlyArray<Promise<void>>): Promise<void> =>
    new Promise((resolve) => {
      const cancel = desk.clock.later(time, resolve)
      void Promise.allSettled(all).then(() => {
        cancel()
        resolve()
      })
    })

  const stop = async (grace: number, isDeaf: boolean): Promise<void> => {
    for (const peer of peers) peer.stopping(grace)
    await Promise.race([graceEnds.promise, Promise.all(seats.all().map((seat) => seat.rests(isDeaf)))])
    await within(
      lastWords,
      [...peers].map((peer) => peer.caughtUp())
    )
    await Promise.all(seats.all().map((seat) => seat.close({ suspend: true })))
    for (const peer of peers) peer.end(1012, "the server stops")
  }

  return {
    join: (joining) => {
      const peer = openPeer({
        joining,
        desk,
        seats,
        watch,
        isStopping,
        onGone: () => void peers.delete(peer)
      })
      peers.add(peer)
      if (isStopping()) peer.stopping(Math.max(0, until - desk.clock.now()))
      return peer
    },
    counts: () => ({
      peers: peers.size,
      sessions: seats.all().filter((seat) => seat.live() !== undefined).length,
      turns: seats.all().filter((seat) => seat.live() !== undefined && seat.isBusy()).length
    }),
    stop: (grace, { isDeaf = false } = {}) => {
      until = Math.min(until, desk.clock.now() + grace)
      desk.clock.later(grace, graceEnds.resolve)
      return (stopped ??= held(() => stop(grace, isDeaf)))
    }
  }
}
