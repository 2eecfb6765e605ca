/** The three places, held to one contract. */
import { describe } from "vitest"
import { keepsTheContract } from "./host.contract.ts"

describe.each(["in_process", "worker", "child"] as const)("%s", (place) => {
  keepsTheContract(place)
})
