/** A connection that comes back: it is made again with growing pauses until it stands, or until that is hopeless. */
import { BehaviorSubject, type Observable } from "rxjs"
import type { InFrame } from "../wire/frames.ts"
import { type Greeting, type Line, type LineEnd, type LineParts, openLine } from "./line.ts"

export type Connection =
  | { readonly state: "connecting" }
  /** `stopping`: the server is about to stop, in so many milliseconds. */
  | { readonly state: "connected"; readonly stopping?: number }
  /** `retryAt`: of the next attempt, milliseconds since the Unix epoch. */
  | { readonly state: "lost"; readonly reason: string; readonly retryAt: number }
  /** No further attempt is made by itself. */
  | { readonly state: "ended"; readonly reason: string; readonly code?: LineEnd["code"] }

export interface LinkParts extends Omit<LineParts, "onEnd"> {
  /** It stood and does not any more. */
  readonly onLost: (reason: string) => void
}

export interface Link {
  /** Begins with how it is now. */
  readonly connection: Observable<Connection>
  readonly now: () => Connection
  /** @returns whether it was handed over to a connection that stands. */
  readonly send: (frame: InFrame) => boolean
  /** Tries at once, if it is not connected. */
  readonly wake: () => void
  readonly close: () => void
}

export const openLink = (parts: LinkParts): Link => {
  const { times } = parts
  const connection = new BehaviorSubject<Connection>({ state: "connecting" })
  let line: Line | undefined
  let timer: NodeJS.Timeout | undefined
  let [attempts, lostSince] = [0, 0]
  let isClosed = false

  const connect = (): void => {
    clearTimeout(timer)
    timer = undefined
    connection.next({ state: "connecting" })
    line = openLine({ ...parts, onGreeted, onFrame, onEnd })
  }
  const onGreeted = (greeting: Greeting): void => {
    attempts = 0
    lostSince = 0
    connection.next({ state: "connected" })
    parts.onGreeted(greeting)
  }
  const onFrame: LinkParts["onFrame"] = (frame) => {
    if (frame.type === "stopping") connection.next({ state: "connected", stopping: frame.grace })
    parts.onFrame(frame)
  }
  let hasStood = false
  const onEnd = ({ reason, isFinal, code }: LineEnd): void => {
    const stood = connection.value.state === "connected"
    hasStood ||= stood
    line = undefined
    lostSince ||= Date.now()
    const isHopeless = isFinal || !hasStood || Date.now() - lostSince > times.patience
    const delay = pauseBefore(attempts++, times)
    if (!isHopeless) timer = setTimeout(connect, delay)
    connection.next(
      isHopeless ? { state: "ended", reason, code } : { state: "lost", reason, retryAt: Date.now() + delay }
    )
    if (stood) parts.onLost(reason)
  }
  connect()

  return {
    connection: connection.asObservable(),
    now: () => connection.value,
    send: (frame) => {
      if (line === undefined || connection.value.state !== "connected") return false
      line.send(JSON.stringify(frame))
      return true
    },
    wake: () => {
      if (isClosed || line !== undefined) return
      lostSince = Date.now()
      connect()
    },
    close: () => {
      isClosed = true
      clearTimeout(timer)
      line?.close()
      line = undefined
      connection.next({ state: "ended", reason: "closed" })
      connection.complete()
    }
  }
}

/** Between half of it and all of it, so that many clients do not come back at once. */
const pauseBefore = (attempts: number, { firstRetry, longestRetry }: LinkParts["times"]): number =>
  Math.min(longestRetry, firstRetry * 2 ** attempts) * (0.5 + Math.random() / 2)
