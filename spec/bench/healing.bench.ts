/**
 * What healing is worth: faults in fifteen reference tools, met in the real runtime, judged by tests that no healer sees.
 *
 * `KINTSUGI_BENCH_SEED` (1) says which faults are drawn, `KINTSUGI_BENCH_SAMPLE` how many: `quick`, `default` or `all` (every
 * fault of Stryker's instrumenter that breaks a hidden test). `KINTSUGI_BENCH_KEEP` names a file that every case and what
 * became of it is written to, as JSON.
 */
import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { loadavg } from "node:os"
import { type Corpus, type Counts, drawCorpus } from "../healing/corpus/cases.ts"
import { openQuickJudge } from "../healing/corpus/quick.ts"
import { loadReferences } from "../healing/corpus/references.ts"
import { exam } from "../healing/exam/exam.ts"
import type { Bench, Figure } from "./bench.ts"
import { craftFigures } from "./healing/crafts.ts"
import { figuresOf, quantile, type Scored, wrappingEverything } from "./healing/figures.ts"
import { type PackageResult, playPackages } from "./healing/packages.ts"
import { playAll, type Results } from "./healing/pool.ts"
import { byMutator, falseOnes, summary, times } from "./healing/report.ts"

interface Sample {
  readonly counts: Counts
  /** Of so many faults one is met without healing as well. */
  readonly stride: number
  /** Of the exam's bad repairs every so manieth. */
  readonly examStride: number
  readonly hasPackages: boolean
}

const everything = Number.POSITIVE_INFINITY

const samples: Readonly<Record<string, Sample>> = {
  quick: {
    counts: { covered: 16, uncovered: 8, "stryker crash": 4, "stryker other": 4 },
    stride: 8,
    examStride: 8,
    hasPackages: false
  },
  default: {
    counts: { covered: 180, uncovered: 120, "stryker crash": 75, "stryker other": 75 },
    stride: 5,
    examStride: 1,
    hasPackages: true
  },
  all: {
    counts: { covered: everything, uncovered: everything, "stryker crash": everything, "stryker other": everything },
    stride: 20,
    examStride: 1,
    hasPackages: true
  }
}

// With --json the figures alone go to standard output.
const say = process.argv.includes("--json") ? console.error : console.log

const draw = async (seed: number, counts: Counts): Promise<Corpus> => {
  const judges = [openQuickJudge(), openQuickJudge()]
  try {
    return await drawCorpus(await loadReferences(), { seed, counts }, judges)
  } finally {
    for (const judge of judges) judge.close()
  }
}

const scoredOf = ({ cases }: Pick<Corpus, "cases">, { results }: Results): ReadonlyArray<Scored> =>
  cases.map((one) => ({ case: one, result: results.get(one.id) }))

/** Every half minute, on standard error. */
const telling = (what: string) => {
  let told = performance.now()
  return (done: number, of: number) => {
    if (performance.now() - told < 30_000) return
    told = performance.now()
    console.error(`${what}: ${done} of ${of}`)
  }
}

const packagesText = (played: ReadonlyArray<PackageResult> | undefined): string => {
  if (played === undefined) return "published packages: skipped, no registry answers"
  const lines = played.map(({ name, kind, result, problem }) => {
    if (result === undefined) return `  ${name} (${kind}): skipped, ${problem ?? ""}`
    const harmless = result.isRight && !result.isClaimed
    return `  ${name} (${kind}): ${harmless ? "harmless here: its place does not let it do its harm" : result.worth}`
  })
  return ["published packages with known faults:", ...lines].join("\n")
}

const examText = async (stride: number): Promise<string> => {
  const { marks, goodAccepted, badAccepted, badDegraded, unsafeAccepted } = await exam({ stride })
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  return `the gate's exam, ${marks.length} repairs: good accepted ${percent(goodAccepted)} (aim ≥ 90 %), bad accepted ${percent(badAccepted)} (aim ≤ 0.5 %), bad as degraded ${percent(badDegraded)}, unsafe accepted ${unsafeAccepted} (aim 0)`
}

/** Healing must leave alone what is not broken. */
const controlText = async ({ controls }: Corpus): Promise<string> => {
  const { results } = await playAll(controls, true)
  const all = controls.map(({ id }) => results.get(id))
  const right = all.filter((result) => result?.isRight === true && result.played.seams.length === 0)
  return `unbroken tools: ${right.length} of ${all.length} answer as ever and are left alone`
}

