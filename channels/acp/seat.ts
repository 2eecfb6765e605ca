/** One session of an editor: its prompts, each answered once, and everything that the agent tells meanwhile, in order. */
import { randomUUID } from "node:crypto"
import type {
  AgentContext,
  ClientCapabilities,
  ContentBlock,
  PromptResponse,
  SessionUpdate,
  StopReason
} from "@agentclientprotocol/sdk"
import { isTerminal, userMessage } from "../../actors/session/said.ts"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice, TerminalNotice, UserEvent } from "../../machines/events.ts"
import { availableCommands, commandIn } from "./commands.ts"
import { failed, loginNeeded, noSession } from "./errors.ts"
import { changed, changeUpdates, configOptions, type ListedModel, modeState } from "./options.ts"
import { contentOf, textIn } from "./prompt.ts"
import { questionsOf } from "./questions.ts"
import { updatesOf } from "./updates.ts"

export interface SeatParts {
  readonly session: Session
  readonly client: Pick<AgentContext, "request" | "notify">
  readonly capabilities: ClientCapabilities
  readonly models: ReadonlyArray<ListedModel>
  /** First line of what was said first; empty before. */
  readonly title: () => string
  /** What to do about keys. */
  readonly howToLogin: () => string
}

export interface Seat {
  readonly id: string
  /** Resolves when the turn that served it has ended. While a turn runs, it joins that turn. */
  readonly prompt: (blocks: ReadonlyArray<ContentBlock>, signal: AbortSignal) => Promise<PromptResponse>
  readonly cancel: () => void
  readonly change: (event: UserEvent) => Promise<void>
  readonly state: () => Pick<ReturnType<typeof stateOf>, "modes" | "configOptions">
  readonly tell: (update: SessionUpdate) => Promise<void>
  /** A line that the user is to know. */
  readonly notify: (notice: string) => Promise<void>
  /** For the user, once, when it was opened. */
  readonly notices: () => ReadonlyArray<string>
  /** What is offered now. */
  readonly greet: () => Promise<void>
  /** Cancels what runs, answers what waits, and lets go of the session. */
  readonly close: () => Promise<void>
}

const stateOf = (session: Session, models: ReadonlyArray<ListedModel>) => {
  const view = session.view()
  return { modes: modeState(view), configOptions: configOptions(view, models) }
}

/** Prompts of one session that may wait at the same time. */
const mostPrompts = 32

interface Waiting {
  readonly answer: PromiseWithResolvers<PromptResponse>
  isCancelled: boolean
}

