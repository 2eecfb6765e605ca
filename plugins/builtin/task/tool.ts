/** The tool `task`: a subagent's task, given to an agent that somebody has written down where there are such. */
import * as z from "zod"
import type { AgentFiles } from "../../agent-files.ts"
import { type AgentTask, PortError } from "../../ports.ts"
import type { InputSchema } from "../../schema.ts"
import type { Skills } from "../../skills.ts"
import { type Answer, defineTool, refuse, type Tool, type ToolContext } from "../../tool.ts"
import { agentModel, agentNamed, usableAgents } from "../agents/find.ts"
import { type AgentOrder, agentOrder, isOrder } from "../agents/order.ts"
import { ended } from "./answer.ts"

export interface TaskParts {
  readonly agents: AgentFiles
  readonly skills?: Skills
  /** Tells the user of a session what is not as an agent's file says. */
  readonly warn?: (session: string, notice: string) => void
}

/** Seconds. */
const usualTime = 600
const mostTime = 24 * 60 * 60

/** Names that are listed in a schema: more would cost more than they help. */
const fewNames = 40

const about =
  "Give a task to a subagent. It sees nothing but the prompt and answers once. Several in one reply work side by side."

/** @param parts Absent: there are no agents. */
export const taskTool = (parts?: TaskParts): Tool => {
  /** Models of agents' files that the user was told of, by the input of the call: a file may be another a moment later. */
  const shown = new WeakMap<object, string>()
  return defineTool({
    name: "task",
    description: [about, ...listOf(parts)].join("\n"),
    // Starting one harms nothing: each of its own calls is permitted, asked about or refused like any other.
    risk: "read",
    input: inputOf(parts),
    idempotent: false,
    parallel: true,
    waits: true,
    // The subagent has a deadline; while it asks the user something, time stands still.
    timeout: false,
    // Another model may cost more, and belong to somebody else: that is the user's to decide.
    preview: async (input) => {
      const { model, agent } = input
      const its = model ?? (await modelOf(parts, agent))
      if (its !== undefined) shown.set(input, its)
      const whose = agent === undefined ? "subagent" : `agent ${agent}`
      return its === undefined ? {} : { risk: "network", summary: `${whose} with model ${its}` }
    },
    execute: async (input, context) => {
      const { agent, ...given } = input
      const order = agent === undefined ? anybody : await orderFor(parts, agent)
      if (!isOrder(order)) return order
      const model = given.model ?? order.task.model
      if (agent !== undefined && model !== undefined && shown.get(input) !== model)
        return refuse("permission_denied", `agent ${agent} asks for another model than a moment ago; call it again`)
      for (const notice of order.notices) parts?.warn?.(context.session, notice)
      return done(given, order, context)
    }
  })
}

const schemaWith = (agent: z.ZodOptional<z.ZodString>) =>
  z.object({
    prompt: z.string().min(1).describe("All it needs to know, and what to report"),
    description: z.string().describe("3 to 6 words for the user"),
    agent,
    model: z.string().optional(),
    tools: z.array(z.string()).optional().describe("The only ones it may use"),
    timeout: z.number().min(1).max(mostTime).optional().describe(`Seconds, default ${usualTime}`),
    max_turns: z.int().min(1).optional(),
    background: z.boolean().optional().describe("Answer at once; the result comes later as a message")
  })

type Given = z.infer<ReturnType<typeof schemaWith>>

const lenient = schemaWith(z.string().optional())

/** What models are told of is less than what is understood: an agent may come later, and other agents have other names for things. */
const inputOf = (parts: TaskParts | undefined): InputSchema<Given> => {
  const names = offered(parts).map(({ name }) => name)
  const named = z.string().optional()
  const shown = schemaWith(names.length > fewNames ? named : named.meta({ enum: names }))
  const { "~standard": standard } = names.length === 0 ? shown.omit({ agent: true }) : shown
  return {
    "~standard": { ...standard, types: undefined, validate: (value) => lenient["~standard"].validate(ours(value)) }
  }
}

/** As Claude Code's `Task` calls them; a skill that was written for it names them so. */
const ours = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  const { subagent_type: agent, run_in_background: background, model, ...rest } = value as Record<string, unknown>
  return {
    ...(typeof agent === "string" && agent.trim() !== "" && { agent }),
    ...(background !== undefined && { background }),
    ...(isAlias(model) ? {} : { model }),
    ...rest
  }
}

/** It means nothing here: the session's own model is meant. */
const isAlias = (model: unknown): boolean =>
  model === undefined ||
  (typeof model === "string" && /^(?:sonnet|opus|haiku|fable|inherit|default|)$/i.test(model.trim()))

const offered = (parts: TaskParts | undefined) => usableAgents(parts?.agents.known() ?? { agents: [] })

const listOf = (parts: TaskParts | undefined): ReadonlyArray<string> => {
  const all = offered(parts)
  if (parts === undefined || all.length === 0) return []
  const { text, left } = parts.agents.catalogue(all)
  const rest = `${left} more are not listed: give words for what you need as agent, and the nearest are named.`
  return [intro, text, ...(left === 0 ? [] : [rest])]
}

const intro = "A task that fits what one of these agents is for, give to that agent; it knows how, so say only what:"

const modelOf = async (parts: TaskParts | undefined, agent: string | undefined): Promise<string | undefined> => {
  const file = parts === undefined || agent === undefined ? undefined : await agentNamed(parts.agents, agent)
  return file === undefined ? undefined : agentModel(file)
}

const anybody: AgentOrder = { task: {}, background: false, notices: [] }

const orderFor = async (parts: TaskParts | undefined, agent: string): Promise<AgentOrder | Answer> =>
  parts === undefined ? anybody : agentOrder(parts, agent)

const done = async (
  { background, max_turns: turns, model, tools, timeout, prompt, description }: Omit<Given, "agent">,
  order: AgentOrder,
  context: ToolContext
): Promise<Answer> => {
  const rounds = Math.min(turns ?? Infinity, order.task.maxTurns ?? Infinity)
  const task: AgentTask = {
    ...order.task,
    prompt,
    description,
    ...(model !== undefined && { model }),
    ...(tools !== undefined && { tools }),
    ...(timeout !== undefined && { timeout }),
    ...(rounds !== Infinity && { maxTurns: rounds })
  }
  const name = order.task.agent === undefined ? description : `${order.task.agent.name}: ${description}`
  if (background ?? order.background) {
    const answer = await inBackground(task, name, background === undefined, context)
    if (answer !== undefined) return answer
  }
  return ended(name, await context.agents.run(task, { signal: context.signal }))
}

/** @param mayWait Nobody insists on it. @returns `undefined` when it has to be waited for. */
const inBackground = async (
  task: AgentTask,
  name: string,
  mayWait: boolean,
  { agents }: ToolContext
): Promise<Answer | undefined> => {
  try {
    const { id } = await agents.start(task)
    const summary = `${name}: started in the background (${id})`
    const data = `[${summary}. Its result comes as a message; do not wait for it by looking.]`
    return { success: true, data, summary }
  } catch (error) {
    if (mayWait && error instanceof PortError && error.kind === "permission_denied") return undefined
    throw error
  }
}
