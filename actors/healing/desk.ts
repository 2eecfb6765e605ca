/** What the healers of a runtime share: the ledger, the settings, who is told of seams, and who may be asked for a repair. */
import { randomBytes, randomUUID } from "node:crypto"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { asyncScheduler, defer, merge, type Observable, scheduled, Subject } from "rxjs"
import type { Failure } from "../../healing/failure.ts"
import type { Ledger, Seam, SeamView } from "../../healing/ledger.ts"
import type { Proposer } from "../../healing/proposer.ts"
import type { StrategyName } from "../../healing/strategy.ts"
import type { SeamNews } from "../../machines/events.ts"
import type { Hosts } from "../hosts/host.ts"
import type { Supervisor } from "../kernel/supervisor.ts"
import { newsOf } from "./seam-news.ts"
import type { Settings } from "../settings.ts"

export interface DeskParts {
  readonly settings: Settings["healing"]
  /** Absolute path of the working folder. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: HealingHome
  readonly hosts: Hosts
  /** Where the healers stand in the tree. */
  readonly healers: Supervisor
  /** Absent: no model is configured, or it may not be asked. */
  readonly propose: Proposer | undefined
  readonly log: (message: string) => void
}

/** Where the ledger and what is installed are kept. */
export interface HealingHome {
  /** Absolute path; the folder need not exist. */
  readonly folder: string
  /** It outlives the process. */
  readonly isKept: boolean
}

/** @param data The runtime's data folder; absent: nothing is kept. */
export const healingHome = (data: string | undefined): HealingHome =>
  data === undefined
    ? { folder: join(tmpdir(), `kintsugi-heals-${randomUUID()}`), isKept: false }
    : { folder: data, isKept: true }

export interface HealingDesk extends DeskParts {
  /** Opened when it is first needed. Rejects when its file cannot be used. */
  readonly ledger: () => Promise<Ledger>
  /** What was told before the first listener came is kept for it. */
  readonly news: Observable<SeamNews>
  readonly announce: (seam: SeamView) => void
  /** How often one was announced. */
  readonly announced: () => number
  readonly isEnabled: (strategy: StrategyName) => boolean
  readonly close: () => Promise<void>
}

export const openDesk = (parts: DeskParts): HealingDesk => {
  const { settings, home } = parts
  const news = new Subject<SeamNews>()
  /** Told before anybody listened: what is mended while plugins are loaded, before the first session is there. */
  let early: Array<SeamNews> | undefined = []
  let opening: Promise<Ledger> | undefined
  let announced = 0
  const open = async (): Promise<Ledger> => {
    if (!home.isKept) return (await import("./memory-ledger.ts")).memoryLedger()
    const [{ openLedger }, { healsFile }] = await Promise.all([
      import("./sqlite-ledger.ts"),
      import("./ledger-file.ts")
    ])
    return openLedger(healsFile(home.folder))
  }
  return {
    ...parts,
    ledger: () => (opening ??= open()),
    news: defer(() => {
      const before = early ?? []
      early = undefined
      // Not at once: who opens a session listens to it a moment later.
      return merge(scheduled(before, asyncScheduler), news)
    }),
    announced: () => announced,
    announce: (seam) => {
      announced += 1
      early?.push(newsOf(seam))
      news.next(newsOf(seam))
    },
    isEnabled: (strategy) => settings.enabled && settings.strategies.includes(strategy),
    close: async () => {
      const ledger = await opening?.catch(() => undefined)
      ledger?.close()
      if (!home.isKept) await rm(home.folder, { recursive: true, force: true })
    }
  }
}

/** A seam that says what is the same in all of them. */
export const newSeam = (
  failure: Failure,
  rest: Omit<Seam, "id" | "time" | "failure" | "degraded" | "proof" | "changes"> &
    Partial<Pick<Seam, "degraded" | "proof" | "changes">>
): Seam => ({
  id: newId(),
  time: Date.now(),
  failure: {
    kind: failure.kind,
    message: failure.said,
    ...(failure.frame === undefined ? {} : { frame: failure.frame })
  },
  degraded: [],
  proof: [],
  changes: [],
  ...rest
})

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

/** 36⁹ of them. */
const newId = (): string => `s${Array.from(randomBytes(9), (byte) => letters[byte % letters.length]).join("")}`