export const openSeat = (parts: SeatParts): Seat => {
  const { session, client, capabilities, models, title } = parts
  const { id } = session
  const { cwd } = session.view()
  const updates = updatesOf({ cwd, capabilities })
  const questions = questionsOf({ sessionId: id, cwd, client, capabilities, callId: updates.callId }, session)
  /** Prompts by the id of their message. */
  const waiting = new Map<string, Waiting>()
  /** All that are not answered. */
  const asked = new Set<AbortController>()
  const tell = (update: SessionUpdate): Promise<void> => client.notify("session/update", { sessionId: id, update })
  let known = { title: "", commands: "" }

  const greet = async (): Promise<void> => {
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
    const reason = reasonOf(notice)
    // It is no error for the editor, so the user would not be told why.
    if (notice.type === "agent.failed" && reason !== undefined) await tell(words(`\n${notice.failure.message}\n`))
    for (const message of notice.messages) {
      const one = waiting.get(message)
      waiting.delete(message)
      if (reason !== undefined) one?.answer.resolve({ stopReason: reason })
      else if (notice.type === "agent.failed") one?.answer.reject(failureOf(notice, parts.howToLogin))
    }
  }

  const hear = async (notice: AgentNotice): Promise<void> => {
    if (notice.type === "agent.started") {
      const served = notice.messages.map((message) => waiting.get(message))
      // What waited was cancelled together with the turn before.
      if (served.length > 0 && served.every((one) => one?.isCancelled === true)) session.cancel()
    }
    for (const update of updates.of(notice)) await tell(update)
    if (notice.type === "agent.asked") questions.ask(notice)
    if (notice.type === "agent.answered") questions.forget(notice.id)
    if (notice.type === "agent.said") await usage()
    if (notice.type === "agent.changed")
      for (const update of changeUpdates(notice, session.view(), models)) await tell(update)
    if (isTerminal(notice)) await end(notice)
  }

  const pump = async (): Promise<void> => {
    for await (const notice of session.events) await hear(notice)
  }
  const extras = session.extensions.changes.subscribe(() => void greet().catch(() => {}))
  const close = async (): Promise<void> => {
    extras.unsubscribe()
    cancel()
    await session.close()
    await pumped
    questions.forgetAll()
    for (const { answer } of waiting.values()) answer.resolve({ stopReason: "cancelled" })
    waiting.clear()
  }
  // The editor is gone, and everything is closed by whoever serves it.
  const pumped = pump().catch(() => {})

  const cancel = (): void => {
    for (const one of asked) one.abort()
    for (const one of waiting.values()) one.isCancelled = true
    session.cancel()
  }

  const say = async (content: Parameters<typeof userMessage>[0]): Promise<PromptResponse> => {
    const message = userMessage(content)
    const answer = Promise.withResolvers<PromptResponse>()
    waiting.set(message.id, { answer, isCancelled: false })
    try {
      session.send(message)
    } catch {
      waiting.delete(message.id)
      throw noSession(id)
    }
    return answer.promise
  }

  const prompted = async (blocks: ReadonlyArray<ContentBlock>, signal: AbortSignal): Promise<PromptResponse> => {
    const command = commandIn(session, textIn(blocks))
    if (command === undefined) {
      const content = await contentOf(session, blocks)
      return signal.aborted ? { stopReason: "cancelled" } : say(content)
    }
    const done = await command(signal, (text) => void tell(words(text)).catch(() => {}))
    if (done.type === "cancelled" || signal.aborted) return { stopReason: "cancelled" }
    if (done.type === "say") return say(done.text)
    if (done.text !== "") await tell(words(done.text))
    return { stopReason: "end_turn" }
  }

  const prompt = async (blocks: ReadonlyArray<ContentBlock>, signal: AbortSignal): Promise<PromptResponse> => {
    if (asked.size >= mostPrompts)
      throw failed(`${mostPrompts} prompts wait in this session: let the agent end its turn first`, "busy")
    const one = new AbortController()
    asked.add(one)
    signal.addEventListener("abort", cancel)
    try {
      return await prompted(blocks, one.signal)
    } finally {
      signal.removeEventListener("abort", cancel)
      asked.delete(one)
    }
  }

  return {
    id,
    prompt,
    cancel,
    change: (event) => changed(session, event),
    state: () => stateOf(session, models),
    tell,
    notify: (notice) => tell(noticeOf(notice, capabilities)),
    notices: () => session.view().notices,
    greet,
    close
  }
}

const noticeOf = (text: string, { session }: ClientCapabilities): SessionUpdate =>
  session?.notices == null
    ? { ...words(`[${text}]\n`), messageId: randomUUID() }
    : { sessionUpdate: "notice", severity: "info", title: text }

const words = (text: string) => ({
  sessionUpdate: "agent_message_chunk" as const,
  content: { type: "text" as const, text }
})

const stops: Readonly<Record<string, StopReason>> = {
  max_turns: "max_turn_requests",
  length: "max_tokens",
  filtered: "refusal"
}

/** @returns `undefined` for a failure that is none of the protocol's ends. */
const reasonOf = (notice: TerminalNotice): StopReason | undefined => {
  if (notice.type === "agent.replied") return "end_turn"
  if (notice.type === "agent.cancelled") return "cancelled"
  return stops[notice.failure.code]
}

const keyless: ReadonlySet<string> = new Set(["unauthorized", "not_configured"])

const failureOf = (
  { failure: { code, message } }: Extract<TerminalNotice, { type: "agent.failed" }>,
  howTo: () => string
) => (keyless.has(code) ? loginNeeded(`${message}\n${howTo()}`) : failed(message, code))
