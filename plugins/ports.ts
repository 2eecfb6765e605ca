/**
 * The host's ports: files and processes as tools see them. Who does its I/O through them is confined, cancellable and,
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
