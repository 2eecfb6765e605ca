/** What is to be mended: a failure, whose it was, and what is known of the call. */
import type { Code } from "./code.ts"
import type { Failure } from "./failure.ts"
import type { HookContract } from "./hook.ts"
import type { Play, TapedCall } from "./tape.ts"

export interface Patient {
  readonly plugin: string
  /** Absent when the plugin itself failed: it could not be loaded. */
  readonly tool?: string
  /** The hook that failed or is missing. */
  readonly hook?: HookContract
  /** What the hook was handed. */
  readonly hookInput?: unknown
  readonly failure: Failure
  /** Absent: its code is no file (an object of an embedder), and only what needs no source can help. */
  readonly code?: Code
  /** The call that failed, when it was one and all of it is on tape. */
  readonly failing?: Play
  /** Calls of the plugin's tools that went well, newest first. */
  readonly recorded: ReadonlyArray<TapedCall>
}
