/** What a run of the healing bench says, as text. */
import type { Case } from "../../healing/corpus/cases.ts"
import { type Figures, figuresOf, quantile, type Scored } from "./figures.ts"

const percent = (share: number): string => `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`

const columns = [
  "",
  "faults",
  "correct",
  "degraded",
  "(right)",
  "contained",
  "unnoticed",
  "false",
  "silent",
  "died",
  "availab.",
  "containm.",
  "truth",
  "correctness"
]

const cells = (name: string, { faults, worth, modest, silent, deaths, ...shares }: Figures): ReadonlyArray<string> => [
  name,
  ...[faults, worth.correct, worth.degraded, modest, worth.contained, worth.unnoticed, worth.false, silent, deaths].map(
    String
  ),
  ...[shares.availability, shares.containment, shares.truth, shares.correctness].map(percent)
]

export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(width(0)) : cell.padStart(width(at)))).join("  "))
    .join("\n")
}

/** By suite, by whether an example sees the fault, in all, and what others would have got. */
export const summary = (scored: ReadonlyArray<Scored>, others: ReadonlyArray<readonly [string, Figures]>): string => {
  const only = (fits: (one: Case) => boolean) => figuresOf(scored.filter((one) => fits(one.case)))
  const suites = [...new Set(scored.map((one) => one.case.suite))]
  const rows = suites.flatMap((suite) => [
    cells(
      suite,
      only((one) => one.suite === suite)
    ),
    cells(
      "  an example sees it",
      only((one) => one.suite === suite && one.isSeen)
    ),
    cells(
      "  none does",
      only((one) => one.suite === suite && !one.isSeen)
    )
  ])
  return table([
    columns,
    ...rows,
    cells("all", figuresOf(scored)),
    ...others.map(([name, figures]) => cells(name, figures))
  ])
}

export const byMutator = (scored: ReadonlyArray<Scored>): string => {
  const groups = Object.entries(Object.groupBy(scored, (one) => `${one.case.suite}: ${one.case.mutator}`))
  const rows = groups
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, group = []]) => {
      const { faults, worth, modest } = figuresOf(group)
      return [
        name,
        ...[faults, worth.correct, worth.degraded, modest, worth.contained, worth.unnoticed, worth.false].map(String)
      ]
    })
  return table([["by fault", "faults", "correct", "degraded", "(right)", "contained", "unnoticed", "false"], ...rows])
}

/** Each false heal, so that somebody can look. */
export const falseOnes = (scored: ReadonlyArray<Scored>): string => {
  const lines = scored.flatMap(({ case: one, result }) => {
    if (result === undefined || result.worth !== "false") return []
    const seam = result.played.seams.find(({ status }) => status === "active")
    const by = seam === undefined ? "no seam" : `${seam.strategy ?? "?"} ${seam.origin ?? ""}: ${seam.summary}`
    const where = `${one.suite} ${one.id} ${one.reference}/${one.file}:${one.line} ${one.mutator}: ${one.what}`
    return [`${where}\n    ${by}\n    ${result.why.replace(/\s+/g, " ").slice(0, 160)}`]
  })
  return lines.length === 0 ? "no false heal" : `false heals:\n${lines.join("\n")}`
}

/** @returns `undefined` where nothing was healed. */
export const times = (scored: ReadonlyArray<Scored>): string | undefined => {
  const heals = scored.flatMap(({ result }) => result?.heals ?? [])
  const groups = Object.entries(Object.groupBy(heals, ({ strategy }) => strategy))
  if (groups.length === 0) return undefined
  const rows = groups.map(([strategy, group = []]) => {
    const after = group.map((one) => one.after)
    return [strategy, String(after.length), ...[0.5, 0.95].map((at) => `${quantile(after, at).toFixed(0)} ms`)]
  })
  return table([["from the call to its repair", "heals", "p50", "p95"], ...rows])
}
