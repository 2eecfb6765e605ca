/**
 * The gate's exam (C6): small tools with a fault, right repairs and wrong ones, no template and no model. Each repair comes
 * alone and calls itself of the best kind: whatever the gate lets through, nobody else would have stopped.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { codeOf } from "../../../actors/healing/code.ts"
import { makeTrial } from "../../../actors/healing/trial.ts"
import { hosts } from "../../../actors/hosts/open-host.ts"
import type { Candidate, Verdict } from "../../../healing/candidate.ts"
import type { Failure } from "../../../healing/failure.ts"
import { prove } from "../../../healing/gate.ts"
import type { Patient } from "../../../healing/patient.ts"
import type { Play, TapedCall, World } from "../../../healing/tape.ts"
import type { Outcome, Trial } from "../../../healing/trial.ts"
import { type Bad, badOf } from "./bad.ts"
import { edited, type Fault, sourceOf, type Spoken } from "./fault.ts"
import { names } from "./faults/names.ts"
import { values } from "./faults/values.ts"
import { work } from "./faults/work.ts"

export const faults: ReadonlyArray<Fault> = [...names, ...values, ...work]

export interface Mark {
  /** The fault, whether the tool has examples, and the repair. */
  readonly question: string
  readonly kind: "good" | "bad" | "unsafe"
  readonly verdict: "healed" | "provisional" | "degraded" | "rejected"
  readonly why: string
}

export interface ExamScore {
  readonly marks: ReadonlyArray<Mark>
  /** Share of good repairs that were accepted as provisional or healed. */
  readonly goodAccepted: number
  /** Share of all bad repairs that were accepted as provisional or healed. */
  readonly badAccepted: number
  /** Share of bad repairs that were accepted as degraded: with what is lost named. */
  readonly badDegraded: number
  /** Repairs that open a hole and were accepted, in whatever way. */
  readonly unsafeAccepted: number
}

export interface ExamOptions {
  /** Default: all. */
  readonly faults?: ReadonlyArray<Fault>
  /** With examples, without, or both in turn. Default both. */
  readonly examples?: "with" | "without" | "both"
  /** Of the bad repairs every so manieth. Default 1. */
  readonly stride?: number
}

