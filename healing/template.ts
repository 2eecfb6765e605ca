/** What a repair template is: for some failures, changes to the syntax tree of the code that failed. */
import type { Code } from "./code.ts"
import type { Failure } from "./failure.ts"
import type { File, NodePath, Program } from "./syntax.ts"

/**
 * A: it keeps what the author meant, and may be committed when it is proved · B: it may be right; on probation, and its
 * answers are flagged, unless the tool's examples speak for it · C: it is only proposed.
 */
export type Tier = "A" | "B" | "C"

/** A place in the code that a failure points to. */
export interface Site {
  readonly failure: Failure
  readonly code: Code
  /** Real absolute path of the file. */
  readonly file: string
  readonly source: string
  /** The whole file as recast parsed it. Templates change it in place and undo it. */
  readonly ast: File
  readonly program: NodePath<Program>
  /** Innermost expression or statement at the failing position; absent when the failure has no position in this file. */
  readonly at: NodePath | undefined
  /** The function around it. For a failure without a position: the `execute` of the tool that failed. */
  readonly fn: NodePath | undefined
  /** Name of the tool that failed. */
  readonly tool: string | undefined
  /** JSON Schema of its input. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined
  /** The tool has examples that tell a right repair from a likely one. */
  readonly hasExamples?: boolean
  /** Property names that the tool's input has. */
  readonly inputNames: ReadonlyArray<string>
}

/** One possible repair. */
export interface Proposed {
  /** One line: what it does, `reads "length" where "lenght" stood`. */
  readonly what: string
  /** Default: the template's. */
  readonly tier?: Tier
  /** What it makes up, in one line for the user, `an empty list stood in for "items"`: such an answer is degraded. */
  readonly invents?: string
  /** Changes the tree, and gives back what undoes exactly that. Called once or more, always followed by its undo. */
  readonly apply: () => () => void
}

export interface Template {
  /** Kebab-case, and the file's name. */
  readonly name: string
  readonly tier: Tier
  /** Whether it is worth asking: cheap, by the failure alone. */
  readonly treats: (failure: Failure) => boolean
  /** Likeliest first; at most a dozen or so. */
  readonly propose: (site: Site) => Iterable<Proposed>
}
