/** The cases of a bench: faults drawn from a seed, each shown by the quick judge to break a hidden test. */
import { createHash } from "node:crypto"
import { covered } from "./mutators/covered.ts"
import { type Mutation, type Mutator, mutationsOf } from "./mutators/mutator.ts"
import { uncovered } from "./mutators/uncovered.ts"
import type { HiddenTest } from "./hidden-test.ts"
import type { QuickJudge, QuickReport } from "./quick.ts"
import type { Reference } from "./references.ts"

export type Suite = "unbroken" | "covered" | "uncovered" | "stryker crash" | "stryker other"

/** How the fault shows itself: the plugin cannot be loaded, a call throws, does not end, or answers wrongly. */
export type Shows = "load" | "threw" | "hung" | "wrong"

export interface Case extends Omit<Mutation, "text"> {
  readonly id: string
  readonly suite: Suite
  readonly reference: string
  readonly changed: Readonly<Record<string, string>>
  readonly shows: Shows
  /** Index of the first hidden test that it breaks in that way. */
  readonly failing: number
  /** How each hidden test ends when nothing mends it. */
  readonly unmended: ReadonlyArray<Shows | "right">
  /** A hidden test's call ends in an error of Node or V8. */
  readonly isCrash: boolean
  /** One of the plugin's own examples fails as well. */
  readonly isSeen: boolean
  /** Calls before that it leaves alone. */
  readonly history: ReadonlyArray<HiddenTest>
}

interface Fault extends Mutation {
  readonly id: string
  readonly reference: Reference
}

const hash = (...parts: ReadonlyArray<string>): string => createHash("sha256").update(parts.join("\0")).digest("hex")

const isCode = (file: string): boolean => /\.[cm]?[jt]s$/.test(file)

const faultsOf = (reference: Reference, mutations: ReadonlyArray<Mutation>): ReadonlyArray<Fault> =>
  mutations.map((mutation) => ({
    ...mutation,
    reference,
    id: hash(reference.name, mutation.mutator, mutation.file, mutation.text).slice(0, 12)
  }))

const seededFaults = (references: ReadonlyArray<Reference>, mutators: ReadonlyArray<Mutator>): ReadonlyArray<Fault> =>
  references.flatMap((reference) =>
    Object.entries(reference.files)
      .filter(([file]) => isCode(file))
      .flatMap(([file, source]) => faultsOf(reference, mutationsOf(file, source, mutators)))
  )

const strykerFaults = async (references: ReadonlyArray<Reference>): Promise<ReadonlyArray<Fault>> => {
  const { strykerMutations } = await import("./stryker.ts")
  const found = references.map(async (reference) => {
    const files = Object.entries(reference.files).filter(([file]) => isCode(file))
    const all = await Promise.all(files.map(([file, source]) => strykerMutations(file, source)))
    return faultsOf(reference, all.flat())
  })
  return (await Promise.all(found)).flat()
}

const shuffled = (faults: ReadonlyArray<Fault>, seed: number): ReadonlyArray<Fault> =>
  faults
    .map((fault) => ({ fault, key: hash(String(seed), fault.id) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ fault }) => fault)

/** One of each mutator by turns, so that common ones do not crowd out the others. */
const byTurns = (faults: ReadonlyArray<Fault>): ReadonlyArray<Fault> => {
  const groups = Object.values(Object.groupBy(faults, ({ mutator }) => mutator)).map((group = []) => [...group])
  const ordered: Array<Fault> = []
  while (groups.some((group) => group.length > 0)) for (const group of groups) ordered.push(...group.splice(0, 1))
  return ordered
}

const endsOf = (ends: QuickReport["hidden"]): Case["unmended"] => ends.map(({ end }) => end)

/** @returns `undefined` when no hidden test sees it. */
const caseOf = (fault: Fault, suite: Suite, report: QuickReport): Case | undefined => {
  const { reference, text, ...mutation } = fault
  const everywhere = report.load === undefined ? (report.dead === undefined ? undefined : "hung") : "load"
  const unmended: Case["unmended"] =
    everywhere === undefined ? endsOf(report.hidden) : reference.hidden.map(() => everywhere)
  const shows = (["load", "threw", "hung", "wrong"] as const).find((one) => unmended.includes(one))
  if (shows === undefined) return undefined
  const isSeen = everywhere !== undefined || report.examples.some(({ end }) => end !== "right")
  const history = (reference.history ?? []).filter((_, at) => report.history[at]?.end === "right")
  const changed = { [fault.file]: text }
  return {
    ...mutation,
    suite,
    reference: reference.name,
    changed,
    shows,
    failing: unmended.indexOf(shows),
    unmended,
    history,
    isCrash: report.hidden.some((one) => one.isNative === true),
    isSeen
  }
}

