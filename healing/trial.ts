/** The port through which code is tried: in a place of its own, with recorded I/O, where nothing that it does counts. */
import type * as Effect from "effect/Effect"
import type { Sources } from "./code.ts"
import type { Failure } from "./failure.ts"
import type { Play, Use } from "./tape.ts"

/** How a play ended. */
export type Outcome =
  | {
      readonly type: "answered"
      /** The tool's answer as JSON, `{ success, data?, error?, … }`. */
      readonly answer: Readonly<Record<string, unknown>>
      /** What it did to its world, in order: every use of a port that is not a mere look. */
      readonly effects: ReadonlyArray<Use>
      /** Uses that no tape could answer and nobody looked up, `fetch http://…`: from there on it went its way without the world. */
      readonly beyond: ReadonlyArray<string>
    }
  /** The input does not fit its schema. */
  | { readonly type: "refused"; readonly problems: string }
  | {
      readonly type: "threw"
      readonly failure: Failure
      readonly effects: ReadonlyArray<Use>
      readonly beyond: ReadonlyArray<string>
    }
  /** It ended its place: hung, exit, heap, memory, output. */
  | { readonly type: "ended"; readonly failure: Failure }

/** What the code offers, as the place says; plain JSON. */
export interface TrialManifest {
  readonly name: string
  readonly tools: ReadonlyArray<TrialTool>
  readonly hooks: ReadonlyArray<string>
}

export interface TrialTool {
  readonly name: string
  readonly description: string
  readonly risk: string
  /** JSON Schema of its input. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly idempotent: boolean
  readonly examples?: ReadonlyArray<Example>
}

/** As plugins/tool.ts defines it for authors. */
export interface Example {
  readonly input: unknown
  /** A text, or the fields of an answer that must be there. */
  readonly output: unknown
  readonly files?: Readonly<Record<string, string>>
  readonly written?: Readonly<Record<string, string>>
  readonly commands?: Readonly<Record<string, string | { readonly code: number; readonly output: string }>>
  readonly responses?: Readonly<Record<string, string | { readonly status: number; readonly body: string }>>
}

export type Report =
  | { readonly loaded: true; readonly manifest: TrialManifest; readonly outcomes: ReadonlyArray<Outcome> }
  | { readonly loaded: false; readonly failure: Failure }

export interface TrialOptions {
  /** Milliseconds for each play. Default 1000. */
  readonly patience?: number
  /** In a place that nothing was tried in before: for code that somebody else wrote. Default false. */
  readonly fresh?: boolean
}

export interface Trial {
  /**
   * Loads the plugin's code with `sources` in place of the files' own and plays each call in turn; one that ends its place
   * is its own outcome, and the next ones are played in another. Never fails for what the code does. Interrupting it ends
   * the place.
   */
  readonly play: (sources: Sources, plays: ReadonlyArray<Play>, options?: TrialOptions) => Effect.Effect<Report>
}
