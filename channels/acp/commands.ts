/** Slash commands that make sense in an editor: ours, and those of plugins. */
import type { AvailableCommand } from "@agentclientprotocol/sdk"
import type { Session } from "../../actors/session-host.ts"
import { printable } from "../cli/printable.ts"
import { readCommand, runIn } from "../command-line.ts"
import { failed } from "./errors.ts"
import { fenced } from "./tool-calls.ts"

/** What came of a command: words for the user, or a message to the agent. */
export type Outcome =
  | { readonly type: "show"; readonly text: string }
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "cancelled" }

type Run = (session: Session, argument: string, signal: AbortSignal) => Promise<Outcome>

interface OwnCommand {
  readonly about: string
  readonly argument?: string
  readonly run: Run
}

/** What an editor has controls of its own for, such as the mode, is not among them. What the terminal brings is loaded late. */
const own: Readonly<Record<string, OwnCommand>> = {
  compact: {
    about: "replace the conversation by a summary",
    argument: "[focus]",
    run: (session, focus, signal) => compact(session, focus, signal)
  },
  clear: {
    about: "start afresh; the model forgets what was said",
    run: async (session) => {
      atRest(session)
      session.send({ type: "user.clear" })
      return show("The model forgets what was said; it stays in the session.")
    }
  },
  cost: {
    about: "tokens and money of this session",
    run: async (session) => {
      const [{ costTable }, { statusOf }] = await Promise.all([
        import("../terminal/screen/cost.ts"),
        import("../terminal/screen/status.ts")
      ])
      return show(fenced(costTable(statusOf(session.view()))))
    }
  },
  tools: {
    about: "the tools of this session",
    run: async (session) => show(session.view().tools.map(toolLine).join("\n"))
  },
  tree: {
    about: "the points of this session",
    run: async (session) => {
      const { pointRows } = await import("../terminal/screen/points.ts")
      const rows = pointRows(await session.tree(), Date.now()).map(({ label, note }) => `${label}  ${note}`)
      return show(rows.length === 0 ? "Nothing was said yet." : fenced(rows.join("\n")))
    }
  },
  fork: {
    about: "name this point, to come back to it",
    argument: "[label]",
    run: async (session, label) => {
      const node = await session.fork(label === "" ? undefined : label)
      return show(`This point is called ${node.label}; /switch ${node.label} comes back to it.`)
    }
  },
  switch: {
    about: "go on from a named point, or one of /tree",
    argument: "[point]",
    run: async (session, to) => {
      if (to === "") return show("Say where to: /switch and a point of /tree.")
      const { id, label } = await session.switch(to)
      return show(`The conversation goes on from ${label || `#${id}`}. What was said since still stands above.`)
    }
  }
}

const show = (text: string): Outcome => ({ type: "show", text: printable(text) })

const toolLine = ({ name, description }: { readonly name: string; readonly description: string }): string =>
  `- \`${name}\`: ${description.split("\n", 1)[0]}`

const atRest = (session: Session): void => {
  if (session.view().state !== "idle") throw failed("the agent works: stop it first, or wait", "busy")
}

/** Resolves when the summary stands there, or will not come. What happened is told by the session itself. */
const compact = async (session: Session, focus: string, signal: AbortSignal): Promise<Outcome> => {
  atRest(session)
  const ended = Promise.withResolvers<Outcome>()
  const cancel = (): void => session.cancel()
  signal.addEventListener("abort", cancel)
  const heard = session.events.subscribe({
    next: (notice) => {
      if (notice.type === "agent.compacted") ended.resolve(show(""))
      if (notice.type === "agent.warned") ended.resolve(signal.aborted ? { type: "cancelled" } : show(""))
    },
    complete: () => ended.resolve({ type: "cancelled" })
  })
  try {
    session.send({ type: "user.compact", ...(focus === "" ? {} : { focus }) })
    if (session.view().state === "idle") return show("There is nothing to compact.")
    return await ended.promise
  } finally {
    signal.removeEventListener("abort", cancel)
    heard.unsubscribe()
  }
}

/** Commands that are offered at most. */
const most = 200

export const availableCommands = ({ extensions }: Pick<Session, "extensions">): Array<AvailableCommand> => {
  const ours = Object.entries(own).map(([name, { about, argument = "" }]) => commandOf(name, about, argument))
  const theirs = extensions
    .commands()
    .filter(({ name }) => !Object.hasOwn(own, name))
    .map(({ name, description, argument }) => commandOf(name, description, argument))
  return [...ours, ...theirs].slice(0, most)
}

const commandOf = (name: string, description: string, argument: string): AvailableCommand => ({
  name,
  description: printable(description),
  ...(argument !== "" && { input: { hint: printable(argument) } })
})

/** @returns what runs it; `undefined` when the text is a message. */
export const commandIn = (
  session: Session,
  text: string | undefined
): ((signal: AbortSignal, onProgress: (text: string) => void) => Promise<Outcome>) | undefined => {
  const command = text === undefined ? undefined : readCommand(text)
  if (command === undefined) return undefined
  const { name, argument } = command
  const ours = Object.hasOwn(own, name) ? own[name] : undefined
  if (ours !== undefined) return (signal) => ours.run(session, argument, signal)
  // What is said goes to the agent as it was typed, like any message.
  if (runIn(session.extensions, text ?? "") === undefined) return undefined
  return async (signal, onProgress) => {
    const { show: shown, say } = await session.extensions.runCommand(name, argument, { signal, onProgress })
    if (signal.aborted) return { type: "cancelled" }
    if (shown !== undefined && shown !== "") onProgress(shown)
    return say === undefined || say.trim() === "" ? show("") : { type: "say", text: say }
  }
}
