/** The connection to the place where the sessions are: what the chat shows of it, and what it tells once. */
import type { Connection } from "../../connect/link.ts"
import type { Line } from "../text/text.ts"
import { clean } from "../text/text.ts"
import { note, type Remote, type State } from "./state.ts"

/** One that loses its connection says so, and what happens next; further attempts are seen in the status line only. */
export const linked = (state: State, name: string, connection: Connection): State => {
  const isMissed = state.remote?.isMissed ?? false
  const next = (missed: boolean): State => ({ ...state, remote: { name, state: connection.state, isMissed: missed } })
  switch (connection.state) {
    case "connecting":
      return next(isMissed)
    case "lost":
      return isMissed
        ? next(true)
        : note(
            next(true),
            "warn",
            `${sentence(connection.reason)} It is tried again; what you say meanwhile goes then.`
          )
    case "ended":
      return note(
        next(true),
        "warn",
        `${sentence(connection.reason)} It is not tried again by itself: what you say next does; /exit leaves.`
      )
    case "connected": {
      if (isMissed) return note(next(false), "plain", `Connected to ${name} again.`)
      return connection.stopping === undefined ? next(false) : note(next(false), "warn", stopping(name))
    }
  }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`

const stopping = (name: string): string =>
  `${name} is about to stop and begins nothing new; the conversation goes on when it is back.`

const words: Readonly<Record<Connection["state"], string>> = {
  connected: "at",
  connecting: "connecting to",
  lost: "reconnecting to",
  ended: "no connection to"
}

export const remoteWords = ({ name, state }: Remote): Line => [
  { text: clean(`${words[state]} ${name}`), style: state === "connected" ? { dim: true } : { tone: "warn" } }
]
