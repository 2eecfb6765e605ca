/** A call as it can be played again without the world: its input, and every use that it made of the host's ports. */

/** One use of a port, `files.read` for example, and how it ended. Bytes are base64 under `{ base64 }`. */
export interface Use {
  /** `files.resolve`, `files.read`, `files.write`, `files.stat`, `files.display`, `exec.run`, `fetch`, … */
  readonly port: string
  /** As JSON. */
  readonly args: ReadonlyArray<unknown>
  readonly value?: unknown
  /** What it rejected with, in place of `value`. */
  readonly error?: { readonly kind: string; readonly message: string }
}

/** What a call met outside its own code. */
export interface World {
  /** Absolute path of the working folder. */
  readonly cwd: string
  /** Milliseconds since the Unix epoch. */
  readonly taskStartedAt: number
  /** What it used, in order. A use that is asked for again is answered from here. */
  readonly uses: ReadonlyArray<Use>
  /** Files of an example by path relative to `cwd`, before it runs; absent: the uses are all there is. */
  readonly files?: Readonly<Record<string, string>>
  /** What commands answer in an example. */
  readonly commands?: Readonly<Record<string, { readonly code: number; readonly output: string }>>
  /** What addresses answer in an example. */
  readonly responses?: Readonly<Record<string, { readonly status: number; readonly body: string }>>
  /**
   * Reads what stands on no tape, of the real world, changing nothing; for the one call that failed. Absent: nothing is
   * there beyond the tape.
   */
  readonly look?: (use: Pick<Use, "port" | "args">) => Promise<Use>
}

/** One call to be played. */
export interface Play {
  /** failing: the call that broke · recorded: one that went well · example: the tool's own · mutated: made from one of these. */
  readonly kind: "failing" | "recorded" | "example" | "mutated"
  readonly tool: string
  /** As the model gave it, not decoded. */
  readonly input: unknown
  readonly world: World
}

/** A call that happened, for later plays. */
export interface TapedCall extends Omit<Play, "kind"> {
  /** Its answer as JSON; absent when it failed. */
  readonly answer?: unknown
  /** Something did not fit on the tape (too long, or a port whose uses cannot be repeated): it cannot be played again. */
  readonly isPartial: boolean
}
