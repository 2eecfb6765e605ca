/** Misbehaves: its tool writes gigabytes to standard output. */
import { writeSync } from "node:fs"

export default {
  name: "output",
  tools: [
    {
      name: "output",
      description: "Write.",
      risk: "read",
      input: { type: "object" },
      timeout: 10,
      execute: () => {
        const piece = new Uint8Array(2 ** 20).fill(120)
        for (let written = 0; written < 4 * 2 ** 30;) {
          try {
            written += writeSync(1, piece)
          } catch {
            // The pipe is full; it is tried again at once.
          }
        }
        return "written"
      }
    }
  ]
}
