/** What a client knows of a session: as the server told it, and what its notices changed since. Pure. */
import type { Usage } from "../../llm/model.ts"
import type { AgentNotice, Question, Spent, Transcript } from "../../machines/events.ts"
import { together } from "../../machines/spending.ts"
import { toolMessage } from "../../machines/transcript.ts"
import { isTerminal } from "../../actors/session/said.ts"
import type { SessionView } from "../../actors/session-host.ts"
import { omittedWords } from "../numbers.ts"
import type { OutFrame } from "../wire/frames.ts"

export type SessionFrame = Extract<OutFrame, { type: "session" }>

export interface Mirror {
  readonly view: SessionView
  /** Of the session when its turn began. */
  readonly spentBefore: Spent
}

/** @param known What was said, where the frame leaves it out. */
export const mirrorOf = (frame: SessionFrame, known: Transcript = []): Mirror => {
  const { session_id: id, context_window: contextWindow, transcript = known, questions } = frame
  const { cwd, model, permissions, state, spent, limits, context_used, background, notices, tools } = frame
  return {
    view: {
      id,
      cwd,
      model,
      permissions,
      state,
      transcript,
      spent,
      limits,
      background,
      notices: [...omittedWords(frame.omitted), ...notices],
      tools,
      modelInfo: contextWindow === undefined ? {} : { contextWindow },
      contextUsed: context_used,
      questions: questions.map((one) => ({ ...one, callId: callOf(one) }))
    },
    spentBefore: spent
  }
}

/** A question that came in a frame may lack it. */
const callOf = (question: { readonly id: string; readonly callId?: string }): string => question.callId ?? question.id

/** Only the server knows what these leave behind. */
export const isUnclear = (notice: AgentNotice): boolean =>
  notice.type === "agent.compacted" ||
  notice.type === "agent.plugin" ||
  (notice.type === "agent.background" && notice.state !== "running") ||
  (notice.type === "agent.changed" && (notice.cleared === true || notice.model !== undefined))

export const reflect = (mirror: Mirror, notice: AgentNotice): Mirror => {
  const { view } = mirror
  if (isTerminal(notice))
    return {
      view: { ...view, state: "idle", questions: [], spent: together(mirror.spentBefore, notice.spent) },
      spentBefore: together(mirror.spentBefore, notice.spent)
    }
  if (notice.type === "agent.started" || notice.type === "agent.resumed")
    return {
      view: { ...view, state: "thinking", transcript: heard(view.transcript, notice) },
      spentBefore: view.state === "idle" ? view.spent : mirror.spentBefore
    }
  return { ...mirror, view: { ...view, ...changed(view, notice) } }
}

/** With the messages that a turn begins with; those that are read in its middle are not told by a notice of their own. */
const heard = (transcript: Transcript, notice: AgentNotice): Transcript => {
  const said = notice.type === "agent.started" ? (notice.said ?? []) : []
  const known = new Set(transcript.map((message) => (message.role === "user" ? message.id : "")))
  const added = said.filter(({ id }) => !known.has(id))
  return [
    ...transcript,
    ...added.map(({ id, text }) => ({ role: "user" as const, id, content: [{ type: "text" as const, text }] }))
  ]
}

const changed = (view: SessionView, notice: AgentNotice): Partial<SessionView> => {
  switch (notice.type) {
    case "agent.text":
    case "agent.thinking":
    case "agent.calling":
    case "agent.retrying":
    case "agent.continued":
      return { state: "thinking" }
    case "agent.said":
      return said(view, notice)
    case "agent.acting":
      return { state: "acting" }
    case "agent.asked": {
      const { type: _, ...question } = notice
      return { state: "asking", questions: [...without(view.questions, ({ id }) => id === notice.id), question] }
    }
    case "agent.answered":
      return { state: "acting", questions: without(view.questions, ({ id }) => id === notice.id) }
    case "agent.settled":
      return settled(view, notice)
    case "agent.compacting":
      return { state: "compacting" }
    case "agent.changed":
      return {
        ...(notice.model !== undefined && { model: notice.model }),
        ...(notice.permissions !== undefined && { permissions: notice.permissions })
      }
    default:
      return {}
  }
}

const without = (
  questions: ReadonlyArray<Question>,
  isGone: (question: Question) => boolean
): ReadonlyArray<Question> => questions.filter((question) => !isGone(question))

const said = (
  { transcript, spent }: SessionView,
  { message, usage, cost }: Extract<AgentNotice, { type: "agent.said" }>
): Partial<SessionView> => ({
  state: message.content.some(({ type }) => type === "call") ? "acting" : "thinking",
  transcript: [...transcript, message],
  spent: together(spent, { usage: usage ?? noTokens, cost }),
  ...(usage !== undefined && { contextUsed: usage.input + usage.output })
})

const noTokens: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

const settled = (
  { transcript, questions }: SessionView,
  { call, answer }: Extract<AgentNotice, { type: "agent.settled" }>
): Partial<SessionView> => ({
  transcript: [...transcript, toolMessage(call, answer)],
  questions: without(questions, ({ callId }) => callId === call.id)
})
