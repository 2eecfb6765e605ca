/** The ledger in SQLite: one file in the data folder that many processes share, or one in memory. */
import type { Ledger } from "../../healing/ledger.ts"
import { transact } from "../sqlite-file.ts"
import { acceptPlan, word } from "./ledger/accepting.ts"
import { addSeam, moveHeads } from "./ledger/commit.ts"
import { LedgerError } from "./ledger/error.ts"
import { overlayOf } from "./ledger/overlay.ts"
import { follow, type Plan, settlePending } from "./ledger/plan.ts"
import { findSeam, needSeam, statements, toView } from "./ledger/rows.ts"
import { undoPlan } from "./ledger/undo.ts"
import { type LedgerFile, openLedgerFile } from "./ledger-file.ts"

/** @throws LedgerError saying what to do when the file cannot be used. */
export const openLedger = (file: string): Ledger => ledgerIn(openLedgerFile(file))

/** A ledger above an open database. What a crash left half done is settled before anything else is looked at. */
export const ledgerIn = ({ db, guarded }: LedgerFile): Ledger => {
  const use = guarded(() => statements(db))
  const open = <Result>(act: () => Result): Result => {
    if (!db.isOpen) throw new LedgerError("the ledger is closed")
    return guarded(act)
  }
  const write = <Result>(act: () => Result): Result =>
    open(() =>
      transact(db, () => {
        settlePending(use)
        return act()
      })
    )
  const read = <Result>(act: () => Result): Result => {
    if (open(() => use.pending.get()) !== undefined) write(() => {})
    return open(act)
  }
  /** Plans that touch the user's files are decided first, in a transaction of their own, and then carried out. */
  const carryOut = <Planned extends { readonly plan: Plan }>(decide: () => Planned): Planned => {
    const { planned, id } = write(() => {
      const planned = decide()
      if (planned.plan.files.length > 0) {
        return { planned, id: Number(use.plan.run(JSON.stringify(planned.plan)).lastInsertRowid) }
      }
      follow(use, planned.plan)
      return { planned, id: undefined }
    })
    if (id === undefined) return planned
    const reason = write(() => use.outcome.get(id)?.outcome)
    if (reason !== "") throw new LedgerError(String(reason))
    return planned
  }
  const again = (seams: ReadonlyArray<{ readonly id: string }>) => open(() => seams.map(({ id }) => needSeam(use, id)))

  read(() => undefined)
  return {
    commit: (seam, status, texts) => write(() => addSeam(use, seam, status, texts)),
    list: ({ plugin, root } = {}) => read(() => use.newest.all(plugin ?? null, root ?? null).map(toView)),
    find: (id) => read(() => findSeam(use, id)),
    overlay: (root) => read(() => overlayOf(use, root, write)),
    activate: (id) =>
      write(() => {
        const seam = needSeam(use, id)
        if (seam.status !== "proposed") throw new LedgerError(`seam ${seam.id} is ${seam.status}, no proposal`)
        moveHeads(use, seam)
        use.mark.run(seam.id, Date.now(), "active", word)
        return needSeam(use, seam.id)
      }),
    undo: (id, how, reason) => again(carryOut(() => undoPlan(use, needSeam(use, id), how, reason)).taken),
    accept: (id) => again(carryOut(() => acceptPlan(use, needSeam(use, id))).accepted),
    close: () => {
      if (db.isOpen) db.close()
    }
  }
}
