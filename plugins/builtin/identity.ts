/** identity: `agent.md`, what the agent is told of itself, and `about_me`, what it can find out. */
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import type { AgentCard } from "../ports.ts"
import { defineTool, type Tool } from "../tool.ts"
import { type Standing, standingText } from "./standing.ts"

const aboutMe: Tool = defineTool({
  name: "about_me",
  description: "What you are and how you are: model, permissions, tools, plugins, what is broken.",
  risk: "read",
  input: z.object({}),
  execute: async (_, { agents }) => {
    const card = await agents.about()
    const broken = card.plugins.filter(isBroken)
    const health = broken.length === 0 ? "nothing broken" : `broken: ${broken.map(({ name }) => name).join(", ")}`
    return { success: true, data: described(card), summary: `${card.model}, ${card.tools.length} tools, ${health}` }
  }
})

type PluginLine = AgentCard["plugins"][number]

const isBroken = ({ state }: PluginLine): boolean => ["degraded", "quarantined", "broken"].includes(state)

const isHealthy = ({ state }: PluginLine): boolean => state === "healthy"

const lineOf = ({ name, state, reason }: PluginLine): string => `- ${name} is ${state}: ${reason || "no reason known"}`

const described = (card: AgentCard): string => {
  const { session, parent, model, permissions, cwd, tools, plugins, capabilities, startedAt } = card
  const others = plugins.filter((plugin) => !isHealthy(plugin))
  const broken = others.filter(isBroken)
  const unused = others.filter((plugin) => !isBroken(plugin))
  return [
    "You are Kintsugi, a coding agent.",
    `Model: ${model === "" ? "none is configured" : model}`,
    `Permissions: ${permissions}`,
    `Working folder: ${cwd}`,
    `Session: ${session}${parent === undefined ? "" : `, begun by session ${parent} for a task of its own`}`,
    `Running since: ${new Date(startedAt).toISOString()}`,
    `Tools: ${tools.map(({ name }) => name).join(", ")}`,
    `Healthy plugins: ${
      plugins
        .filter(isHealthy)
        .map(({ name }) => name)
        .join(", ") || "none"
    }`,
    ["Broken plugins:", ...(broken.length === 0 ? ["none"] : broken.map(lineOf))].join("\n"),
    ...(unused.length === 0 ? [] : [["Plugins not in use:", ...unused.map(lineOf)].join("\n")]),
    ...(capabilities.length === 0 ? [] : [`You can:\n${capabilities.map((one) => `- ${one}`).join("\n")}`])
  ].join("\n")
}

export const identityPlugin = (standing: Standing = {}): Plugin =>
  definePlugin({
    name: "identity",
    description: "What the agent can say about itself, and agent.md.",
    tools: [aboutMe],
    systemPrompt: async (event) => {
      const text = await standingText("agent.md", event, standing)
      return text === "" ? "" : `Who you are, from agent.md:\n\n${text}`
    }
  })
