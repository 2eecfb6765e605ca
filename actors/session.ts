/** One session in this process: a supervised agent, its notices as a stream, and the end of both. */
import * as Effect from "effect/Effect"
import { type Observable, Subject, Subscription } from "rxjs"
import type { ModelInfo } from "../llm/model.ts"
import type { AgentEvent, AgentNotice, Failure, PluginNews, SeamNews, UserEvent } from "../machines/events.ts"
import { type AgentActor, agentChild, type AgentLife, type AgentParts, openTurn, stateOf } from "./agent.ts"
import type { FeedParts, SessionFeed } from "./feed/session-feed.ts"
import { marked } from "./gates.ts"
import type { Journal } from "./journal.ts"
import type { Supervisor } from "./kernel/supervisor.ts"
import type { Subagents } from "./subagents/subagents.ts"
import type { AgentContext } from "../machines/agent-context.ts"
import { backgroundViews } from "../machines/background.ts"
import { typedIn } from "../machines/said.ts"
import { callableTools } from "./session/call-tool.ts"
import { sessionDoors } from "./session/doors.ts"
import { type ExtensionParts, sessionExtensions } from "./session/extensions.ts"
import { isTerminal } from "./session/said.ts"
import { sessionHooks } from "./session-hooks.ts"
import type { CloseOptions, Session, SessionView } from "./session-host.ts"
import { openedAfter, sessionPoints } from "./session-points.ts"
import { definitionsOf } from "./toolbox.ts"

export { isTerminal, userMessage } from "./session/said.ts"

export interface SessionParts extends Omit<
  AgentLife,
  "tell" | "opened" | "onAgent" | "onOpened" | "onLost" | "onGone" | "unanswered"
