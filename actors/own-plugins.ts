/** The built-in plugins as a runtime has them, with what they cannot know themselves: folders, the log, who hears a notice. */
import { type Observable, Subject } from "rxjs"
import type { AgentNotice, PluginNews, SeamNews } from "../machines/events.ts"
import type { AgentFiles } from "../plugins/agent-files.ts"
import { builtins } from "../plugins/builtin/index.ts"
import { type LogFile, logFile } from "../plugins/builtin/log-file.ts"
import type { Keep } from "../plugins/builtin/send-file.ts"
import type { HookBook } from "../plugins/command-hooks/book.ts"
import { serverKeys } from "../plugins/mcp/names.ts"
import type { McpServers } from "../plugins/mcp.ts"
import type { Mode } from "../plugins/permission.ts"
import type { Contexts } from "../plugins/context-use.ts"
import type { Skills } from "../plugins/skills.ts"
import { Refused } from "../plugins/mcp/sampling.ts"
import type { Plugin } from "../plugins/plugin.ts"
import type { Environment } from "./folders.ts"
import type { Briefing } from "./briefing.ts"
import type { SessionModel } from "./mcp/sampling.ts"
import type { Session } from "./session-host.ts"
import { pluginData } from "./plugin/parts.ts"
import { hiding, secretsOf } from "./secrets.ts"
import type { Settings } from "./settings.ts"

export interface OwnParts {
  /** Absolute real path of the working folder. */
  readonly cwd: string
  readonly settings: Settings
  readonly env: Environment
  /** The user's configuration, and whether what the working folder says of the agent counts. */
  readonly discover: { readonly config: string; readonly trusted: boolean } | undefined
  /** Folder of the log; absent: there is none. */
  readonly logs: string | undefined
  /** Whoever else wants to hear. */
  readonly log: (message: string) => void
  /** Asked for when something is wanted of them. */
  readonly mcp: () => McpServers
  readonly skills: Skills
  readonly agents: AgentFiles
  readonly commandHooks: HookBook
}

export interface OwnPlugins {
  readonly plugins: ReadonlyArray<Plugin>
  /** For whoever has something to say about the runtime itself. */
  readonly log: (message: string) => void
  readonly told: Subject<{ readonly session: string; readonly notice: AgentNotice }>
  /** By session: who keeps what its agent sends to its user. None: the user cannot take files. */
  readonly keepers: Map<string, Keep>
  /** By session: its model, for MCP servers that the user lets ask it. */
  readonly completers: Map<string, SessionModel>
  /** By session: what it may do without asking. */
  readonly modes: Map<string, () => Mode>
  /** By session: what its model is told beside the conversation. */
  readonly briefings: Map<string, Omit<Briefing, "use"> & { readonly use: Session["context"] }>
  /** What happens to plugins goes into the log, too. */
  readonly follow: (news: Observable<PluginNews>, seams: Observable<SeamNews>) => void
  /** Resolves when the log is written. */
  readonly close: () => Promise<void>
}

export const ownPlugins = (parts: OwnParts): OwnPlugins => {
  const { cwd, settings, env, discover, log, mcp, skills, agents, commandHooks } = parts
  const told: OwnPlugins["told"] = new Subject()
  const keepers: OwnPlugins["keepers"] = new Map()
  const completers: OwnPlugins["completers"] = new Map()
  const briefings: OwnPlugins["briefings"] = new Map()
  const modes: OwnPlugins["modes"] = new Map()
  const file = logFileOf(parts)
  const warn = (session: string, message: string): void =>
    told.next({ session, notice: { type: "agent.warned", failure: { code: "instructions", message } } })
  return {
    plugins: builtins({
      ...discover,
      warn,
      ...(file !== undefined && { logFile: file }),
      keeperOf: (session) => keepers.get(session),
      mcp: {
        servers: mcp,
        rules: settings.mcp,
        hookTime: settings.plugins.hook_timeout * 1000,
        complete: (session, completion, signal) =>
          completers.get(session)?.(completion, signal) ?? Promise.reject(new Refused("the session is closed"))
      },
      a2a: settings.channels.a2a,
      contexts: { contexts: contextsOf(briefings), warn },
      tasks: { agents, skills, warn },
      skills: { skills, warn, agents: () => agents, hooks: () => commandHooks },
      commandHooks: {
        book: commandHooks,
        cwd,
        env: () => env,
        pluginData: (plugin) => pluginData(env, plugin),
        modeOf: (session) => modes.get(session)?.(),
        servers: () => [
          ...serverKeys(
            mcp()
              .list()
              .map(({ name }) => name)
          ).values()
        ],
        warn
      }
    }),
    log: (message) => {
      log(message)
      file?.write("info", "runtime.said", { message })
    },
    told,
    keepers,
    completers,
    briefings,
    modes,
    follow: (news, seams) => {
      if (file === undefined) return
      news.subscribe((plugin) => file.write(plugin.state === "healthy" ? "info" : "warn", "plugin.changed", plugin))
      seams.subscribe(({ diff: _, ...seam }) => file.write("warn", "seam.made", seam))
    },
    close: async () => file?.flush()
  }
}

const contextsOf = (briefings: OwnPlugins["briefings"]): Contexts => ({
  use: (session) => briefings.get(session)?.use(),
  renew: (session) => briefings.get(session)?.renew(),
  changed: async (session) => (await briefings.get(session)?.changed()) ?? [],
  nested: async (session, path) => (await briefings.get(session)?.nested(path)) ?? []
})

const logFileOf = ({ settings, env, logs, log }: OwnParts): LogFile | undefined => {
  if (logs === undefined || settings.plugins.disabled.includes("log")) return undefined
  return logFile({
    folder: logs,
    level: env.KINTSUGI_DEBUG === undefined ? "info" : "debug",
    redact: hiding(secretsOf(settings, env)),
    onProblem: log
  })
}
