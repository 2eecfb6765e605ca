/** The count of all messages: every one that was sent ends exactly once, so the ledger balances to zero. */
import * as Context from "effect/Context"

export interface LedgerView {
  readonly sent: number
  readonly handled: number
  /** Crashed its actor, or was taken back while it was handled. */
  readonly failed: number
  /** Never handled: the actor was gone, the mailbox refused it, or it was taken back. */
  readonly dead: number
  /** In mailboxes and in hand now: `sent - handled - failed - dead`. */
  readonly open: number
}

export type MessageEnd = "handled" | "failed" | "dead"

/** Counts for one actor, and at the same time into the ledger of the root under which it was started. */
export class Ledger implements LedgerView {
  sent = 0
  handled = 0
  failed = 0
  dead = 0
  #root: Ledger | undefined

  get open(): number {
    return this.sent - this.handled - this.failed - this.dead
  }

  count(what: "sent" | MessageEnd): void {
    this[what]++
    this.#root?.count(what)
  }

  /** From now on counts into `root` too; brings what it counted before, or, from another root, only what is open. */
  join(root: Ledger): void {
    const former = this.#root
    if (former === root) return
    this.#root = root
    root.sent += former === undefined ? this.sent : this.open
    if (former !== undefined) {
      former.sent -= this.open
      return
    }
    root.handled += this.handled
    root.failed += this.failed
    root.dead += this.dead
  }

  view(): LedgerView {
    const { sent, handled, failed, dead, open } = this
    return { sent, handled, failed, dead, open }
  }
}

/** The ledger of everything started under one root: provide a `new Ledger()` to the root. Default: one for the process. */
export const RootLedger: Context.Reference<Ledger> = Context.Reference("kintsugi/RootLedger", {
  defaultValue: () => new Ledger()
})
