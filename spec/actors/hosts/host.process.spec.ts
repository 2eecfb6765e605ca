/** The three places, held to one contract. */
import { describe } from "vitest"
import { registersByTheContract } from "./extensions.contract.ts"
import { keepsTheContract } from "./host.contract.ts"

describe.each(["in_process", "worker", "child"] as const)("%s", (place) => {
  keepsTheContract(place)
  registersByTheContract(place)
})
