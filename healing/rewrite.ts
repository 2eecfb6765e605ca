/**
 * The last rung: the source is changed. Templates propose first, then a model if there is one; the gate alone decides. It
 * changes nothing by itself: what it gives is a text that may run in place of a file.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Candidate, Verdict } from "./candidate.ts"
import { candidatesOf } from "./candidates.ts"
import { prove } from "./gate.ts"
import type { Patient } from "./patient.ts"
import type { Proposer, RepairRequest } from "./proposer.ts"
import { siteFor, withFunction } from "./model-candidate.ts"
import { type Heal, NotApplicable, RepairFailed, type Strategy } from "./strategy.ts"
import { templates } from "./templates/index.ts"
import type { Trial, TrialTool } from "./trial.ts"

export interface RewriteOptions {
  readonly trial: Trial
  /** What the plugin says of the tool that failed. */
  readonly toolOf: (name: string) => TrialTool | undefined
  /** Absent: only templates. */
  readonly propose?: Proposer
}

/** Requests to a model for one failure. */
const mostRequests = 2

export const rewrite = ({ trial, toolOf, propose }: RewriteOptions): Strategy => ({
  name: "rewrite",
  mend: (patient) =>
    Effect.gen(function* () {
      const unfit = unfitness(patient)
      if (unfit !== undefined) return yield* new NotApplicable({ reason: unfit })
      const tool = patient.tool === undefined ? undefined : toolOf(patient.tool)
      const hasExamples = (tool?.examples?.length ?? 0) > 0
      const verdict = yield* prove(patient, candidatesOf(patient, templates, tool?.parameters, hasExamples), trial)
      if (verdict.type === "accepted") return healOf(verdict)
      const asked = propose === undefined ? undefined : yield* ask(patient, tool, propose, trial, verdict)
      if (asked?.type === "accepted") return healOf(asked)
      return yield* failed(asked === undefined ? verdict : told(verdict, asked))
    })
})

/** Failures that no change of the tool's code is an answer to. */
const beyond: ReadonlySet<string> = new Set(["cancelled", "timed_out", "denied", "exhausted", "missing_program"])

const unfitness = ({ code, failure, failing, tool }: Patient): string | undefined => {
  if (code === undefined) return "its code is no file that could be loaded anew"
  if (beyond.has(failure.kind)) return `${failure.kind} is no bug of its code`
  if (tool !== undefined && failing === undefined && failure.kind !== "broken_example")
    return "the call that failed cannot be played again: not all of it is on tape"
  return undefined
}

const healOf = ({ candidate, state, degraded, proof }: Extract<Verdict, { type: "accepted" }>): Heal => ({
  strategy: "rewrite",
  state,
  summary: candidate.what,
  degraded,
  proof,
  remedy: { type: "overlay", sources: candidate.sources },
  origin: candidate.origin
})

const failed = ({ reason, proof, proposal }: Extract<Verdict, { type: "rejected" }>): RepairFailed =>
  new RepairFailed({
    reason,
    proof,
    ...(proposal === undefined ? {} : { proposal: proposed(proposal, proof) })
  })

/** Whatever was shown for it, it is the user who vouches for it. */
const proposed = ({ what, origin, sources, invents }: Candidate, proof: Heal["proof"]): Heal => ({
  strategy: "rewrite",
  state: "degraded",
  summary: what,
  degraded: [invents ?? "nothing but the user's word speaks for this repair"],
  proof,
  remedy: { type: "overlay", sources },
  origin
})

type Rejected = Extract<Verdict, { type: "rejected" }>

const told = (first: Rejected, second: Rejected): Rejected => ({
  ...second,
  reason: `templates: ${first.reason}; model: ${second.reason}`,
  proof: second.proof.length === 0 ? first.proof : second.proof,
  ...(second.proposal === undefined && first.proposal !== undefined ? { proposal: first.proposal } : {})
})

/** One request, and one more that says what was wrong with the first. */
const ask = (
  patient: Patient,
  tool: TrialTool | undefined,
  propose: Proposer,
  trial: Trial,
  { reason }: Rejected
): Effect.Effect<Verdict> =>
  Effect.gen(function* () {
    const site = siteFor(patient, tool)
    if (site === undefined) return { type: "rejected", reason: "no function of its own failed", proof: [] }
    let last: Rejected = { type: "rejected", reason, proof: [] }
    for (let n = 0; n < mostRequests; n++) {
      const request: RepairRequest = n === 0 ? site.request : { ...site.request, rejected: last.reason }
      const made = yield* Effect.result(propose(request))
      if (Result.isFailure(made)) return { ...last, reason: made.failure.reason }
      const candidate = withFunction(site, made.success)
      if ("problem" in candidate) {
        last = { type: "rejected", reason: candidate.problem, proof: [] }
        continue
      }
      const verdict = yield* prove(patient, [candidate], trial, { fresh: true })
      if (verdict.type === "accepted") return verdict
      last = verdict
    }
    return last
  })
