/** A writer that is durable for what matters and lazy for deltas, above any store that can write a batch. */
import type { AgentEvent } from "../../machines/events.ts"
import { isDelta, pendingDeltas, type Stamped } from "./deltas.ts"
import { JournalError, type Writer } from "../journal.ts"

export interface BatchStore {
  /** All or nothing, in order. @throws JournalError */
  readonly write: (rows: ReadonlyArray<Stamped>, durable: boolean) => void
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

  const flush = (durable: ReadonlyArray<Stamped> = []): void => {
    clearTimeout(timer)
    timer = undefined
    const rows = [...pending.rows(), ...durable]
    if (rows.length > 0) store.write(rows, durable.length > 0)
    // Not reached when the store refuses: then the deltas wait for the next attempt.
    pending.clear()
  }

  const later = (): void => {
    timer ??= setTimeout(() => attempt(flush), patience).unref()
  }

  return {
    append: (event: AgentEvent): void => {
      if (closed) throw new JournalError("closed", `session ${session} is closed and takes no more events`)
      const at = Date.now()
      if (!isDelta(event)) {
        if (event.type === "tool.settled") pending.forget(event.callId)
        return flush([{ event, at }])
      }
      pending.add(event, at)
      if (pending.size() > capacity) flush()
      else later()
    },
    close: (): void => {
      if (closed) return
      closed = true
      attempt(flush)
      attempt(store.release)
    }
  }
}

/** For what the next append will say if it still stands, or what is lost together with the lease. */
export const attempt = (act: () => void): void => {
  try {
    act()
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
  }
}
