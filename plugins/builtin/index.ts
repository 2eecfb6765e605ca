/** The plugins that are always there, in the order in which models see their tools. */
import type { Plugin } from "../plugin.ts"
import { contextPlugin } from "./context.ts"
import { filesPlugin } from "./files.ts"
import { heartbeatPlugin } from "./heartbeat.ts"
import { identityPlugin } from "./identity.ts"
import { logPlugin } from "./log.ts"
import type { LogFile } from "./log-file.ts"
import { planPlugin } from "./plan.ts"
import { searchPlugin } from "./search.ts"
import { type Keep, sendFilePlugin } from "./send-file.ts"
import { shellPlugin } from "./shell.ts"
import { soulPlugin } from "./soul.ts"
import type { Standing } from "./standing.ts"
import { taskDonePlugin } from "./task-done.ts"
import { taskPlugin } from "./task.ts"

/** What only the runtime knows. */
export interface BuiltinOptions extends Standing {
  /** Absent: nothing is logged. */
  readonly logFile?: LogFile
  /** Keeps what a session's agent sends to its user; absent where nobody can take files. */
  readonly keeperOf?: (session: string) => Keep | undefined
}

export const builtins = (options: BuiltinOptions = {}): ReadonlyArray<Plugin> => [
  filesPlugin,
  searchPlugin(),
  shellPlugin,
  planPlugin,
  taskPlugin,
  sendFilePlugin(options.keeperOf ?? (() => undefined)),
  contextPlugin,
  soulPlugin(options),
  identityPlugin(options),
  heartbeatPlugin,
  logPlugin(options.logFile),
  taskDonePlugin
]
