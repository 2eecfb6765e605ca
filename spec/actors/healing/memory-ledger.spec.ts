import { memoryLedger } from "../../../actors/healing/memory-ledger.ts"
import { ledgerContract } from "../../healing/ledger.contract.ts"

ledgerContract("a ledger in memory", memoryLedger)
