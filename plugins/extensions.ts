/** What a plugin may add to the program around the agent: commands, keys, flags, widgets, model providers. */
import type { ToolContext } from "./tool.ts"

/** What a command or a key did: shown to the user, or said to the agent in the user's name. */
export interface CommandResult {
  /** Markdown for the user. */
  readonly show?: string
  /** A message to the agent, as if the user had typed it. */
  readonly say?: string
}

/** What code that the user started works with: a tool's context without a task. Its `ask` is always cancelled. */
export type CommandContext = Omit<ToolContext, "taskStartedAt">

/** A slash command of the chat, and of every channel that has them. */
export interface PluginCommand {
  /** Lower-case letters, digits and `-`, without the slash. */
  readonly name: string
  readonly description: string
  /** What may stand behind the name, for people: `[topic]`. */
  readonly argument?: string
  /** `/name argument` is a message as any other, for which the plugin's `expansion` answers; nothing needs to be run. Only of `live`. */
  readonly said?: true
  /** A returned string is `{ show }`. */
  readonly run: (
    argument: string,
    context: CommandContext
  ) => void | string | CommandResult | Promise<void | string | CommandResult>
}

/** A key of the chat that no editing key of ours takes. */
export interface PluginShortcut {
  /** `ctrl-` or `alt-` and a letter or digit. */
  readonly key: string
  readonly description: string
  readonly run: (context: CommandContext) => void | string | CommandResult | Promise<void | string | CommandResult>
}

/** An option of `kintsugi chat` and `kintsugi run`; its value reaches the plugin's `start`. */
export interface PluginFlag {
  /** Lower-case letters, digits and `-`, without the dashes. */
  readonly name: string
  readonly description: string
  readonly type: "boolean" | "string"
  readonly default?: string | boolean
}

/** A line or a few that the chat shows. */
export interface PluginWidget {
  /** Letters, digits, `-` and `_`; unique within the plugin. */
  readonly name: string
  /** `above`: over the prompt, at most 5 rows · `status`: in the status line. */
  readonly place: "above" | "status"
  /** Seconds between two renderings, from 1; default 5. Rendered at the end of every turn, too. */
  readonly every?: number
  /** Plain text; empty for nothing now. */
  readonly render: (context: CommandContext) => string | Promise<string>
}

/** A service of models that speaks one of the dialects we know. */
export interface PluginProvider {
  /** The part of a model's id before the slash. */
  readonly id: string
  /** For people. */
  readonly name: string
  readonly baseUrl: string
  readonly dialect: "openai-chat" | "openai-responses" | "anthropic"
  /** Environment variables that may hold the key, in order; empty: it works without one. */
  readonly env: ReadonlyArray<string>
  readonly models: ReadonlyArray<{
    readonly id: string
    /** Tokens. */
    readonly contextWindow?: number
    /** US dollars for a million tokens; absent: unknown. */
    readonly price?: { readonly input: number; readonly output: number }
  }>
}

/** All that a plugin registers. */
export interface Extensions {
  readonly commands: ReadonlyArray<PluginCommand>
  readonly shortcuts: ReadonlyArray<PluginShortcut>
  readonly flags: ReadonlyArray<PluginFlag>
  readonly widgets: ReadonlyArray<PluginWidget>
  readonly providers: ReadonlyArray<PluginProvider>
}
