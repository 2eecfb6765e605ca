/** A call as the harness knows it beforehand: what it does, what it must answer, and how the answer is to be judged. */
import { isDeepStrictEqual } from "node:util"
import { flawOf, stateOf, succeeded } from "../../plugins/outcome.ts"
import type { Answer, Outcome } from "../../plugins/tool.ts"
import type { ToolFault } from "./faults.ts"
import type { ScriptedCall } from "./transport.ts"

export interface Call extends ScriptedCall {
  /** The fault that it commits. */
  readonly fault?: ToolFault
  /** A text that the answer holds, or the answer's very data. Absent: it must not succeed. */
  readonly expected?: { readonly text: string } | { readonly data: unknown }
  /** Nothing that is injected may touch it. */
  readonly isHealthy: boolean
  /** Milliseconds that it may take once it has begun. */
  readonly limit: number
  /** It runs beside its neighbours in the reply; the others wait for all before them. */
  readonly isParallel: boolean
  /** Names its effect. */
  readonly token?: string
}

export type Verdict =
  /** As without any fault. */
  | "right"
  /** It failed and says so. */
  | "failed"
  /** It answered and names what is missing. */
  | "degraded"
  /** An error, or a wrong value, that calls itself a success. */
  | "swallowed"

const silent: ReadonlySet<string> = new Set(["prototype_pollution", "patched_json_parse", "chdir", "env_write"])

/** What a call that commits this fault may truly answer; `undefined`: nothing but a failure. */
export const answerOf = (fault: ToolFault): Call["expected"] => {
  if (fault.type !== "place") return undefined
  // They change nothing but their own process, and are done.
  if (silent.has(fault.fault)) return { data: "done" }
  return fault.late ? { data: "answered before it broke" } : undefined
}

export const judge = ({ expected }: Call, answer: Answer): Verdict => {
  if (!succeeded(answer)) return "failed"
  if (stateOf(answer) === "degraded") return "degraded"
  return expected !== undefined && isAsExpected(expected, answer.data) ? "right" : "swallowed"
}

const isAsExpected = (expected: NonNullable<Call["expected"]>, data: unknown): boolean =>
  "text" in expected ? typeof data === "string" && data.includes(expected.text) : isDeepStrictEqual(data, expected.data)

/** What is not typed about an answer that should be. */
export const untyped = (answer: Answer): string | undefined => {
  const flaw = flawOf(answer)
  if (flaw !== undefined) return flaw
  return !answer.success && answer.errorClass === undefined ? "it failed and names no class of error" : undefined
}

/** States of repair, for the count of what claims to be mended. */
export const claimsRepair = ({ outcome }: Answer): boolean =>
  (["provisional", "healed"] satisfies ReadonlyArray<Outcome> as ReadonlyArray<unknown>).includes(outcome)
