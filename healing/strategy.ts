/** What a strategy is: an Effect from a patient to a heal, that knows one craft and says why it does not apply. */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { Sources } from "./code.ts"
import type { Patient } from "./patient.ts"

export type StrategyName = "wrap" | "stub" | "install" | "patch" | "rewrite"

/** One check that a repair had to pass. */
export interface Proof {
  /** V0 policy · V1 loads · V2 the failing call · V3 recorded calls · V4 schema and post-condition · V5 examples · V6 agreement · V7 types. */
  readonly check: "V0" | "V1" | "V2" | "V3" | "V4" | "V5" | "V6" | "V7"
  readonly outcome: "passed" | "failed" | "skipped"
  /** One line: of how many, or why. */
  readonly detail: string
}

/** Who the missing attribute belongs to: the plugin's instance, or a tool as it was written down. */
export type InjectionTarget = { readonly type: "plugin" } | { readonly type: "tool"; readonly tool: string }

/** A value that is made in the plugin's place. `value` of `json` is copied; `noop` does nothing and gives undefined. */
export type NeutralValue =
  | { readonly kind: "list" | "record" | "map" | "set" | "count" | "text" | "noop" }
  | { readonly kind: "json"; readonly value: unknown }

export interface Injection {
  readonly target: InjectionTarget
  readonly key: string
  readonly value: NeutralValue
}

/** What has to be done so that the heal holds. */
export type Remedy =
  /** Answer in the hook's place, for this call. */
  | { readonly type: "answer"; readonly value: unknown }
  /** Answer in the hook's place from now on. */
  | { readonly type: "stub"; readonly hook: string; readonly value: unknown }
  /** Load the code again: what it lacked is there. */
  | { readonly type: "reload" }
  | { readonly type: "inject"; readonly injection: Injection }
  /** Run these texts in place of the files' own. */
  | { readonly type: "overlay"; readonly sources: Sources }

export interface Heal {
  readonly strategy: StrategyName
  /** degraded (S1): something was skipped, invented or stubbed, named in `degraded` · provisional (S2) · healed (S3). */
  readonly state: "degraded" | "provisional" | "healed"
  /** What was done, one line for people. */
  readonly summary: string
  /** Losses, one line each; not empty when `state` is degraded. */
  readonly degraded: ReadonlyArray<string>
  readonly proof: ReadonlyArray<Proof>
  readonly remedy: Remedy
  /** Who proposed it: a template's name, `model provider/model`, a package. */
  readonly origin?: string
}

/** This is not what the strategy is for; the next one may be. */
export class NotApplicable extends Data.TaggedError("NotApplicable")<{ readonly reason: string }> {}

/** It tried and could not, or may not without the user's word. */
export class RepairFailed extends Data.TaggedError("RepairFailed")<{
  readonly reason: string
  readonly proof?: ReadonlyArray<Proof>
  /** What the user may accept. */
  readonly proposal?: Heal
}> {}

export interface Strategy {
  readonly name: StrategyName
  readonly mend: (patient: Patient) => Effect.Effect<Heal, NotApplicable | RepairFailed>
}
