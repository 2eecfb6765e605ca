/** Tools that watch and stop subagents in the background. */
import * as z from "zod"
import type { BackgroundView } from "../../ports.ts"
import { type Answer, defineTool, type Tool } from "../../tool.ts"

/** Seconds. */
const mostWait = 600

const lineOf = ({ id, description, state, startedAt }: BackgroundView): string => {
  const since = state === "running" ? `, ${Math.round((Date.now() - startedAt) / 1000)} s` : ""
  return `${id} (${description}): ${state.replace("_", " ")}${since}`
}

const backgroundList: Tool = defineTool({
  name: "background_list",
  description: "Subagents in the background and their state.",
  risk: "read",
  input: z.object({}),
  execute: async (_, { agents }) => {
    const all = await agents.list()
    return all.length === 0 ? "There are none." : all.map(lineOf).join("\n")
  }
})

const backgroundOutput: Tool = defineTool({
  name: "background_output",
  description: "State or result of a subagent in the background.",
  risk: "read",
  input: z.object({
    id: z.string(),
    wait: z.number().min(0).max(mostWait).optional().describe("Seconds to wait for its end")
  }),
  timeout: false,
  waits: true,
  execute: async ({ id, wait = 0 }, { agents, signal }) => look(await agents.look(id, wait * 1000, signal))
})

/** A result is handed over once: what is about to come as a message is not said here as well. */
const look = (view: BackgroundView): Answer => {
  const { result, delivered } = view
  if (result === undefined) return { success: true, data: `[${lineOf(view)}]`, summary: lineOf(view) }
  const text = delivered ? result.text : "Its result follows as a message."
  return { success: true, data: `[${lineOf(view)}]\n${text}`, summary: lineOf(view) }
}

const backgroundStop: Tool = defineTool({
  name: "background_stop",
  description: "Stop a subagent in the background.",
  // It ends nothing but what this session has started.
  risk: "read",
  input: z.object({ id: z.string() }),
  execute: async ({ id }, { agents }) => look(await agents.stop(id))
})

export const backgroundTools: ReadonlyArray<Tool> = [backgroundList, backgroundOutput, backgroundStop]
