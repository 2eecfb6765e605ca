/** Agents below this one: a task that is waited for, or one in the background whose result comes as a message. */
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import type { AgentResult, BackgroundView } from "../ports.ts"
import { type Answer, defineTool, type ErrorClass, type Tool } from "../tool.ts"

/** Seconds. */
const usualTime = 600
const mostTime = 24 * 60 * 60
const mostWait = 600

const task: Tool = defineTool({
  name: "task",
  description:
    "Give a task to a subagent. It sees nothing but the prompt and answers once. Several in one reply work side by side.",
  // Starting one harms nothing: each of its own calls is permitted, asked about or refused like any other.
  risk: "read",
  input: z.object({
    prompt: z.string().min(1).describe("All it needs to know, and what to report"),
    description: z.string().describe("3 to 6 words for the user"),
    model: z.string().optional(),
    tools: z.array(z.string()).optional().describe("The only ones it may use"),
    timeout: z.number().min(1).max(mostTime).optional().describe(`Seconds, default ${usualTime}`),
    max_turns: z.int().min(1).optional(),
    background: z.boolean().optional().describe("Answer at once; the result comes later as a message")
  }),
  idempotent: false,
  parallel: true,
  waits: true,
  // The subagent has a deadline; while it asks the user something, time stands still.
  timeout: false,
  // Another model may cost more, and belong to somebody else: that is the user's to decide.
  preview: ({ model }) => (model === undefined ? {} : { risk: "network", summary: `subagent with model ${model}` }),
  execute: async ({ background = false, max_turns: maxTurns, ...given }, { agents, signal }) => {
    const order = { ...given, ...(maxTurns === undefined ? {} : { maxTurns }) }
    if (!background) return ended(given.description, await agents.run(order, { signal }))
    const { id } = await agents.start(order)
    const summary = `${given.description}: started in the background (${id})`
    return {
      success: true,
      data: `[${summary}. Its result comes as a message; do not wait for it by looking.]`,
      summary
    }
  }
})

const failures: Readonly<Record<Exclude<AgentResult["end"], "replied">, readonly [ErrorClass, string]>> = {
  failed: ["execution_error", "the subagent failed"],
  cancelled: ["cancelled", "the subagent was stopped; its effects may be partial"],
  timed_out: ["execution_error", "the subagent took too long and was stopped; its effects may be partial"],
  interrupted: ["interrupted", "the program ended under the subagent; its effects may be partial"]
}

/** What came of a subagent, as an answer. */
export const ended = (description: string, result: AgentResult): Answer => {
  const { end, text, needs = [] } = result
  const data = `${text}\n\n[${spentBy(result)}]`
  // One of them is as good as all: it is what the user is told to allow.
  const missing = needs[0] === undefined ? {} : { needs: needs[0] }
  if (end === "replied") return { success: true, data, summary: `${description}: ${spentBy(result)}`, ...missing }
  const [errorClass, error] = failures[end]
  return { success: false, errorClass, error, data, summary: `${description}: ${error}`, ...missing }
}

const spentBy = ({ session, tokens, cost, needs }: AgentResult): string => {
  const price = cost === undefined ? "" : `, $${cost.toFixed(4)}`
  const refused = needs === undefined ? "" : `; nobody could be asked to permit ${needs.join(", ")}`
  return `subagent session ${session}, ${tokens} tokens${price}${refused}`
}

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

/** Tools by which an agent starts and watches others. */
export const agentTools: ReadonlyArray<string> = [task, backgroundList, backgroundOutput, backgroundStop].map(
  ({ name }) => name
)

export const taskPlugin: Plugin = definePlugin({
  name: "task",
  description: "Subagents: tasks for agents of their own, waited for or in the background.",
  tools: [task, backgroundList, backgroundOutput, backgroundStop]
})
