/** Why a model did not answer, and what to do about it. */
import * as Data from "effect/Data"
import type { Taken } from "./usage.ts"

export type ModelErrorReason =
  /** Too many requests; `retryAfter` in milliseconds when the server said so. */
  | { readonly kind: "rate_limited"; readonly retryAfter?: number }
  /** The account's money or quota is used up: waiting does not help. */
  | { readonly kind: "quota_exceeded" }
  | { readonly kind: "unauthorized" }
  /** No such model or no such address. */
  | { readonly kind: "not_found" }
  /** The conversation is larger than the model's context window. */
  | { readonly kind: "context_overflow" }
  /** The provider will not answer this conversation: a content filter, or a rule about what or where. */
  | { readonly kind: "filtered" }
  /** The request is wrong as it stands. */
  | { readonly kind: "refused"; readonly status: number }
  /** The server failed (5xx, overloaded) or could not be reached; `stopped`: it belongs on this machine, where none listens. */
  | {
      readonly kind: "unavailable"
      readonly status?: number
      readonly retryAfter?: number
      readonly stopped?: true
    }
  /** Nothing came within the time for connecting, between two events, or in total. */
  | { readonly kind: "timed_out"; readonly phase: "connect" | "idle" | "total" }
  /** The stream stopped before its end marker. */
  | { readonly kind: "truncated" }
  /** No provider, key or base URL is configured. */
  | { readonly kind: "not_configured" }

const retryableKinds: ReadonlySet<ModelErrorReason["kind"]> = new Set([
  "rate_limited",
  "unavailable",
  "timed_out",
  "truncated"
])

/** A model call failed. `message` says what to do next; `detail` is the provider's own word. */
export class ModelError extends Data.TaggedError("ModelError")<{
  readonly provider: string
  readonly reason: ModelErrorReason
  /** What the provider answered, cut to a readable length and free of keys. */
  readonly detail?: string
  /** Environment variables that could hold the key, in order. */
  readonly variables?: ReadonlyArray<string>
  /** What the request took all the same; absent when nothing had come. */
  readonly took?: Taken
}> {
  get retryable(): boolean {
    return retryableKinds.has(this.reason.kind)
  }

  override get message(): string {
    const [what, advice] = told(this.reason, this.variables)
    return `${this.provider} ${what}${advice === undefined ? "" : `; ${advice}`}${this.#said}`
  }

  /** The message without its advice: for a failure that is being dealt with. */
  get what(): string {
    return `${this.provider} ${told(this.reason, this.variables)[0]}${this.#said}`
  }

  get #said(): string {
    return this.detail === undefined ? "" : ` (${this.detail})`
  }
}

/** The same failure, told with more. */
export const retold = (
  { provider, reason, detail, variables, took }: ModelError,
  more: { readonly detail?: string; readonly took?: Taken }
): ModelError => new ModelError({ provider, reason, detail, variables, took, ...more })

type Told = readonly [what: string, advice?: string]

const told = (reason: ModelErrorReason, variables: ReadonlyArray<string> = []): Told => {
  switch (reason.kind) {
    case "rate_limited":
      return ["is rate limiting", "wait and try again, or configure llm.fallback"]
    case "quota_exceeded":
      return ["refuses because the account's quota or credit is used up", "add credit or choose another model with -m"]
    case "unauthorized":
      return ["refused the key", `check ${variables.join(" or ") || "llm.api_key"}`]
    case "not_found":
      return ["does not know this model or address", "check the model id and base_url"]
    case "context_overflow":
      return ["cannot take a conversation this long", "choose a model with a larger window, or start a new session"]
    case "filtered":
      return [
        "withholds its answer to this conversation",
        "say it another way, choose another model, or configure llm.fallback_on.refusal"
      ]
    case "refused":
      return [`refused the request with status ${reason.status}`, "it will not succeed unchanged"]
    case "unavailable":
      return unavailable(reason)
    case "timed_out":
      return [
        `did not answer in time (${reason.phase} timeout)`,
        `try again, or raise llm.${reason.phase === "total" ? "timeout" : "idle_timeout"}`
      ]
    case "truncated":
      return ["broke off in the middle of its answer", "try again"]
    case "not_configured":
      return ["is not configured", `set ${variables.join(" or ") || "llm.model"}`]
  }
}

/** Who answers with a status was reached. */
const unavailable = ({ status, stopped }: Extract<ModelErrorReason, { kind: "unavailable" }>): Told => {
  if (stopped === true) return ["is not running on this machine", "start it, or check its address"]
  if (status === undefined) return ["is not available", "check the network or try again later"]
  return [`is ${status === 529 ? "overloaded" : "not available"} (status ${status})`, "try again later"]
}
