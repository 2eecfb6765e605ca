/**
 * Hooks as commands, in the format of Claude Code's settings, as skills, the command line and programs that embed us see them. The
 * plugin `hooks` runs them; what they say is a stranger's words.
 */

/** Those that are run here. */
export const commandHookEvents = [
  "PreToolUse",
  "PostToolUse",
  "UserPromptSubmit",
  "Stop",
  "SubagentStop",
  "SessionStart",
  "SessionEnd",
  "PreCompact"
] as const

export type CommandHookEvent = (typeof commandHookEvents)[number]

/** Where hooks are written down. */
export interface HookSource {
  readonly kind: "project" | "user" | "plugin" | "skill"
  /** Absolute path of the file. */
  readonly path: string
  /** False: they are shown and never run. */
  readonly trusted: boolean
  /** Name of the plugin or skill; absent: settings. */
  readonly name?: string
  /** Absolute: what `${CLAUDE_PLUGIN_ROOT}` is, or of a skill, `${CLAUDE_SKILL_DIR}`. */
  readonly folder?: string
}

export interface CommandHook {
  readonly event: CommandHookEvent
  /** Which tools (or, of `SessionStart` and `PreCompact`, which occasions) it is for; empty: all. As written. */
  readonly matcher: string
  /** For a shell; with `args`, the program itself. */
  readonly command: string
  /** Handed to the program as they are, without a shell between. */
  readonly args?: ReadonlyArray<string>
  /** A permission rule as Claude Code writes it: of calls, only for those that it matches. */
  readonly condition?: string
  /** Nobody waits for it, and what it says counts for nothing. */
  readonly background?: boolean
  /** Of a skill: once in a session. */
  readonly once?: boolean
  /** Seconds. */
  readonly timeout: number
  readonly source: HookSource
}

export interface HookProblem {
  readonly source: HookSource
  /** What is wrong or not supported, in a sentence. */
  readonly reason: string
  /** It might have denied something: until it is mended, calls that it may be for are refused. */
  readonly guards: boolean
  /**
   * An event that Claude Code has and we have not, whose hooks can refuse nothing: nobody wrote it by mistake, so it is said where hooks
   * are listed and not in each session.
   */
  readonly elsewhere?: true
  /** What it would be asked about; absent: nobody can tell. */
  readonly event?: CommandHookEvent
  /** Of calls, those of which tools; absent: of all. */
  readonly matcher?: string
}

/** All that was found, at one moment. */
export interface CommandHookSet {
  /** In the order in which they are asked. */
  readonly hooks: ReadonlyArray<CommandHook>
  readonly problems: ReadonlyArray<HookProblem>
}

export interface CommandHooks {
  /** Reads their files at the first call; cheap after that. Never rejects. */
  readonly all: () => Promise<CommandHookSet>
  readonly again: () => Promise<CommandHookSet>
  /** What a value in the format of `hooks` says. Pure. */
  readonly read: (value: unknown, source: HookSource) => CommandHookSet
  /** Hooks of a skill that is followed, to which the user has agreed: they hold in this session until its turn ends. */
  readonly follow: (session: string, hooks: ReadonlyArray<CommandHook>) => void
}
