/** Events that may wait to be written, joined with their neighbours so that a streamed reply is a handful of rows. */
import type { AgentEvent } from "../../machines/events.ts"

export interface Stamped {
  readonly event: AgentEvent
  /** Milliseconds since the Unix epoch; of joined events the first one's. */
  readonly at: number
}

type Delta = Extract<
  AgentEvent,
  { readonly type: "model.text" | "model.thinking" | "model.calling" | "tool.progressed" }
>

export const isDelta = (event: AgentEvent): event is Delta =>
  event.type === "model.text" ||
  event.type === "model.thinking" ||
  event.type === "model.calling" ||
  event.type === "tool.progressed"

/** Characters kept of what one call shows while it works: its answer is what counts. */
export const progressLimit = 10_000

const cutNote = "\n[what it showed after this is not kept]"

/** Appends `next` to `last` when they are one run: the same kind and, for progress, the same call. */
export const join = (last: AgentEvent | undefined, next: AgentEvent): AgentEvent | undefined => {
  if (last?.type === "model.text" && next.type === "model.text") return { ...last, delta: last.delta + next.delta }
  if (last?.type === "model.thinking" && next.type === "model.thinking")
    return { ...last, delta: last.delta + next.delta }
  if (last?.type !== "tool.progressed" || next.type !== "tool.progressed" || last.callId !== next.callId)
    return undefined
  return { ...last, text: last.text + next.text }
}

export const pendingDeltas = () => {
  let rows: Array<Stamped> = []
  /** Characters waiting. */
  let size = 0
  const shown = new Map<string, number>()

  /** Cut at the limit; `undefined` when its call has shown enough before. */
  const limited = (event: Delta): Delta | undefined => {
    if (event.type !== "tool.progressed") return event
    const before = shown.get(event.callId) ?? 0
    shown.set(event.callId, before + event.text.length)
    if (before + event.text.length <= progressLimit) return event
    return before > progressLimit
      ? undefined
      : { ...event, text: event.text.slice(0, progressLimit - before) + cutNote }
  }

  return {
    rows: (): ReadonlyArray<Stamped> => rows,
    size: (): number => size,
    add: (given: Delta, at: number): void => {
      const event = limited(given)
      if (event === undefined) return
      const last = rows.at(-1)
      const joined = join(last?.event, event)
      if (last === undefined || joined === undefined) rows.push({ event, at })
      else rows[rows.length - 1] = { event: joined, at: last.at }
      size +=
        event.type === "tool.progressed"
          ? event.text.length
          : event.type === "model.calling"
            ? event.name.length
            : event.delta.length
    },
    clear: (): void => {
      rows = []
      size = 0
    },
    /** The call has ended and shows nothing more. */
    forget: (callId: string): void => void shown.delete(callId)
  }
}
