/** A plugin that works: the neighbour whose calls must not feel what happens next door, and the healthy call of the bench. */
import { setTimeout as sleep } from "node:timers/promises"
import { definePlugin, defineTool } from "kintsugi/plugin"
import { anything } from "./open-input.ts"

export const double = defineTool({
  name: "double",
  description: "Double a number.",
  risk: "read",
  input: anything,
  execute: ({ n = 0 }) => ({ success: true, data: n * 2 })
})

const later = defineTool({
  name: "double_later",
  description: "Double a number after some milliseconds.",
  risk: "read",
  input: anything,
  execute: async ({ n = 0, ms = 0 }) => {
    await sleep(ms)
    return { success: true, data: n * 2 }
  }
})

const healthy = definePlugin({ name: "healthy", tools: [double, later] })

// oxlint-disable-next-line import/no-default-export -- a plugin module's default export is its plugin
export default healthy
