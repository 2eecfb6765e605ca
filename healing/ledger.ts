/** The ledger: every seam there is, and the texts that run in place of files because of them. Append-only; its port. */
import type { Sources } from "./code.ts"
import type { Proof, StrategyName } from "./strategy.ts"

/** One rung of the ladder as it was climbed. */
export interface Rung {
  readonly strategy: StrategyName
  readonly outcome: "healed" | "proposed" | "failed" | "not_applicable"
  readonly reason: string
}

/** A file before and after. Hashes are SHA-256 in hex, of the bytes. */
export interface Change {
  /** Real absolute path. */
  readonly path: string
  /** What ran before: the file's own, or an earlier seam's. */
  readonly before: string
  readonly after: string
}

/**
 * active: it holds · proposed: it waits for the user's word · accepted: its text is in the source now · undone by the user ·
 * rolled_back by the watch · noted: there is nothing to hold or undo (a hook was answered for, nothing could be mended).
 */
export type SeamStatus = "active" | "proposed" | "accepted" | "undone" | "rolled_back" | "noted"

/** The visible record of one failure and what was done about it. */
export interface Seam {
  /** `s` and nine characters of a-z and 0-9. */
  readonly id: string
  /** Milliseconds since the Unix epoch. */
  readonly time: number
  readonly plugin: string
  readonly tool?: string
  readonly hook?: string
  /** Real absolute path of the plugin's folder, when it has one. */
  readonly root?: string
  readonly failure: { readonly kind: string; readonly message: string; readonly frame?: string }
  readonly rungs: ReadonlyArray<Rung>
  /** contained: nothing could be mended, which is said as well. */
  readonly state: "contained" | "degraded" | "provisional" | "healed"
  /** One line for people. */
  readonly summary: string
  readonly degraded: ReadonlyArray<string>
  readonly origin?: string
  /** Unified diff of all changed files, paths relative to `root`. */
  readonly diff?: string
  readonly proof: ReadonlyArray<Proof>
  readonly changes: ReadonlyArray<Change>
}

export interface SeamView extends Seam {
  readonly status: SeamStatus
  /** Why and when it came to its status, when it was not born with it. */
  readonly mark?: { readonly time: number; readonly reason: string }
}

/** What runs in place of a plugin's files. */
export interface Overlay {
  readonly sources: Sources
  /** Those that stand behind it, oldest first. */
  readonly seams: ReadonlyArray<SeamView>
  /** Files that were edited since they were mended: then nothing of the overlay runs. Real absolute paths. */
  readonly stale: ReadonlyArray<string>
}

/** Something else was committed to one of the files in the meantime, or its source was edited: look again. */
export class Conflict extends Error {
  override readonly name = "Conflict"
}

/** @see actors/healing for the adapter that outlives the process. Synchronous: it is asked off every hot path. */
export interface Ledger {
  /**
   * Appends the seam; an `active` one moves its files' heads from `before` to `after`, all of it or nothing.
   *
   * @param texts Of every changed file after the change, by path; must hash to `after`.
   * @throws Conflict when a head is not `before` any more; then nothing is written.
   */
  readonly commit: (seam: Seam, status: "active" | "proposed" | "noted", texts?: Sources) => void
  readonly list: (filter?: { readonly plugin?: string; readonly root?: string }) => ReadonlyArray<SeamView>
  readonly find: (id: string) => SeamView | undefined
  /** Of the plugin in this folder. */
  readonly overlay: (root: string) => Overlay
  /** A proposed one becomes active. @throws Conflict. */
  readonly activate: (id: string) => SeamView
  /**
   * Takes the seam back, and whatever was stacked on it in the same files, newest first. A text that was accepted is
   * taken out of the source again, byte for byte, when nobody has edited it since.
   *
   * @returns all seams that were taken back. @throws Error saying why it cannot be, then nothing is changed.
   */
  readonly undo: (id: string, how: "undone" | "rolled_back", reason: string) => ReadonlyArray<SeamView>
  /**
   * Writes the overlay's text of its files into the source: only regular files within the plugin's own folder, with one
   * name, not under node_modules, unchanged since. Each file whole or not at all.
   *
   * @returns the accepted seams: this one and those it stands on or that stand on it in the same files.
   * @throws Error saying why it may not be, then nothing is changed.
   */
  readonly accept: (id: string) => ReadonlyArray<SeamView>
  readonly close: () => void
}
