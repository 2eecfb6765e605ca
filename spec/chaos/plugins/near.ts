/** The plugins of this process: one that works, one that breaks in the ways a process survives, and the near counter. */
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { definePlugin, type Plugin } from "../../../plugins/index.ts"
import { broken } from "./broken.ts"
import { counter } from "./counter.ts"
import { neighbour } from "./neighbour.ts"

/** Faults that code in this process may commit and be contained. */
export const nearFaults = ["throw", "stack_overflow", "never_settles"] as const

const survivable = (): Plugin => {
  const { tools = [], ...plugin } = broken("delta", true)
  return { ...plugin, tools: tools.filter(({ name }) => nearFaults.some((fault) => name === `delta_${fault}`)) }
}

/** One line for each effect of the near counter. */
export const nearEffects = "near-effects.log"

export const nearPlugins = (): ReadonlyArray<Plugin> => [
  neighbour("local"),
  survivable(),
  definePlugin({
    name: "near-counter",
    tools: [counter("near_count", async (token, { cwd }) => appendFileSync(join(cwd, nearEffects), `${token}\n`))]
  })
]
