/** A writer that is durable for what matters and lazy for deltas, above any store that can write a batch. */
import { callsOf } from "../../llm/message.ts"
import type { AgentEvent } from "../../machines/events.ts"
import { isDelta, pendingDeltas, type Stamped } from "./deltas.ts"
import { JournalError, type Writer } from "../journal.ts"

export interface BatchStore {
  /** All or nothing, in order. @throws JournalError */
  readonly write: (rows: ReadonlyArray<Stamped>, durable: boolean) => void
  /** As `Writer.name` and `Writer.moveTo`. */
  readonly name: Writer["name"]
  readonly moveTo: Writer["moveTo"]
  readonly newest: Writer["newest"]
  readonly notices: Writer["notices"]
  /** Gives up the lease. @throws JournalError */
  readonly release: () => void
}

/** Milliseconds that a delta may wait. */
const patience = 250
/** Characters that may wait. */
const capacity = 64_000

export const lazyWriter = (session: string, store: BatchStore): Writer => {
  const pending = pendingDeltas()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const flush = (last: ReadonlyArray<Stamped> = [], durable = false): void => {
    clearTimeout(timer)
    timer = undefined
    const rows = [...pending.rows(), ...last]
    if (rows.length > 0) store.write(rows, durable)
    // Not reached when the store refuses: then the deltas wait for the next attempt.
    pending.clear()
  }

  const later = (): void => {
    timer ??= setTimeout(() => attempt(() => flush()), patience).unref()
  }

  const mustBeOpen = (): void => {
    if (closed) throw new JournalError("closed", `session ${session} is closed and takes no more events`)
  }

  return {
    append: (event: AgentEvent): void => {
      mustBeOpen()
      const at = Date.now()
      if (!isDelta(event)) {
        if (event.type === "tool.settled") pending.forget(event.callId)
        return flush([{ event, at }], !waitsForNext(event))
      }
      pending.add(event, at)
      if (pending.size() > capacity) flush()
      else later()
    },
    name: (seq, label) => {
      mustBeOpen()
      store.name(seq, label)
    },
    moveTo: (seq) => {
      mustBeOpen()
      // What still waits belongs to the branch that is left.
      flush()
      store.moveTo(seq)
    },
    newest: store.newest,
    notices: store.notices,
    close: (): void => {
      if (closed) return
      closed = true
      attempt(() => flush())
      attempt(store.release)
    }
  }
}

/**
 * An opening has no consequence before a message comes, nor has a reply that asks for calls before one of them is started,
 * refused or asked about. The commit of that next event brings both to the disk, so one wait for the disk serves two; until
 * then they survive all but a loss of power.
 */
const waitsForNext = (event: AgentEvent): boolean =>
  event.type === "session.opened" || (event.type === "model.replied" && callsOf(event.message).length > 0)

/** For what the next append will say if it still stands, or what is lost together with the lease. */
export const attempt = (act: () => void): void => {
  try {
    act()
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
  }
}
