/** The way to the server: one line at a time, tried again when it is lost. */
import type { InFrame, OutFrame } from "../../wire/frames.ts"
import type { Ask } from "./app.ts"
import { type Line, openLine } from "./line.ts"
import type { Link } from "./link.ts"
import { openAsked } from "./questions.ts"

export interface Parts {
  readonly url: string
  readonly onLink: (link: Link) => void
  readonly onFrame: (frame: OutFrame) => void
}

export interface Connection {
  /** @param key `undefined`: the server may need none. */
  readonly enter: (key: string | undefined) => void
  readonly leave: () => void
  /** Tries at once what it waits to try. */
  readonly hurry: () => void
  readonly send: (frame: InFrame) => boolean
  readonly ask: (frame: Ask) => Promise<OutFrame>
}

/** Milliseconds before the second attempt, and at most before any. */
const delays = { first: 500, longest: 20_000 }

export const connect = ({ url, onLink, onFrame }: Parts): Connection => {
  const asked = openAsked()
  let line: Line | undefined
  let key: string | undefined
  let attempt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const drop = (): void => {
    clearTimeout(timer)
    timer = undefined
    line?.close()
    line = undefined
    asked.drop()
  }

  const wait = (why: string): void => {
    // Half of it is chance: a restarted server is not met by everybody at once.
    const most = Math.min(delays.longest, delays.first * 2 ** attempt++)
    const delay = most / 2 + (Math.random() * most) / 2
    timer = setTimeout(open, delay)
    onLink({ name: "waiting", until: Date.now() + delay, why })
  }

  const open = (): void => {
    drop()
    onLink({ name: "connecting" })
    line = openLine({
      url,
      key,
      onFrame: (frame) => {
        onFrame(frame)
        asked.settle(frame)
      },
      onIn: () => {
        attempt = 0
        onLink({ name: "connected" })
      },
      onEnd: (why, isRefused) => {
        drop()
        if (isRefused) onLink({ name: "keyless", ...(key !== undefined && { why }) })
        else wait(why)
      }
    })
  }

  const send = (frame: InFrame): boolean => line?.send(frame) === true
  return {
    send,
    ask: (frame) => asked.ask((request_id) => send({ ...frame, request_id })),
    enter: (said) => {
      key = said
      attempt = 0
      open()
    },
    leave: () => {
      key = undefined
      drop()
      onLink({ name: "keyless" })
    },
    hurry: () => {
      if (timer !== undefined) open()
    }
  }
}