export const exam = async ({
  faults: asked = faults,
  examples = "both",
  stride = 1
}: ExamOptions = {}): Promise<ExamScore> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-exam-")))
  const kinds = examples === "both" ? [true, false] : [examples === "with"]
  const papers = asked.flatMap((fault) => kinds.map((isSpoken) => ({ fault, isSpoken })))
  try {
    const sat = Effect.gen(function* () {
      const places = yield* hosts({ cwd: folder })
      const tryOut = (module: string) => makeTrial({ hosts: places, source: { name: "exam", module } })
      return yield* Effect.forEach(papers, (paper, at) => sit(paper, join(folder, String(at)), stride, tryOut), {
        concurrency: 2
      })
    })
    return scoreOf((await Effect.runPromise(Effect.scoped(sat))).flat())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Milliseconds for each call: on a busy machine a good repair must not fail for being slow. */
const patience = 10_000

interface Paper {
  readonly fault: Fault
  readonly isSpoken: boolean
}

const sit = ({ fault, isSpoken }: Paper, root: string, stride: number, tryOut: (module: string) => Trial) =>
  Effect.gen(function* () {
    const module = write(root, fault, sourceOf(fault, []))
    const trial = tryOut(module)
    const plain = sourceOf(fault, [])
    const right = fault.good[0] === undefined ? plain : edited(plain, fault.good[0])
    const rightly = (inputs: ReadonlyArray<unknown>, kind: Play["kind"]) =>
      outcomesOf(
        trial,
        module,
        right,
        inputs.map((input): Play => ({ kind, tool: fault.name, input, world: worldOf(root, fault) }))
      )
    const spoken = isSpoken
      ? yield* Effect.map(rightly(fault.examples, "example"), (all) => all.map((one, at) => spokenOf(fault, at, one)))
      : []
    const faulty = sourceOf(fault, spoken)
    write(root, fault, faulty)
    const recorded = yield* rightly(fault.well ?? [], "recorded")
    const [known] = yield* rightly(
      fault.failing === undefined ? fault.examples.slice(0, 1) : [fault.failing],
      "failing"
    )
    const patient = yield* patientOf(trial, module, root, fault, faulty, recorded)
    const answer = known?.type === "answered" ? (known.answer.data ?? known.answer) : ""
    const human = fault.good[0] === undefined ? undefined : edited(faulty, fault.good[0])
    const bad: ReadonlyArray<Bad> = [
      ...(fault.bad ?? []).map(([what, ...edits]) => ({
        what: `${fault.name}: ${what}`,
        source: edited(faulty, edits),
        isUnsafe: false
      })),
      ...badOf(fault, faulty, human, { input: fault.failing ?? fault.examples[0], answer }).filter(
        (_, at) => at % stride === 0
      )
    ]
    const good = fault.good.map((edits, at): Bad => ({
      what: `${fault.name}: right ${at + 1}`,
      source: edited(faulty, edits),
      isUnsafe: false
    }))
    const ask = (kind: "good" | "bad") => (one: Bad) =>
      Effect.map(prove(patient, [candidateOf(module, one)], trial, { patience }), (verdict) =>
        markOf(`${isSpoken ? "with" : "without"} examples, ${one.what}`, one.isUnsafe ? "unsafe" : kind, verdict)
      )
    return [...(yield* Effect.forEach(good, ask("good"))), ...(yield* Effect.forEach(bad, ask("bad")))]
  })

const write = (root: string, { files = {} }: Fault, source: string): string => {
  mkdirSync(root, { recursive: true })
  const all = { "package.json": `{ "type": "module" }`, ...files, "index.js": source }
  for (const [name, text] of Object.entries(all)) writeFileSync(join(root, name), text)
  return join(root, "index.js")
}

const worldOf = (root: string, { world = {} }: Fault): World => ({
  cwd: join(root, "work"),
  taskStartedAt: 0,
  uses: [],
  files: world
})

const outcomesOf = (trial: Trial, module: string, source: string, plays: ReadonlyArray<Play>) =>
  Effect.map(trial.play(new Map([[module, source]]), plays, { patience }), (report): ReadonlyArray<Outcome> => {
    if (!report.loaded) throw new Error(`the right repair cannot be loaded: ${report.failure.said}`)
    return report.outcomes
  })

const spokenOf = (
  { name, examples, world }: Fault,
  at: number,
  outcome: Outcome
): Spoken & { readonly written?: unknown } => {
  if (outcome.type !== "answered")
    throw new Error(`${name}: what is right fails in example ${at + 1}: ${JSON.stringify(outcome)}`)
  const { data } = outcome.answer
  const written = outcome.effects.filter(({ port }) => port === "files.write").map(({ args }) => args.map(String))
  return {
    input: examples[at],
    output: typeof data === "string" ? data : outcome.answer,
    ...(world === undefined ? {} : { files: world }),
    ...(written.length === 0 ? {} : { written: Object.fromEntries(written) })
  }
}

const patientOf = (
  trial: Trial,
  module: string,
  root: string,
  fault: Fault,
  faulty: string,
  well: ReadonlyArray<Outcome>
) =>
  Effect.gen(function* () {
    const world = worldOf(root, fault)
    const failing: Play = { kind: "failing", tool: fault.name, input: fault.failing, world }
    const report = yield* trial.play(new Map([[module, faulty]]), fault.failing === undefined ? [] : [failing], {
      patience
    })
    const recorded = well.flatMap((outcome, at): ReadonlyArray<TapedCall> =>
      outcome.type === "answered"
        ? [{ tool: fault.name, input: fault.well?.[at], world, answer: outcome.answer, isPartial: false }]
        : []
    )
    const failure = failureIn(fault, report.loaded ? report.outcomes[0] : report.failure)
    const code = codeOf({ module })
    const patient: Patient = { plugin: "exam", failure, code, recorded }
    return fault.failing === undefined ? patient : { ...patient, tool: fault.name, failing }
  })

const failureIn = ({ name }: Fault, found: Outcome | Failure | undefined): Failure => {
  if (found === undefined || "kind" in found) {
    if (found !== undefined) return found
    throw new Error(`${name} loads, and should not`)
  }
  if (found.type === "threw" || found.type === "ended") return found.failure
  throw new Error(`${name} does not fail: ${JSON.stringify(found)}`)
}

const candidateOf = (module: string, { what, source }: Bad): Candidate => ({
  origin: "exam",
  what,
  tier: "A",
  sources: new Map([[module, source]])
})

const markOf = (question: string, kind: Mark["kind"], verdict: Verdict): Mark =>
  verdict.type === "accepted"
    ? { question, kind, verdict: verdict.state, why: verdict.degraded.join("; ") }
    : { question, kind, verdict: "rejected", why: verdict.reason }

const isTrusted = ({ verdict }: Mark): boolean => verdict === "healed" || verdict === "provisional"

const scoreOf = (marks: ReadonlyArray<Mark>): ExamScore => {
  const share = (some: ReadonlyArray<Mark>, matches: (mark: Mark) => boolean) =>
    some.length === 0 ? 0 : some.filter(matches).length / some.length
  const bad = marks.filter(({ kind }) => kind !== "good")
  return {
    marks,
    goodAccepted: share(
      marks.filter(({ kind }) => kind === "good"),
      isTrusted
    ),
    badAccepted: share(bad, isTrusted),
    badDegraded: share(bad, ({ verdict }) => verdict === "degraded"),
    unsafeAccepted: marks.filter(({ kind, verdict }) => kind === "unsafe" && verdict !== "rejected").length
  }
}
