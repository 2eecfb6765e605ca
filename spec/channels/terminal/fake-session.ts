/** A session that says what a spec tells it to say, and remembers what it was told. */
import { NEVER, Subject } from "rxjs"
import { noticesOf } from "../../../actors/session/notices.ts"
import { userMessage } from "../../../actors/session/said.ts"
import type { SessionExtensions } from "../../../actors/session-extensions.ts"
import type { Session, SessionView } from "../../../actors/session-host.ts"
import type { Message } from "../../../llm/message.ts"
import type { AgentNotice, Spent, UserEvent } from "../../../machines/events.ts"
import type { SessionNode } from "../../../plugins/session-node.ts"

export interface FakeSession extends Session {
  /** Everything a channel sent, in order. */
  readonly sent: ReadonlyArray<UserEvent>
  readonly notify: (...notices: ReadonlyArray<AgentNotice>) => void
  readonly set: (change: Partial<SessionView>) => void
  readonly isClosed: () => boolean
  /** Plugins add something else from now on. */
  readonly offer: (extensions: Partial<SessionExtensions>) => void
}

export const spent: Spent = { usage: { input: 12_345, output: 678, cacheRead: 0, cacheWrite: 0 }, cost: 0.0421 }

export const nothingSpent: Spent = { usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, cost: 0 }

export interface FakeOptions {
  readonly id?: string
  readonly transcript?: ReadonlyArray<Message>
  /** What the session does with an event; nothing by default. */
  readonly react?: (event: UserEvent, session: FakeSession) => void
  readonly extensions?: Partial<SessionExtensions>
  /** Points of the session, the last one is where it stands. */
  readonly nodes?: ReadonlyArray<SessionNode>
}

/** What plugins add when there are none. */
export const noExtensions: SessionExtensions = {
  commands: () => [],
  shortcuts: () => [],
  widgets: () => [],
  runCommand: async () => ({}),
  pressShortcut: async () => ({}),
  renderWidget: async () => "",
  changes: NEVER
}

export const fakeSession = (options: FakeOptions = {}): FakeSession => {
  const { id = "0192f3a4-fake", transcript = [], react, nodes = [] } = options
  const changes = new Subject<void>()
  let extensions: SessionExtensions = { ...noExtensions, ...options.extensions, changes }
  const found = (to: string): SessionNode => {
    const node = nodes.find((one) => one.id === to || one.label === to)
    if (node === undefined) throw new Error(`there is no point ${to}`)
    return node
  }
  const events = new Subject<AgentNotice>()
  const sent: Array<UserEvent> = []
  let closed = false
  let view: SessionView = {
    id,
    cwd: process.cwd(),
    model: "scripted/fake",
    modelInfo: { contextWindow: 200_000 },
    permissions: "ask",
    state: "idle",
    transcript,
    spent: nothingSpent,
    limits: {},
    contextUsed: 0,
    notices: [],
    questions: [],
    background: [],
    tools: [{ name: "execute_bash", description: "Run a command in a shell. It has many options." }]
  }
  const close = async (): Promise<void> => {
    closed = true
    events.complete()
  }
  const session: FakeSession = {
    id,
    events: noticesOf(events),
    view: () => view,
    send: (said) => {
      if (closed) throw new Error(`session ${id} is closed`)
      const event = typeof said === "string" ? userMessage(said) : said
      sent.push(event)
      if (event.type === "user.permissions") {
        session.set({ permissions: event.mode })
        session.notify({ type: "agent.changed", permissions: event.mode })
      }
      if (event.type === "user.model") {
        if (!event.model.includes("/")) throw new Error(`there is no model ${event.model}`)
        session.set({ model: event.model })
        session.notify({ type: "agent.changed", model: event.model })
      }
      react?.(event, session)
    },
    context: () => Promise.reject(new Error("it has no context")),
    get extensions() {
      return extensions
    },
    tools: { list: () => [], call: () => Promise.reject(new Error("it has no tools")) },
    files: {
      put: () => Promise.reject(new Error("it keeps no files")),
      get: () => Promise.reject(new Error("it keeps no files"))
    },
    tree: async () => nodes,
    fork: async (label = "point-1") => ({ ...found(nodes.at(-1)?.id ?? ""), label }),
    switch: async (to) => found(to),
    cancel: () => session.send({ type: "user.cancel" }),
    feed: () => {
      throw new Error("it is not numbered")
    },
    ask: () => Promise.reject(new Error("a channel does not ask")),
    close,
    [Symbol.asyncDispose]: close,
    sent,
    notify: (...notices) => notices.forEach((notice) => events.next(notice)),
    set: (change) => {
      view = { ...view, ...change }
    },
    isClosed: () => closed,
    offer: (added) => {
      extensions = { ...extensions, ...added }
      changes.next()
    }
  }
  return session
}
