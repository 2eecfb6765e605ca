/** What plugins add to a session of another place: commands, which its server lists and runs. Keys and widgets stay there. */
import { randomUUID } from "node:crypto"
import { Subject } from "rxjs"
import type { Session } from "../../actors/session-host.ts"
import type { OutFrame } from "../wire/frames.ts"
import type { Link } from "./link.ts"
import { RemoteError } from "./remote-error.ts"
import type { Requests } from "./requests.ts"

type CommandsFrame = Extract<OutFrame, { type: "commands" }>

export interface RemoteExtensions {
  readonly port: Session["extensions"]
  /** The server tells that they are others. */
  readonly take: (frame: CommandsFrame) => void
  /** Asks which there are, and to be told when they change. One of before tells nothing. */
  readonly look: () => void
  readonly close: () => void
}

export interface RemoteExtensionsParts {
  /** Of the session. */
  readonly id: () => string
  readonly ask: Requests["ask"]
  readonly link: Pick<Link, "send">
}

/** Milliseconds: longer than any server lets a command run by default, so that its own answer comes first. */
const longest = 600_000

export const remoteExtensions = ({ id, ask, link }: RemoteExtensionsParts): RemoteExtensions => {
  const changes = new Subject<void>()
  let commands: CommandsFrame["commands"] = []

  const take = (frame: CommandsFrame): void => {
    ;({ commands } = frame)
    changes.next()
  }
  const runCommand: Session["extensions"]["runCommand"] = async (name, argument, { signal } = {}) => {
    const command_id = randomUUID()
    const stop = (): void => void link.send({ type: "command_cancel", command_id, session_id: id() })
    signal?.addEventListener("abort", stop)
    try {
      const frame = { type: "command", name, argument, command_id, session_id: id() } as const
      const { show } = await ask(frame, "command_result", undefined, longest)
      // What it says the server has said.
      return show === undefined ? {} : { show }
    } catch (error) {
      if (error instanceof RemoteError) return { show: `/${name}: ${error.message}` }
      throw error
    } finally {
      signal?.removeEventListener("abort", stop)
    }
  }
  return {
    take,
    look: () => void ask({ type: "commands", session_id: id(), watch: true }, "commands", take).catch(() => {}),
    close: () => changes.complete(),
    port: {
      changes,
      commands: () => commands,
      shortcuts: () => [],
      widgets: () => [],
      runCommand,
      pressShortcut: async () => ({}),
      renderWidget: async () => ""
    }
  }
}
