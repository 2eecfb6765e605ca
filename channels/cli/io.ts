/** What a command has of the world, and how it says that it failed. */
import type { Environment } from "../../actors/folders.ts"

export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  /** Results, and nothing else. */
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly env: Environment
  /** Absolute. */
  readonly cwd: string
}

/** Ends the process with a code of DESIGN's table: 1 failed, 2 usage or configuration, 3 input required. */
export class CliError extends Error {
  override readonly name = "CliError"
  readonly exitCode: number
  /** For programs: what kind of failure it is. */
  readonly code: string
  /** @param message Written to standard error; empty: everything has been said. */
  constructor(exitCode: number, message: string, code = exitCode === 2 ? "usage" : "not_begun") {
    super(message)
    this.exitCode = exitCode
    this.code = code
  }
}
