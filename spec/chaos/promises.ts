/** What a run must keep: each promise with what was expected, what was found, and whether that is the same. */
import type { Run } from "./chaos.ts"
import { brokenPlugins, farCounter } from "./bundle.ts"
import { isTold, leftover } from "./footprint.ts"
import type { Oracle } from "./oracle.ts"
import type { Complaints } from "./tally.ts"

export interface Finding {
  readonly expected: string
  readonly found: string
  readonly isKept: boolean
}

export interface Promised {
  readonly id: PromiseId
  readonly says: string
  readonly look: (run: Run) => Finding
}

export type PromiseId =
  | "host"
  | "answers"
  | "deadlines"
  | "turns"
  | "ledger"
  | "sessions"
  | "effects"
  | "neighbours"
  | "truth"
  | "reports"
  | "blame"
  | "recovery"
  | "memory"
  | "leftovers"

/** MiB. */
const mostGrowth = 50
/** Milliseconds: nothing that a plugin does may hold this process longer; far more than a busy machine needs. */
const longestStandstill = 15_000

const phases = ({ starting, quiet, stormy, afterwards }: Run): ReadonlyArray<Oracle> => [
  starting,
  quiet,
  stormy,
  afterwards
]

const none = (run: Run, of: (oracle: Oracle) => ReadonlyArray<Complaints>): Finding => {
  const all = phases(run).flatMap(of)
  return free("none", all)
}

const free = (expected: string, all: ReadonlyArray<Complaints>): Finding => {
  const found = all.filter(({ count }) => count > 0).map(String)
  return { expected, found: found.join("; ") || "none", isKept: found.length === 0 }
}

const sumOf = (run: Run, name: string): number => phases(run).reduce((sum, { calls }) => sum + calls.of(name), 0)

export const promises: ReadonlyArray<Promised> = [
  {
    id: "host",
    says: "The host lives, and nothing makes it stand still",
    look: ({ standstill }) => ({
      expected: `alive, standing still for less than ${longestStandstill / 1000} s`,
      found: `alive, still for ${Math.round(standstill)} ms at most`,
      isKept: standstill < longestStandstill
    })
  },
  {
    id: "answers",
    says: "Every call gets exactly one typed answer",
    look: (run) => none(run, ({ unanswered, untold }) => [unanswered, untold])
  },
  {
    id: "deadlines",
    says: "Every answer comes within its deadline and some slack",
    look: (run) => {
      const worst = Math.round(Math.max(...phases(run).map((oracle) => oracle.worst)))
      const { isKept, found } = none(run, ({ late }) => [late])
      return { expected: "none late", found: `${found}, the slowest ${worst} ms over its deadline`, isKept }
    }
  },
  {
    id: "turns",
    says: "Every turn ends once, and only the user or the wire ends it before its time",
    look: (run) => none(run, ({ unended, unexplained }) => [unended, unexplained])
  },
  {
    id: "ledger",
    says: "The ledger balances",
    look: ({ ledger: { sent, handled, failed, dead, open } }) => ({
      expected: "sent = handled + failed + dead, open 0",
      found: `${sent} = ${handled} + ${failed} + ${dead}, open ${open}`,
      isKept: sent === handled + failed + dead && open === 0 && sent > 0
    })
  },
  {
    id: "sessions",
    says: "Every session reads from its journal as it was seen",
    look: ({ unlike, sessions }) => ({
      expected: "no difference",
      found: `${unlike} of ${sessions.of("compared")} comparisons`,
      isKept: unlike.count === 0 && sessions.of("compared") > 0
    })
  },
  {
    id: "effects",
    says: "What must not be repeated happens at most once, and as it was told",
    look: ({ effects: { found, wrong } }) => ({
      expected: "none wrong",
      found: `${wrong} of ${found} effects`,
      isKept: wrong.count === 0 && found > 0
    })
  },
  {
    id: "neighbours",
    says: "Healthy calls are all answered rightly",
    look: (run) => {
      const [asked, right] = [sumOf(run, "healthy"), sumOf(run, "healthy and right")]
      const complaints = phases(run).flatMap(({ unhealthy }) => (unhealthy.count === 0 ? [] : [String(unhealthy)]))
      return {
        expected: "all",
        found: [`${right} of ${asked}`, ...complaints].join("; "),
        isKept: asked > 0 && asked === right
      }
    }
  },
  {
    id: "truth",
    says: "No error and no wrong value calls itself a success",
    look: (run) => none(run, ({ swallowed }) => [swallowed])
  },
  {
    id: "reports",
    says: "No plugin breaks without a word",
    look: ({ watch }) => free("none", [watch.unreported()])
  },
  {
    id: "blame",
    says: "Nobody is blamed but those who break",
    look: ({ watch }) => {
      const guilty: ReadonlySet<string> = new Set([...brokenPlugins, farCounter, "near-counter", "delta"])
      const wronged = [...watch.blamed()].filter((plugin) => !guilty.has(plugin))
      return { expected: "none", found: wronged.join(", ") || "none", isKept: wronged.length === 0 }
    }
  },
  {
    id: "recovery",
    says: "When the faults end, everything works again",
    look: ({ unwell, watch: { unrevived } }) => ({
      expected: "all of it",
      found: unwell.length + unrevived.count === 0 ? "all of it" : `not ${unwell.join(", ")}; revivals: ${unrevived}`,
      isKept: unwell.length + unrevived.count === 0
    })
  },
  {
    id: "memory",
    says: "Memory does not grow",
    look: ({ footprints: { warm, after } }) => ({
      expected: `less than ${mostGrowth} MiB`,
      found: `${after.rss - warm.rss} MiB (${warm.rss} → ${after.rss}; heap ${warm.heap} → ${after.heap})`,
      isKept: after.rss - warm.rss < mostGrowth
    })
  },
  {
    id: "leftovers",
    says: "No process, file or timer is left",
    look: ({ isClosed, footprints: { before, warm, after, gone } }) => {
      const left = [
        ...(isClosed ? [] : ["the runtime did not close"]),
        ...leftover(warm, after).map((what) => `still open: ${what}`),
        ...leftover(before, gone).map((what) => `closed: ${what}`)
      ]
      const seen = isTold() ? "" : " (timers alone: no /proc here)"
      return { expected: `as before${seen}`, found: left.join("; ") || "as before", isKept: left.length === 0 }
    }
  }
]
