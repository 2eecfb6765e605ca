/** One session of an editor: its prompts, each answered once, and everything that the agent tells meanwhile, in order. */
import type { AgentContext, ClientCapabilities, SessionUpdate } from "@agentclientprotocol/sdk"
import { isTerminal } from "../../actors/session/said.ts"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice, TerminalNotice, UserEvent } from "../../machines/events.ts"
import { availableCommands } from "./commands.ts"
import { changed, changeUpdates, configOptions, type ListedModel, modeState } from "./options.ts"
import type { Place } from "./places.ts"
import { type Prompts, promptsOf } from "./prompts.ts"
import { questionsOf } from "./questions.ts"
import { updatesOf } from "./updates.ts"
import { noticeOf } from "./words.ts"

export interface SeatParts {
  readonly session: Session
  readonly client: Pick<AgentContext, "request" | "notify">
  readonly capabilities: ClientCapabilities
  readonly models: ReadonlyArray<ListedModel>
  /** First line of what was said first; empty before. */
  readonly title: () => string
  /** What to do about keys. */
  readonly howToLogin: () => string
  readonly blindness: NonNullable<Place["blindness"]>
}

export interface Seat {
  readonly id: string
  readonly prompt: Prompts["say"]
  readonly cancel: Prompts["cancel"]
  readonly change: (event: UserEvent) => Promise<void>
  readonly state: () => Pick<ReturnType<typeof stateOf>, "modes" | "configOptions">
  readonly tell: (update: SessionUpdate) => Promise<void>
  /**
   * The editor knows the session now: it is told what is offered, and these lines, and from here on whatever the agent tells.
   */
  readonly greet: (notices: ReadonlyArray<string>) => Promise<void>
  /** Cancels what runs, answers what waits, and lets go of the session. */
  readonly close: () => Promise<void>
}

const stateOf = (session: Session, models: ReadonlyArray<ListedModel>) => {
  const view = session.view()
  return { modes: modeState(view), configOptions: configOptions(view, models) }
}

export const openSeat = (parts: SeatParts): Seat => {
  const { session, client, capabilities, models, title, howToLogin } = parts
  const { id } = session
  const { cwd } = session.view()
  const updates = updatesOf({ cwd, capabilities })
  const questions = questionsOf({ sessionId: id, cwd, client, capabilities, callId: updates.callId }, session)
  const tell = (update: SessionUpdate): Promise<void> => client.notify("session/update", { sessionId: id, update })
  const note = (line: string): Promise<void> => tell(noticeOf(line, capabilities))
  const prompts = promptsOf({ session, tell, note, howToLogin, blindness: parts.blindness })
  let known = { title: "", commands: "" }

  const offer = async (): Promise<void> => {
    await greeted.promise
    const offered = availableCommands(session)
    const commands = JSON.stringify(offered)
    if (commands === known.commands) return
    known = { ...known, commands }
    await tell({ sessionUpdate: "available_commands_update", availableCommands: offered })
  }

  const usage = async (): Promise<void> => {
    const { contextUsed: used, modelInfo, spent } = session.view()
    const { contextWindow: size } = modelInfo
    if (size === undefined || used === 0) return
    const cost = spent.cost === undefined ? {} : { cost: { amount: spent.cost, currency: "USD" } }
    await tell({ sessionUpdate: "usage_update", used, size, ...cost })
  }

  const named = async (): Promise<void> => {
    const now = title()
    if (now === "" || now === known.title) return
    known = { ...known, title: now }
    await tell({ sessionUpdate: "session_info_update", title: now, updatedAt: new Date().toISOString() })
  }

  const end = async (notice: TerminalNotice): Promise<void> => {
    questions.forgetAll()
    await named()
    await usage()
    await prompts.ended(notice)
  }

  const hear = async (notice: AgentNotice): Promise<void> => {
    for (const update of updates.of(notice)) await tell(update)
    if (notice.type === "agent.asked") questions.ask(notice)
    if (notice.type === "agent.answered") questions.forget(notice.id)
    if (notice.type === "agent.said") await usage()
    if (notice.type === "agent.changed")
      for (const update of changeUpdates(notice, session.view(), models)) await tell(update)
    if (isTerminal(notice)) await end(notice)
  }

  // From here on everything is told, but nothing before the editor knows the session, and its past.
  const notices = session.events[Symbol.asyncIterator]()
  const greeted = Promise.withResolvers<void>()
  const pump = async (): Promise<void> => {
    await greeted.promise
    for await (const notice of notices) await hear(notice)
  }
  const extras = session.extensions.changes.subscribe(() => void offer().catch(() => {}))
  const close = async (): Promise<void> => {
    extras.unsubscribe()
    prompts.cancel()
    greeted.resolve()
    await session.close()
    await pumped
    questions.forgetAll()
    prompts.close()
  }
  // The editor is gone, and everything is closed by whoever serves it.
  const pumped = pump().catch(() => {})

  return {
    id,
    prompt: prompts.say,
    cancel: prompts.cancel,
    change: (event) => changed(session, event),
    state: () => stateOf(session, models),
    tell,
    greet: async (more) => {
      greeted.resolve()
      await offer()
      for (const notice of [...more, ...session.view().notices]) await note(notice)
    },
    close
  }
}
