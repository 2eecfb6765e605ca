/** heartbeat: which sessions are alive, and which work without a sign of life. The beat itself is actors/heartbeat.ts. */
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import type { AgentCard } from "../ports.ts"
import { defineTool, type Tool } from "../tool.ts"

const getHeartbeatStatus: Tool = defineTool({
  name: "get_heartbeat_status",
  description: "Which sessions and subagents are alive, working or stalled.",
  risk: "read",
  input: z.object({}),
  execute: async (_, { agents }) => {
    const { session, heartbeat, plugins } = await agents.about()
    const lines = heartbeat.map((one) => beatLine(one, session))
    const broken = plugins.flatMap(({ name, state }) =>
      ["degraded", "quarantined"].includes(state) ? [`plugin ${name}: ${state}`] : []
    )
    const stalled = heartbeat.filter((one) => one.stalled).length
    return {
      success: true,
      data: [...lines, ...broken].join("\n"),
      summary: `${heartbeat.length} ${heartbeat.length === 1 ? "session" : "sessions"}, ${stalled} stalled`
    }
  }
})

const beatLine = ({ session, state, silent, stalled }: AgentCard["heartbeat"][number], own: string): string => {
  const name = session === own ? `${session} (this one)` : session
  return `session ${name}: ${stalled ? "stalled, " : ""}${state}, last sign of life ${Math.round(silent)} s ago`
}

export const heartbeatPlugin: Plugin = definePlugin({
  name: "heartbeat",
  description: "Signs of life of sessions and subagents.",
  tools: [getHeartbeatStatus]
})
