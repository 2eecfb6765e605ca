/** How a process ended, in the words of a fault. */
import type { FaultKind } from "./host.ts"

export type ChildEnding =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: Error }

export interface Ending {
  readonly kind: FaultKind
  /** Follows the plugin's name in a sentence. */
  readonly text: string
}

/** @param tail The end of what it wrote: V8 says there that the heap was full, and aborts. */
export const endingOf = (ending: ChildEnding, tail: string, heap: number): Ending => {
  if ("error" in ending) return { kind: "load", text: `could not be given a process: ${ending.error.message}` }
  const { code, signal } = ending
  if (/JavaScript heap out of memory/.test(tail) && (signal === "SIGABRT" || code === 134))
    return { kind: "heap", text: `filled its heap of ${heap} MiB` }
  const said = lastLine(tail)
  const words = said === "" ? "" : `, after writing ${JSON.stringify(said)}`
  if (signal !== null) return { kind: "exited", text: `was ended by ${signal}${words}` }
  return { kind: "exited", text: `ended its own process with exit code ${code}${words}` }
}

const lastLine = (tail: string): string => tail.trimEnd().split("\n").at(-1)?.trim().slice(0, 200) ?? ""
