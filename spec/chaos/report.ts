/** A run as it is told: to people as a page, to programs as JSON. */
import { availableParallelism } from "node:os"
import type { Run } from "./chaos.ts"
import { doingNothing, type Figures, figuresOf, latencyOf, wrappingEverything } from "./figures.ts"
import { type Finding, type PromiseId, promises } from "./promises.ts"

export interface Report {
  readonly seed: number
  readonly plan: string
  readonly node: string
  readonly cores: number
  readonly seconds: number
  readonly rate: number
  readonly sessionsAtATime: number
  readonly isKept: boolean
  readonly promises: Readonly<Record<PromiseId, Finding & { readonly says: string }>>
  readonly figures: Readonly<Record<"kintsugi" | "doingNothing" | "wrappingEverything", Figures>>
  readonly latency: ReturnType<typeof latencyOf>
  readonly faults: {
    readonly total: number
    /** A second. */
    readonly rate: number
    readonly missed: number
    readonly byName: Readonly<Record<string, number>>
    readonly answered: Readonly<Record<string, number>>
  }
  readonly calls: Readonly<Record<string, number>>
  readonly turns: Readonly<Record<string, number>>
  readonly sessions: Readonly<Record<string, number>>
  readonly supervision: Readonly<Record<string, number>>
  readonly revived: Readonly<Record<string, number>>
  readonly footprints: Run["footprints"]
}

export const reportOf = (run: Run): Report => {
  const { options, plan, users, elapsed, injector, stormy, watch, sessions, footprints } = run
  const found = promises.map(({ id, says, look }) => [id, { says, ...look(run) }] as const)
  const total = injector.done.total
  return {
    ...options,
    plan: plan.hash,
    node: process.versions.node,
    cores: availableParallelism(),
    sessionsAtATime: users,
    isKept: found.every(([, { isKept }]) => isKept),
    promises: Object.fromEntries(found) as Report["promises"], // one for each id
    figures: {
      kintsugi: figuresOf(run),
      doingNothing: doingNothing(run),
      wrappingEverything: wrappingEverything(run)
    },
    latency: latencyOf(run),
    faults: {
      total,
      rate: total / (elapsed / 1000),
      missed: injector.missed(),
      byName: injector.done.all(),
      answered: stormy.faults.all()
    },
    calls: stormy.calls.all(),
    turns: stormy.turns.all(),
    sessions: sessions.all(),
    supervision: watch.events.all(),
    revived: watch.revived.all(),
    footprints
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 2)} %`

const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(width(at))).join("  ")}`.trimEnd()).join("\n")
}

const counts = (all: Readonly<Record<string, number>>): string =>
  columns(Object.entries(all).map(([name, count]) => [name, String(count)]))

const inLine = (all: Readonly<Record<string, number>>): string =>
  Object.entries(all)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "none"

const figureRow = (name: string, { availability, containment, session, truth, correctness }: Figures) => [
  name,
  ...[availability, containment, session, truth, correctness].map(percent)
]

export const pageOf = (report: Report): string => {
  const { figures, latency, faults } = report
  const time = ({ quiet, faulty, ratio }: Report["latency"]["p50"]) =>
    `${quiet.toFixed(2)} → ${faulty.toFixed(2)} ms (× ${ratio.toFixed(2)})`
  return [
    `Chaos, seed ${report.seed} (plan ${report.plan}), ${report.seconds} s at ${report.rate}/s, ${report.sessionsAtATime} sessions at a time, Node ${report.node}, ${report.cores} cores`,
    "",
    ...Object.values(report.promises).map(
      ({ says, expected, found, isKept }) => `${isKept ? "✓" : "✗"} ${says}\n    expected ${expected}; found ${found}`
    ),
    "",
    columns([
      ["", "Availability", "Containment", "Session", "Truth", "Correctness"],
      figureRow("Kintsugi", figures.kintsugi),
      figureRow("do nothing", figures.doingNothing),
      figureRow("wrap everything", figures.wrappingEverything)
    ]),
    "",
    `Healthy calls, without and with faults: p50 ${time(latency.p50)}, p99 ${time(latency.p99)}`,
    `Calls: ${inLine(report.calls)}`,
    `Turns: ${inLine(report.turns)}`,
    `Sessions: ${inLine(report.sessions)}`,
    `Supervision: ${inLine(report.supervision)}; revived: ${inLine(report.revived)}`,
    `Calls that commit a fault were answered: ${inLine(faults.answered)}`,
    `Memory: ${report.footprints.warm.rss} → ${report.footprints.after.rss} MiB resident`,
    "",
    `${faults.total} faults, ${faults.rate.toFixed(1)}/s (${faults.missed} found nobody to meet):`,
    counts(faults.byName)
  ].join("\n")
}
