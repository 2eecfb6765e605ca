/** What the ledger says when it cannot, or may not, do what was asked; nothing was changed then. */
export class LedgerError extends Error {
  override readonly name = "LedgerError"
}
