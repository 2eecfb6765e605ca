/** Plugins that always work: what breaks next door must not be felt here. */
import { setTimeout as sleep } from "node:timers/promises"
import { definePlugin, defineTool, type Plugin } from "../../../plugins/index.ts"
import { open } from "./open.ts"

export interface NeighbourInput {
  readonly n: number
  /** Milliseconds to work. */
  readonly ms?: number
}

export const neighbour = (name: string): Plugin =>
  definePlugin({
    name,
    tools: [
      defineTool({
        name: `${name}_double`,
        description: "Double a number.",
        risk: "read",
        input: open<NeighbourInput>(),
        execute: async ({ n, ms = 0 }) => {
          if (ms > 0) await sleep(ms)
          return { success: true, data: n * 2 }
        }
      })
    ]
  })
