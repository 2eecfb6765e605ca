/** A ledger that lives as long as its process: for embedders that keep nothing, and for specs. */
import type { Ledger } from "../../healing/ledger.ts"
import { ledgerInMemory } from "./ledger-file.ts"
import { ledgerIn } from "./sqlite-ledger.ts"

export const memoryLedger = (): Ledger => ledgerIn(ledgerInMemory())
