/** Events as they are stored: JSON, checked as far as needed to say which row is broken. */
import type { AgentEvent } from "../../machines/events.ts"
import { JournalError, type JournalRow } from "../journal.ts"

/** @throws JournalError when a tool put something in its answer that JSON does not know. */
export const toJson = (event: AgentEvent): string => {
  try {
    return JSON.stringify(event)
  } catch (cause) {
    throw new JournalError(
      "unstorable",
      `the event ${event.type} cannot be stored: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause }
    )
  }
}

export interface StoredRow extends Omit<JournalRow, "event"> {
  readonly json: string
}

/** @throws JournalError naming session and row. */
export const toRow = (session: string, { seq, parent, at, json }: StoredRow): JournalRow => {
  const event = parsed(json)
  if (isEvent(event)) return { seq, parent, at, event }
  throw new JournalError(
    "damaged",
    `event ${seq} of session ${session} cannot be read; what comes before it can still be had with: kintsugi session export ${session}`
  )
}

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** We wrote it, under a schema whose version is checked: whatever has a type is one of our events. */
const isEvent = (value: unknown): value is AgentEvent =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
