/** The plugins that are always there, in the order in which models see their tools. */
import type { Plugin } from "../plugin.ts"
import { a2aGateway, type A2aParts } from "./a2a-gateway.ts"
import { type CommandHookParts, commandHooksPlugin } from "./command-hooks.ts"
import { type ContextParts, contextPlugin } from "./context.ts"
import { filesPlugin } from "./files.ts"
import { heartbeatPlugin } from "./heartbeat.ts"
import { identityPlugin } from "./identity.ts"
import { logPlugin } from "./log.ts"
import type { LogFile } from "./log-file.ts"
import { type GatewayParts, mcpGateway } from "./mcp-gateway.ts"
import { planPlugin } from "./plan.ts"
import { searchPlugin } from "./search.ts"
import { type Keep, sendFilePlugin } from "./send-file.ts"
import { shellPlugin } from "./shell.ts"
import { type SkillsParts, skillsPlugin } from "./skills.ts"
import { soulPlugin } from "./soul.ts"
import type { Standing } from "./standing.ts"
import { taskDonePlugin } from "./task-done.ts"
import { taskPlugin, type TaskParts } from "./task.ts"

/** What only the runtime knows. */
export interface BuiltinOptions extends Standing {
  /** Absent: nothing is logged. */
  readonly logFile?: LogFile
  /** Keeps what a session's agent sends to its user; absent where nobody can take files. */
  readonly keeperOf?: (session: string) => Keep | undefined
  /** Absent: there are no MCP servers. */
  readonly mcp?: GatewayParts
  /** Absent: there are no agents that somebody has written down. */
  readonly tasks?: TaskParts
  /** Absent: there are no skills. */
  readonly skills?: SkillsParts
  /** Absent: there are no commands to be run at events. */
  readonly commandHooks?: CommandHookParts
  /** Absent: nothing is known of sessions. */
  readonly contexts?: ContextParts
  /** Absent: there are no other agents to call. */
  readonly a2a?: A2aParts
}

export const builtins = (options: BuiltinOptions = {}): ReadonlyArray<Plugin> => [
  filesPlugin,
  searchPlugin(),
  shellPlugin,
  planPlugin,
  taskPlugin(options.tasks),
  sendFilePlugin(options.keeperOf ?? (() => undefined)),
  contextPlugin(options.contexts),
  skillsPlugin(options.skills),
  commandHooksPlugin(options.commandHooks),
  soulPlugin(options),
  identityPlugin(options),
  heartbeatPlugin,
  logPlugin(options.logFile),
  taskDonePlugin,
  mcpGateway(options.mcp),
  a2aGateway(options.a2a)
]