> {
  /** What its first life begins with. */
  readonly opened: AgentParts["opened"]
  readonly journal: Pick<Journal, "readAll" | "points">
  /** Numbers what is told, from where the journal is; absent: nobody asked for that. @throws JournalError */
  readonly feed: ((parts: Pick<FeedParts, "isOpen" | "onLost">) => SessionFeed) | undefined
  /** Where its agent stands in the tree. */
  readonly agents: Supervisor
  readonly notices: SessionView["notices"]
  readonly extensions: Pick<ExtensionParts, "plugins" | "hookTime">
  readonly files: Session["files"]
  /** It goes on with what was said before. */
  readonly resumed: boolean
  /** Of a subagent's: name of the agent whose part it plays. */
  readonly agent: string | undefined
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
  readonly context: (view: SessionView) => ReturnType<Session["context"]>
  readonly onMoved: () => void
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
    parent: parts.gates.parent,
    agent: parts.agent,
    bus: toolbox.hooks,
    textsOf: (messages) => textsIn(agent.getSnapshot().context, messages)
  })
  /** Ids of messages that were said here, or found open, and whose end was not told. */
  const open = new Set<string>()
  const feed = parts.feed?.({ isOpen: (message) => open.has(message), onLost: (error) => lost(error) })
  const tell = (notice: AgentNotice) => {
    hooks.told(notice)
    if (isTerminal(notice)) notice.messages.forEach((message) => open.delete(message))
    feed?.tell(notice)
    events.next(notice)
  }
  /** What came while an agent was begun anew. */
  const waiting: Array<AgentEvent> = []
  /** Also those that never reached the machine. */
  const unanswered = (): ReadonlyArray<string> => {
    const later = waiting.flatMap((event) => (event.type === "user.message" ? [event.id] : []))
    return [...open].filter((message) => !later.includes(message))
  }
  const child = agentChild({
    ...parts,
    opened: () => openedAfter(parts.opened, last),
    tell,
    unanswered,
    onOpened: (notices) => notices.forEach((notice) => feed?.tell(notice)),
    onAgent: (next) => {
      if (last === undefined) {
        hooks.opened(next.getSnapshot().context.model, parts.resumed)
        openTurn(next, []).messages.forEach((message) => open.add(message))
      }
      last = agent = next
      waiting.splice(0).forEach((event) => next.send(event))
    },
    onLost: (error) => lost(error),
    onGone: () => void close()
  })
  const lost = (error: unknown): void => {
    tell({ type: "agent.failed", failure: unwritable(error), ...openTurn(agent, unanswered()) })
    void close()
  }
  const news = new Subscription()
  const ended = new AbortController()
  let closing: Promise<void> | undefined
  const end = async ({ suspend = false }: CloseOptions): Promise<void> => {
    // Whoever is told something on the way may close it, too.
    await undefined
    news.unsubscribe()
    const { value, status } = agent.getSnapshot()
    // Not `user.cancel`: it would set the agent going on the messages that wait.
    if (!suspend && status === "active" && value !== "idle") agent.send({ type: "session.closed" })
    await Effect.runPromise(Effect.ignore(Effect.andThen(agents.stopChild(id), agents.deleteChild(id))))
    ended.abort()
    hooks.closed()
    feed?.close()
    events.complete()
    await parts.release()
  }
  const close = (how: CloseOptions = {}): Promise<void> => (closing ??= end(how))

  await Effect.runPromise(agents.startChild(child))

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
  news.add(parts.news.subscribe((plugin) => deliver({ type: "plugin.changed", ...plugin })))
  news.add(parts.told.subscribe(tell))
  news.add(parts.seams.subscribe((seam) => deliver({ type: "seam.made", ...seam })))

  const say = (event: UserEvent): void => {
    if (closing !== undefined) throw new Error(`session ${id} is closed`)
    hooks.said(event)
    if (event.type === "user.message") open.add(event.id)
    if (event.type === "user.message") return deliver(marked(event, parts.gates))
    if (event.type !== "user.model") return deliver(event)
    // A model that cannot be opened is refused here, not at the next round.
    asking.open(event.model).then(
      () => deliver(event),
      (error: Error) => tell({ type: "agent.warned", failure: { code: "not_configured", message: error.message } })
    )
  }

  const view = (): SessionView => {
    const snapshot = agent.getSnapshot()
    const { model, permissions, transcript, spent, limits, contextUsed, questions } = snapshot.context
    const background = backgroundViews(snapshot.context)
    const state = stateOf(snapshot)
    const { cwd } = toolbox
    const tools = definitionsOf(toolbox.tools().values())
    const known = { id, cwd, model, modelInfo: modelInfo(model), permissions, tools, notices }
    return { ...known, state, transcript, spent, limits, contextUsed, questions, background }
  }

  const points = sessionPoints({
    ...parts,
    hooks: toolbox.hooks,
    agent: () => agent,
    isClosed: () => closing !== undefined,
    onLost: lost
  })

  const extensions = sessionExtensions({ ...parts.extensions, workplace: toolbox, ended: ended.signal })
  const { files } = parts
  const tools = callableTools({ toolbox, context: () => agent.getSnapshot().context, ended: ended.signal })
  const doors = sessionDoors({ id, events, view, deliver: say, isClosed: () => closing !== undefined })
  const numbered = (): SessionFeed => {
    if (feed === undefined) throw new Error(`session ${id} was not opened with \`numbered\`, so it has no feed`)
    return feed
  }
  const others = {
    view,
    ...points,
    context: () => parts.context(view()),
    extensions,
    tools,
    files,
    feed: numbered,
    close,
    [Symbol.asyncDispose]: () => close()
  }
  if (agent!.getSnapshot().matches("interrupted")) deliver({ type: "session.resumed" })
  return { id, ...doors, ...others }
}

/** As they were said, whatever a model reads in their place. */
const textsIn = (
  { transcript, mail }: Pick<AgentContext, "transcript" | "mail">,
  ids: ReadonlyArray<string>
): ReadonlyArray<string> =>
  [...transcript, ...mail.map(({ message }) => message)].flatMap((message) =>
    message.role === "user" && ids.includes(message.id) ? [typedIn(message)] : []
  )

const unwritable = (error: unknown): Failure => ({
  code: "journal",
  message: `The journal cannot be written, so nothing more is done: ${error instanceof Error ? error.message : String(error)}`
})
