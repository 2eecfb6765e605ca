/** What a program says of the runtime that it wants. */
import type { InspectionEvent } from "xstate"
import type { Model } from "../../llm/model.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { SupervisionEvent } from "../kernel/supervisor.ts"
import type { SomeSettings } from "../settings.ts"

export interface RuntimeOptions {
  /** Folder the agent works in; default the current one. */
  readonly cwd?: string
  /** `provider/model`, or a model of your own (`defineModel`, `scripted`). Absent: `settings.llm.model`, else chosen from the keys in `env`. */
  readonly model?: string | Model
  /** As in config.yaml; whatever is left out has its default. No file is read. */
  readonly settings?: SomeSettings
  /**
   * Beside the built-in ones: an object runs in this process; the path of a module that exports one (absolute, or relative
   * to `cwd`) runs where `settings.plugins.isolation` says, by default in a child process of its own.
   */
  readonly plugins?: ReadonlyArray<Plugin | string>
  /**
   * Look for further plugins, skills and agents, and for soul.md and agent.md, in the working folder and in the user's, and for MCP servers
   * in `.mcp.json`; default: nowhere. Skills that come with the program are offered then, too.
   */
  readonly discover?: {
    /** Absolute path of the user's configuration folder. */
    readonly config: string
    /** Whether plugins and MCP servers of the working folder may be run, and what it says of the agent counts. */
    readonly trusted: boolean
    /** Folder that keeps what plugins and MCP servers bring, so that the next start waits for none; absent: it is not kept. */
    readonly cache?: string
  }
  /** Values of flags that plugins register, by name. */
  readonly flags?: Readonly<Record<string, string | boolean>>
  /** Folder that keeps the sessions, and the keys that were stored; absent: they live in memory and end with the runtime. */
  readonly data?: string
  /**
   * Ask the servers of models on this machine: for one to work with when nothing chooses any, and for what it can do before
   * one of theirs is used first. Default: nobody is asked.
   */
  readonly local?: boolean
  /** Folder of the log; absent: nothing is logged. */
  readonly logs?: string
  /**
   * Where keys are looked up, and what commands are given but for what looks like a credential; default `process.env`, as it is
   * whenever it is looked at.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: nowhere. */
  readonly log?: (message: string) => void
  /** XState's inspection of every agent, plugin and tool machine, for tools that draw them. */
  readonly inspect?: (event: InspectionEvent) => void
  /** Everything that starts, fails, is restarted or quarantined in the tree. */
  readonly observe?: (event: SupervisionEvent) => void
}
