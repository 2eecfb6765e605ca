/** A possible repair of a plugin's code, and what became of it before the gate. */
import type { Sources } from "./code.ts"
import type { Proof } from "./strategy.ts"
import type { Tier } from "./template.ts"
import type { Outcome } from "./trial.ts"

export interface Candidate {
  /** A template's name, or `model provider/model`. */
  readonly origin: string
  /** What it does, one line. */
  readonly what: string
  readonly tier: Tier
  /** What it makes up, one line. */
  readonly invents?: string
  /** The changed files, whole. */
  readonly sources: Sources
}

export type Verdict =
  | {
      readonly type: "accepted"
      readonly candidate: Candidate
      /** healed: the tool's own examples speak for it · provisional: nothing speaks against it · degraded: it invents, or is of tier B. */
      readonly state: "healed" | "provisional" | "degraded"
      /** Losses, one line each; not empty when degraded. */
      readonly degraded: ReadonlyArray<string>
      readonly proof: ReadonlyArray<Proof>
      /** How the call that failed ended with it, when there was one. */
      readonly outcome?: Outcome
    }
  | {
      readonly type: "rejected"
      /** One line: none passed, they disagree, the failure did not show itself again, … */
      readonly reason: string
      readonly proof: ReadonlyArray<Proof>
      /** What a person may decide: the likeliest that passed all but the agreement, or is of tier C. */
      readonly proposal?: Candidate
    }
