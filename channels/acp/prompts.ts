/** The prompts of one session: each is answered once, with the end of the turn that served it. */
import type { ContentBlock, PromptResponse, SessionUpdate, StopReason } from "@agentclientprotocol/sdk"
import { userMessage } from "../../actors/session/said.ts"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice, TerminalNotice } from "../../machines/events.ts"
import { commandIn } from "./commands.ts"
import { failed, loginNeeded, noSession } from "./errors.ts"
import type { Place } from "./places.ts"
import { contentOf, textIn } from "./prompt.ts"
import { words } from "./words.ts"

export interface PromptsParts {
  readonly session: Session
  readonly tell: (update: SessionUpdate) => Promise<void>
  /** A line for the user, beside the conversation. */
  readonly note: (line: string) => Promise<void>
  readonly blindness: NonNullable<Place["blindness"]>
  /** What to do about keys. */
  readonly howToLogin: () => string
}

export interface Prompts {
  /** Resolves when the turn that served it has ended. While a turn runs, it joins that turn. */
  readonly say: (blocks: ReadonlyArray<ContentBlock>, signal: AbortSignal) => Promise<PromptResponse>
  /** Stops the turn, and all that wait. */
  readonly cancel: () => void
  /** A turn has ended, and all of it was told. */
  readonly ended: (notice: TerminalNotice) => Promise<void>
  /** The session is closed. */
  readonly close: () => void
}

/** Prompts of one session that may wait at the same time. */
const mostPrompts = 32

interface Waiting {
  readonly answer: PromiseWithResolvers<PromptResponse>
  isCancelled: boolean
}

export const promptsOf = ({ session, tell, note, blindness, howToLogin }: PromptsParts): Prompts => {
  /** Prompts by the id of their message. */
  const waiting = new Map<string, Waiting>()
  /** All that are not answered. */
  const asked = new Set<AbortController>()

  const cancel = (): void => {
    for (const one of asked) one.abort()
    for (const one of waiting.values()) one.isCancelled = true
    session.cancel()
  }

  /** What waited was cancelled together with the turn before; the model is not asked for it. */
  const stillborn = session.events.subscribe((notice: AgentNotice) => {
    if (notice.type !== "agent.started") return
    const served = notice.messages.map((message) => waiting.get(message))
    if (served.length > 0 && served.every((one) => one?.isCancelled === true)) queueMicrotask(() => session.cancel())
  })

  const send = (content: Parameters<typeof userMessage>[0]): Promise<PromptResponse> => {
    const message = userMessage(content)
    const answer = Promise.withResolvers<PromptResponse>()
    waiting.set(message.id, { answer, isCancelled: false })
    try {
      session.send(message)
      return answer.promise
    } catch {
      waiting.delete(message.id)
      throw noSession(session.id)
    }
  }

  const heard = async (blocks: ReadonlyArray<ContentBlock>, signal: AbortSignal): Promise<PromptResponse> => {
    const command = commandIn(session, textIn(blocks))
    if (command === undefined) {
      const content = await contentOf(session, blocks)
      for (const line of blindness(session.view(), content)) await note(line)
      return signal.aborted ? { stopReason: "cancelled" } : send(content)
    }
    const done = await command(signal, (text) => void tell(words(text)).catch(() => {}))
    if (done.type === "cancelled" || signal.aborted) return { stopReason: "cancelled" }
    if (done.type === "say") return send(done.text)
    if (done.text !== "") await tell(words(done.text))
    return { stopReason: "end_turn" }
  }

  const say: Prompts["say"] = async (blocks, signal) => {
    if (asked.size >= mostPrompts)
      throw failed(`${mostPrompts} prompts wait in this session: let the agent end its turn first`, "busy")
    const one = new AbortController()
    asked.add(one)
    signal.addEventListener("abort", cancel)
    try {
      return await heard(blocks, one.signal)
    } finally {
      signal.removeEventListener("abort", cancel)
      asked.delete(one)
    }
  }

  const ended: Prompts["ended"] = async (notice) => {
    const reason = reasonOf(notice)
    // It is no error for the editor, so the user would not be told why.
    if (notice.type === "agent.failed" && reason !== undefined) await tell(words(`\n${notice.failure.message}\n`))
    for (const message of notice.messages) {
      const one = waiting.get(message)
      waiting.delete(message)
      // Whoever cancelled is told so, also where the end came first.
      if (one?.isCancelled === true) one.answer.resolve({ stopReason: "cancelled" })
      else if (reason !== undefined) one?.answer.resolve({ stopReason: reason })
      else if (notice.type === "agent.failed") one?.answer.reject(failureOf(notice, howToLogin))
    }
  }

  const close = (): void => {
    stillborn.unsubscribe()
    for (const { answer } of waiting.values()) answer.resolve({ stopReason: "cancelled" })
    waiting.clear()
  }

  return { say, cancel, ended, close }
}

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
