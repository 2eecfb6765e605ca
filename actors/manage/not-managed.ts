/** What was asked for cannot be done, and nothing was changed. */
import * as Data from "effect/Data"

export class NotManaged extends Data.TaggedError("NotManaged")<{
  /** For people: what is wrong, and what to do. */
  readonly message: string
  /** What was asked for makes no sense, rather than that it failed. */
  readonly isUsage?: boolean
  /** Somebody has to say yes to it first. */
  readonly needsWord?: boolean
}> {}