const heading = (seed: number, { cases, hash }: Corpus): string => {
  const npm = execFileSync("npm", ["--version"], { encoding: "utf8" }).trim()
  return `seed ${seed}, corpus ${hash}, ${cases.length} faults in 15 tools, two at a time; Node ${process.versions.node}, npm ${npm}, load ${loadavg()[0]?.toFixed(1)}`
}

const aims = (scored: ReadonlyArray<Scored>): string => {
  const of = (...suites: ReadonlyArray<string>) =>
    figuresOf(scored.filter(({ case: { suite } }) => suites.includes(suite)))
  const all = figuresOf(scored)
  const aim = (what: string, value: number, holds: boolean, limit: string) =>
    `  ${what}: ${(value * 100).toFixed(1)} %, aim ${limit}: ${holds ? "met" : "missed"}`
  const [covered, uncovered, crash] = [of("covered"), of("uncovered"), of("stryker crash")]
  const quiet = scored.filter(({ case: { shows, isSeen } }) => shows === "wrong" && isSeen)
  const flagged = quiet.filter(({ result }) => (result?.played.seams.length ?? 0) > 0).length
  return [
    "aims:",
    aim("false heals", 1 - all.truth, all.truth >= 0.95, "≤ 5 %"),
    `  silent ones: ${all.silent}, aim 0: ${all.silent === 0 ? "met" : "missed"}`,
    aim("wrong answers that an example sees, noticed", flagged / quiet.length, flagged >= 0.8 * quiet.length, "≥ 80 %"),
    aim("covered, correct", covered.correctness, covered.correctness >= 0.9, "≥ 90 %"),
    aim("uncovered, correct", uncovered.correctness, uncovered.correctness >= 0.1, "≥ 10 %"),
    aim("Stryker's crashes, correct", crash.correctness, crash.correctness >= 0.3, "≥ 30 %")
  ].join("\n")
}

const timeFigures = (scored: ReadonlyArray<Scored>): ReadonlyArray<Figure> => {
  const proved = scored.flatMap(({ result }) => result?.heals ?? []).filter(({ strategy }) => strategy === "rewrite")
  const after = proved.map((heal) => heal.after)
  return [
    { what: "proved heal, p50", unit: "ms", ours: quantile(after, 0.5), aim: { of: "value", most: 500 } },
    { what: "proved heal, p95", unit: "ms", ours: quantile(after, 0.95), aim: { of: "value", most: 3000 } }
  ]
}

export const bench: Bench = async ({ runs }) => {
  const seed = Number(process.env.KINTSUGI_BENCH_SEED ?? 1)
  const name = process.env.KINTSUGI_BENCH_SAMPLE ?? "default"
  const sample = samples[name]
  if (sample === undefined || !Number.isInteger(seed))
    throw new Error(
      `KINTSUGI_BENCH_SAMPLE is one of ${Object.keys(samples).join(", ")}, KINTSUGI_BENCH_SEED a whole number`
    )
  const corpus = await draw(seed, sample.counts)
  say(heading(seed, corpus))
  say(await controlText(corpus))
  const played = await playAll(corpus.cases, true, telling("healing"))
  const scored = scoredOf(corpus, played)
  const kept = process.env.KINTSUGI_BENCH_KEEP
  if (kept !== undefined)
    writeFileSync(
      kept,
      JSON.stringify({ cases: corpus.cases, results: [...played.results.values()], failed: played.failed })
    )
  const few = { cases: corpus.cases.filter((_, at) => at % sample.stride === 0) }
  const idle = figuresOf(scoredOf(few, await playAll(few.cases, false, telling("doing nothing"))))
  const others = [
    ["wrap everything", wrappingEverything(corpus.cases)],
    [`do nothing (1 in ${sample.stride})`, idle]
  ] as const
  const deaths = played.failed.map(({ id, error }) => `${id}: ${error.split("\n").slice(0, 4).join(" ")}`)
  say(
    `\n${summary(scored, others)}\n\n${byMutator(scored)}\n\n${falseOnes(scored)}\n\n${times(scored) ?? "nothing was healed"}\n`
  )
  if (deaths.length > 0) say(`the runtime did not survive:\n  ${deaths.join("\n  ")}\n`)
  if (sample.hasPackages) say(`${packagesText(await playPackages())}\n`)
  say(`${await examText(sample.examStride)}\n\n${aims(scored)}\n`)
  return [...timeFigures(scored), ...(await craftFigures(runs))]
}
