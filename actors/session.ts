/** One session in this process: a supervised agent, its notices as a stream, and the end of both. */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { filter, firstValueFrom, type Observable, Subject } from "rxjs"
import { textOf, type UserMessage } from "../llm/message.ts"
import type { ModelInfo } from "../llm/model.ts"
import type {
  AgentEvent,
  AgentNotice,
  Failure,
  PluginNews,
  SeamNews,
  TerminalNotice,
  Transcript,
  UserEvent
} from "../machines/events.ts"
import { type AgentActor, agentChild, type AgentLife, type AgentParts, openTurn, stateOf } from "./agent.ts"
import type { Journal } from "./journal.ts"
import type { Supervisor } from "./kernel/supervisor.ts"
import type { Subagents } from "./subagents/subagents.ts"
import { backgroundViews } from "../machines/background.ts"
import { type ExtensionParts, sessionExtensions } from "./session/extensions.ts"
import { sessionHooks } from "./session-hooks.ts"
import type { Session, SessionView } from "./session-host.ts"
import { openedAfter, sessionPoints } from "./session-points.ts"
import { definitionsOf } from "./toolbox.ts"

export interface SessionParts extends Omit<AgentLife, "tell" | "opened" | "onAgent" | "onLost" | "onGone"> {
  /** What its first life begins with. */
  readonly opened: AgentParts["opened"]
  readonly journal: Pick<Journal, "readAll" | "points">
  /** Where its agent stands in the tree. */
  readonly agents: Supervisor
  readonly notices: SessionView["notices"]
  readonly extensions: Pick<ExtensionParts, "plugins" | "hookTime">
  /** It goes on with what was said before. */
  readonly resumed: boolean
  /** What happens to the runtime's plugins while the session is open. */
  readonly news: Observable<PluginNews>
  /** What is mended in them meanwhile. */
  readonly seams: Observable<SeamNews>
  /** What others tell its channels. */
  readonly told: Observable<AgentNotice>
  /** What it starts itself. */
  readonly subagents: Subagents
  /** What is known of a model that was opened before. */
  readonly modelInfo: (id: string) => ModelInfo
  /** Lets go of what the session holds besides its agent: processes, plugins, the journal's lease. */
  readonly release: () => Promise<void>
}

export const startSession = async (parts: SessionParts): Promise<Session> => {
  const { id, agents, asking, toolbox, notices, modelInfo } = parts
  const events = new Subject<AgentNotice>()
  let agent: AgentActor
  let last: AgentActor | undefined
  const hooks = sessionHooks({
    session: id,
    cwd: toolbox.cwd,
    bus: toolbox.hooks,
    textsOf: (messages) => textsIn(agent.getSnapshot().context.transcript, messages)
  })
  const tell = (notice: AgentNotice) => {
    hooks.told(notice)
    events.next(notice)
  }
  /** What came while an agent was begun anew. */
  const waiting: Array<AgentEvent> = []
  const child = agentChild({
    ...parts,
    opened: () => openedAfter(parts.opened, last),
    tell,
    onAgent: (next) => {
      if (last === undefined) hooks.opened(next.getSnapshot().context.model, parts.resumed)
      last = agent = next
      waiting.splice(0).forEach((event) => next.send(event))
    },
    onLost: (error) => lost(error),
    onGone: () => void close()
  })
  await Effect.runPromise(agents.startChild(child))

  const lost = (error: unknown): void => {
    tell({ type: "agent.failed", failure: unwritable(error), ...openTurn(agent) })
    void close()
  }
  const ended = new AbortController()
  let closing: Promise<void> | undefined
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      const { value, status } = agent.getSnapshot()
      news.unsubscribe()
      await Effect.runPromise(Effect.ignore(Effect.andThen(agents.stopChild(id), agents.deleteChild(id))))
      // No `user.cancel`: it would set the agent going on the messages that wait. The next opening makes the rest whole.
      if (status === "active" && value !== "idle") tell({ type: "agent.cancelled", ...openTurn(agent) })
      ended.abort()
      hooks.closed()
      events.complete()
      await parts.release()
    })())

  const deliver = (event: AgentEvent) => {
    if (agent.getSnapshot().status === "active") agent.send(event)
    else waiting.push(event)
  }

  parts.subagents.connect({
    tell: deliver,
    context: () => {
      const { status, context } = agent.getSnapshot()
      return status === "active" ? context : undefined
    }
  })
  const news = parts.news.subscribe((plugin) => deliver({ type: "plugin.changed", ...plugin }))
  news.add(parts.told.subscribe(tell))
  news.add(parts.seams.subscribe((seam) => deliver({ type: "seam.made", ...seam })))

  const send = (event: UserEvent): void => {
    if (closing !== undefined) throw new Error(`session ${id} is closed`)
    hooks.said(event)
    if (event.type !== "user.model") return deliver(event)
    // A model that cannot be opened is refused here, not at the next round.
    asking.open(event.model).then(
      () => deliver(event),
      (error: Error) => tell({ type: "agent.warned", failure: { code: "not_configured", message: error.message } })
    )
  }

  const ask = async (said: string | UserMessage["content"]): Promise<TerminalNotice> => {
    const message = userMessage(said)
    const end = firstValueFrom(
      events.pipe(
        filter((notice): notice is TerminalNotice => isTerminal(notice) && notice.messages.includes(message.id))
      )
    )
    send(message)
    return end
  }

  const view = (): SessionView => {
    const snapshot = agent.getSnapshot()
    const { model, permissions, transcript, spent, limits, contextUsed } = snapshot.context
    const background = backgroundViews(snapshot.context)
    const state = stateOf(snapshot)
    const { cwd } = toolbox
    const tools = definitionsOf(toolbox.tools().values())
    const known = { id, cwd, model, modelInfo: modelInfo(model), permissions, tools, notices }
    return { ...known, state, transcript, spent, limits, contextUsed, background }
  }

  const points = sessionPoints({
    ...parts,
    hooks: toolbox.hooks,
    agent: () => agent,
    isClosed: () => closing !== undefined,
    onLost: lost
  })

  const extensions = sessionExtensions({ ...parts.extensions, workplace: toolbox, ended: ended.signal })
  const doors = { view, send, ask, ...points, extensions, close, [Symbol.asyncDispose]: close }
  return { id, events: events.asObservable(), ...doors }
}

/** Of those that are the user's. */
const textsIn = (transcript: Transcript, ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  transcript.flatMap((message) => (message.role === "user" && ids.includes(message.id) ? [textOf(message)] : []))

const unwritable = (error: unknown): Failure => ({
  code: "journal",
  message: `The journal cannot be written, so nothing more is done: ${error instanceof Error ? error.message : String(error)}`
})

export const isTerminal = (notice: AgentNotice): notice is TerminalNotice =>
  notice.type === "agent.replied" || notice.type === "agent.failed" || notice.type === "agent.cancelled"

/** A text, or a text with images, as the event that says it, with an id and the time. */
export const userMessage = (said: string | UserMessage["content"]): Extract<UserEvent, { type: "user.message" }> => ({
  type: "user.message",
  id: randomUUID(),
  content: typeof said === "string" ? [{ type: "text", text: said }] : said,
  at: Date.now()
})
