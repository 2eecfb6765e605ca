/**
 * The host's ports: files, processes, notes and other agents as tools see them. Who does its I/O through them is confined, cancellable and,
 * later, taped. `ports/` holds the implementations.
 */

/** What went wrong in words a model can act on; a port throws nothing else for a failure that is to be expected. */
export class PortError extends Error {
  override readonly name = "PortError"
  readonly kind: "permission_denied" | "not_found" | "invalid_arguments" | "missing_dependency" | "execution_error"
  constructor(kind: PortError["kind"], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export interface FileInfo {
  readonly kind: "file" | "folder" | "other"
  /** Bytes. */
  readonly size: number
  /** Later of content and inode change, milliseconds since the Unix epoch. */
  readonly changedAt: number
}

/** A file system confined to `tools.allowed_paths` by real path. All paths may be relative to the working folder, absolute, or start with `~/`. */
export interface Files {
  /**
   * The real absolute path, every symbolic link on the way followed; the last parts need not exist.
   * @throws PortError `permission_denied` outside the allowed paths or inside a blocked one.
   */
  resolve(path: string): Promise<string>
  /** How a path is shown to people and models: relative to the working folder when inside it. */
  display(path: string): string
  /** The whole file, of at most 100 MiB. */
  read(path: string): Promise<Uint8Array>
  /** Whole or not at all: written beside the target, synced, then renamed over it. Missing folders are made; mode and link targets are kept. */
  write(path: string, data: string | Uint8Array): Promise<void>
  /** @returns `undefined` when nothing is there. */
  stat(path: string): Promise<FileInfo | undefined>
}

export interface ExecOptions {
  readonly signal?: AbortSignal
  /** Milliseconds until the whole process group is killed; absent: no limit. */
  readonly timeout?: number
  /** Folder to start in, default the working folder. */
  readonly cwd?: string
  /** Called with each piece of combined output as it comes. */
  readonly onOutput?: (text: string) => void
}

export interface ExecResult {
  /** Exit code; `undefined` when a signal ended it. */
  readonly code: number | undefined
  readonly signal: string | undefined
  /** Standard output and error in the order they came, at most `limit` characters: head and tail with a note between. */
  readonly output: string
  /** Characters produced in all. */
  readonly length: number
  /** The whole output, when `output` does not hold all of it. */
  readonly file: string | undefined
  readonly timedOut: boolean
}

export type JobState = "running" | "exited" | "stopped"

export interface JobView extends ExecResult {
  readonly id: string
  readonly command: string
  readonly state: JobState
  /** Milliseconds since it started, until it ended. */
  readonly elapsed: number
}

/** Shell commands, each in a process group of its own, so that nothing it started outlives it. */
export interface Exec {
  /**
   * Runs a command with `bash -c` (`sh` where there is none) to its end. Abort, timeout and close kill the whole tree. What
   * it leaves running is stopped at its end; what left its process group on purpose (a daemon) lives until `close`.
   */
  run(command: string, options?: ExecOptions): Promise<ExecResult>
  /** Starts a command and returns at once. It lives until it ends, is stopped, or the session closes. */
  start(command: string, options?: Pick<ExecOptions, "cwd">): JobView
  jobs(): ReadonlyArray<JobView>
  /** Waits up to `wait` milliseconds for its end or new output. `output` is what came since the last look. @throws PortError `not_found`. */
  look(id: string, wait?: number, signal?: AbortSignal): Promise<JobView>
  /** Ends the whole tree: SIGTERM, then SIGKILL after 2 s. @throws PortError `not_found`. */
  stop(id: string): Promise<JobView>
  /** Stops every job and running command. */
  close(): Promise<void>
}

/** Small notes of one plugin, plain JSON, kept over restarts. Nobody else's plugin sees them. At most 1 MiB each. */
export interface Store {
  /** @returns `undefined` when there is none. */
  get(key: string): Promise<unknown>
  /** Durable when it resolves. */
  set(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<void>
  /** Keys that begin so, in order. */
  keys(prefix?: string): Promise<ReadonlyArray<string>>
}

/** The stores that a call reaches. */
export interface Stores {
  /** Of the session, shared with its subagents and gone with it. */
  readonly session: Store
  /** Of the working folder. */
  readonly project: Store
}

/** An agent that somebody has written down: what it is told and may do, as far as it is more or less than any subagent. */
export interface TaskAgent {
  readonly name: string
  /** Stands in its system prompt. */
  readonly instructions: string
  /** Permission rules: all that it may use; none: nothing but reading. Absent: whatever a subagent may. */
  readonly tools?: ReadonlyArray<string>
  /** Permission rules: what they name it may not use. */
  readonly withheld?: ReadonlyArray<string>
  /** plan: it only reads · dontAsk: what would be asked is refused. */
  readonly permissionMode?: "plan" | "dontAsk"
}

/** A task for an agent of its own. */
export interface AgentTask {
  /** All that it is told: it sees nothing of the conversation. */
  readonly prompt: string
  /** A few words for people. */
  readonly description?: string
  /** `provider/model`; default the session's own. */
  readonly model?: string
  /** Whose part it plays; it may still do no more than the rest says. */
  readonly agent?: TaskAgent
  /** Tools that it may use, by name; default all but those that start agents, which nobody below the second level has. */
  readonly tools?: ReadonlyArray<string>
  /** Seconds until it is stopped. Default 600. */
  readonly timeout?: number
  /** Rounds of its model. Default 30. */
  readonly maxTurns?: number
}

export interface AgentResult {
  /** Its session, whose conversation is kept. */
  readonly session: string
  /** interrupted: the program ended under it, which only those in the background survive. */
  readonly end: "replied" | "failed" | "cancelled" | "timed_out" | "interrupted"
  /** Its answer, or why there is none and what it had said so far. At most 20,000 characters. */
  readonly text: string
  /** US dollars; absent when unknown. */
  readonly cost?: number
  /** Tokens in and out. */
  readonly tokens: number
  /** Rules in `permissions.allow` that it lacked while nobody could be asked; absent when none. */
  readonly needs?: ReadonlyArray<string>
}

export type BackgroundState = "running" | AgentResult["end"]

export interface BackgroundView {
  /** Of its session. */
  readonly id: string
  readonly description: string
  readonly state: BackgroundState
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  /** Present when it is over. */
  readonly result?: AgentResult
  /** The session's own agent has its result. */
  readonly delivered: boolean
}

/** What an agent can say about itself. */
export interface AgentCard {
  readonly session: string
  /** The session whose task this one works on. */
  readonly parent?: string
  readonly model: string
  readonly permissions: string
  readonly cwd: string
  readonly tools: ReadonlyArray<{ readonly name: string; readonly description: string }>
  readonly plugins: ReadonlyArray<{ readonly name: string; readonly state: string; readonly reason: string }>
  /** What plugins say it can do. */
  readonly capabilities: ReadonlyArray<string>
  /** Every open session of this process. `silent`: seconds without a sign of life. */
  readonly heartbeat: ReadonlyArray<{
    readonly session: string
    readonly state: string
    readonly silent: number
    readonly stalled: boolean
  }>
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
}

/** The agent itself, and agents below it. */
export interface Agents {
  about(): Promise<AgentCard>
  /** Resolves with its end, whatever that is. What it asks is asked of this session's user. Abort stops it. */
  run(task: AgentTask, options?: { readonly signal?: AbortSignal }): Promise<AgentResult>
  /**
   * Starts it and returns at once. Its result is handed to this session as a message, exactly once, also when the program
   * was ended in between. Nobody is asked on its behalf.
   */
  start(task: AgentTask): Promise<BackgroundView>
  /** Those that this session started, oldest first. */
  list(): Promise<ReadonlyArray<BackgroundView>>
  /** Waits up to `wait` milliseconds for its end. @throws PortError `not_found`. */
  look(id: string, wait?: number, signal?: AbortSignal): Promise<BackgroundView>
  /** @throws PortError `not_found`. */
  stop(id: string): Promise<BackgroundView>
}
