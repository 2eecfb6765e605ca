/** What an agent can say about itself: put together when it is asked. */
import type { AgentCard } from "../plugins/ports.ts"
import type { Heartbeat } from "./heartbeat.ts"
import type { SessionInfo } from "./journal.ts"
import type { HookBus } from "./plugin/hook-bus.ts"
import type { SessionView } from "./session-host.ts"

export interface AboutParts {
  readonly info: SessionInfo
  readonly view: () => Pick<SessionView, "model" | "permissions" | "cwd" | "tools">
  readonly plugins: () => AgentCard["plugins"]
  readonly hooks: Pick<HookBus, "gather">
  readonly heartbeat: Pick<Heartbeat, "view">
  /** Of the runtime, milliseconds since the Unix epoch. */
  readonly startedAt: number
}

/** Capabilities that are told, and characters of each: plugins wrote them, and a model reads them. */
const limits = { count: 50, length: 200 }

export const aboutOf = async ({ info, view, plugins, hooks, heartbeat, startedAt }: AboutParts): Promise<AgentCard> => {
  const { model, permissions, cwd, tools } = view()
  const said = await hooks.gather("capabilities", { session: info.id })
  return {
    session: info.id,
    ...(info.parent !== undefined && { parent: info.parent.session }),
    model,
    permissions,
    cwd,
    tools: tools.map(({ name, description }) => ({ name, description })),
    plugins: plugins().map(({ name, state, reason }) => ({ name, state, reason })),
    capabilities: said.flatMap(({ value }) => value.flatMap(sentence)).slice(0, limits.count),
    heartbeat: heartbeat.view(),
    startedAt
  }
}

/** A line of its own, so that it cannot be taken for anything else in the card. */
const sentence = (said: string): ReadonlyArray<string> => {
  const line = said.replace(/\s+/g, " ").trim().slice(0, limits.length).toWellFormed()
  return line === "" ? [] : [line]
}
