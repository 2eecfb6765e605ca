/** Pieces of what is being made: joined when they come close together, and not needed once the whole is there. */
import type { AgentNotice } from "../../machines/events.ts"
import { progressLimit } from "../journal/deltas.ts"
import { isTerminal } from "../session/said.ts"

export type Streamed = Extract<
  AgentNotice,
  { readonly type: "agent.text" | "agent.thinking" | "agent.calling" | "agent.progressed" }
>

export const isStreamed = (notice: AgentNotice): notice is Streamed =>
  notice.type === "agent.text" ||
  notice.type === "agent.thinking" ||
  notice.type === "agent.calling" ||
  notice.type === "agent.progressed"

/** Both in one when they are one run: the same kind and, for progress, the same call. */
export const joined = (last: AgentNotice | undefined, next: AgentNotice): AgentNotice | undefined => {
  if (last?.type === "agent.text" && next.type === "agent.text") return { ...last, delta: last.delta + next.delta }
  if (last?.type === "agent.thinking" && next.type === "agent.thinking")
    return { ...last, delta: last.delta + next.delta }
  if (last?.type !== "agent.progressed" || next.type !== "agent.progressed" || last.callId !== next.callId)
    return undefined
  return { ...last, text: last.text + next.text }
}

const cutNote = "\n[what it showed after this is not kept]"

/** Cuts what each call shows while it works at the limit that the journal has, too. */
export const progressCut = () => {
  /** Characters by call. */
  const shown = new Map<string, number>()
  return (notice: AgentNotice): AgentNotice | undefined => {
    if (notice.type === "agent.settled") shown.delete(notice.call.id)
    if (isTerminal(notice)) shown.clear()
    if (notice.type !== "agent.progressed") return notice
    const before = shown.get(notice.callId) ?? 0
    const after = before + notice.text.length
    shown.set(notice.callId, after)
    if (after <= progressLimit) return notice
    return before > progressLimit
      ? undefined
      : { ...notice, text: notice.text.slice(0, progressLimit - before) + cutNote }
  }
}
