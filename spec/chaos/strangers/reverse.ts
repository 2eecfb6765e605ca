/** Works, whatever happens next door, and takes its time. */
import { setTimeout as sleep } from "node:timers/promises"

interface Input {
  readonly n: number
}

export default {
  name: "reverse",
  tools: [
    {
      name: "reverse",
      description: "Reverse the digits of a number.",
      risk: "read",
      input: { type: "object" },
      timeout: 60,
      execute: async ({ n }: Input) => {
        await sleep(n % 5)
        return String(n).split("").toReversed().join("")
      }
    }
  ]
}