/** Where a reference has no calls of its own, its users call it as its examples do. */
const withHistory = async (reference: Reference, judge: QuickJudge): Promise<Reference> =>
  reference.history === undefined ? { ...reference, history: (await judge.judge(reference)).asCalls } : reference

/** One fault as a case. @throws Error when the reference has no such fault, or no hidden test sees it. */
export const caseNamed = async (
  given: Reference,
  { suite, mutator, what }: Pick<Case, "suite" | "mutator" | "what">,
  judge: QuickJudge
): Promise<Case> => {
  const reference = await withHistory(given, judge)
  const fault = seededFaults([reference], [...covered, ...uncovered]).find(
    (one) => one.mutator === mutator && one.what === what
  )
  const found =
    fault === undefined ? undefined : caseOf(fault, suite, await judge.judge(reference, { [fault.file]: fault.text }))
  if (found === undefined) throw new Error(`${given.name} has no fault ${mutator}: ${what} that a hidden test sees`)
  return found
}

/** The reference as it is, to be met like a fault: nothing may be found wrong with it. */
export const unbroken = async (given: Reference, judge: QuickJudge): Promise<Case> => {
  const { name, main, hidden, history = [] } = await withHistory(given, judge)
  const unmended = hidden.map(() => "right" as const)
  const fault = { mutator: "none", file: main, line: 1, what: "nothing → nothing", changed: {} }
  const shown = { shows: "wrong", failing: 0, unmended, history, isCrash: false, isSeen: false } as const
  return { id: `unbroken-${name}`, suite: "unbroken", reference: name, ...fault, ...shown }
}

interface Wanted {
  readonly suite: Suite
  readonly faults: ReadonlyArray<Fault>
  readonly count: number
  readonly fits?: (found: Case) => boolean
}

/** In their order, until there are enough; several are judged at a time, and what is taken does not depend on which is done first. */
const draw = async (
  { suite, faults, count, fits = () => true }: Wanted,
  judges: ReadonlyArray<QuickJudge>
): Promise<ReadonlyArray<Case>> => {
  const drawn: Array<Case> = []
  for (let at = 0; at < faults.length && drawn.length < count; at += judges.length) {
    const found = await Promise.all(
      faults.slice(at, at + judges.length).map(async (fault, n) => {
        const report = await judges[n]?.judge(fault.reference, { [fault.file]: fault.text })
        return report === undefined ? undefined : caseOf(fault, suite, report)
      })
    )
    drawn.push(...found.filter((one) => one !== undefined).filter(fits))
  }
  return drawn.slice(0, count)
}

export type Counts = Readonly<Record<Exclude<Suite, "unbroken">, number>>

export interface Corpus {
  readonly cases: ReadonlyArray<Case>
  /** Each reference as it is. */
  readonly controls: ReadonlyArray<Case>
  /** Of tools, tests and the faults drawn: two runs with one hash judged the same. */
  readonly hash: string
}

export const drawCorpus = async (
  given: ReadonlyArray<Reference>,
  { seed, counts }: { readonly seed: number; readonly counts: Counts },
  judges: ReadonlyArray<QuickJudge>
): Promise<Corpus> => {
  const references: Array<Reference> = []
  for (const reference of given)
    references.push(judges[0] === undefined ? reference : await withHistory(reference, judges[0]))
  const needsStryker = counts["stryker crash"] + counts["stryker other"] > 0
  const stryker = needsStryker ? shuffled(await strykerFaults(references), seed) : []
  const wanted: ReadonlyArray<Wanted> = [
    { suite: "covered", faults: byTurns(shuffled(seededFaults(references, covered), seed)), count: counts.covered },
    {
      suite: "uncovered",
      faults: byTurns(shuffled(seededFaults(references, uncovered), seed)),
      count: counts.uncovered
    },
    { suite: "stryker crash", faults: stryker, count: counts["stryker crash"], fits: ({ isCrash }) => isCrash },
    { suite: "stryker other", faults: stryker, count: counts["stryker other"], fits: ({ isCrash }) => !isCrash }
  ]
  const cases: Array<Case> = []
  for (const one of wanted) cases.push(...(await draw(one, judges)))
  const texts = references.map(({ files, hidden }) => JSON.stringify([files, hidden]))
  const controls: Array<Case> = []
  for (const reference of references) if (judges[0] !== undefined) controls.push(await unbroken(reference, judges[0]))
  return { cases, controls, hash: hash(...texts, ...cases.map(({ id }) => id)).slice(0, 12) }
}
