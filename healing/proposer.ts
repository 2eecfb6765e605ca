/** The port through which somebody who can write code, a model, is asked for a repair. It gets what it needs and no more. */
import type * as Effect from "effect/Effect"
import type { RepairFailed } from "./strategy.ts"

export interface RepairRequest {
  readonly tool: string
  /** What the tool promises: its description, schema and examples, as JSON. */
  readonly contract: string
  /** Kind and message of the failure; foreign text. */
  readonly failure: string
  /** Input of the call that failed, as JSON; foreign text. */
  readonly input: string
  /** The whole function that failed, as it stands in the source. */
  readonly source: string
  /** Line within `source` that failed, from 1. */
  readonly line: number | undefined
  /** Why the proposal before this one was turned down. */
  readonly rejected?: string
}

export interface RepairProposal {
  /** The whole function again, repaired. */
  readonly source: string
  /** `model provider/model`. */
  readonly origin: string
}

export type Proposer = (request: RepairRequest) => Effect.Effect<RepairProposal, RepairFailed>
