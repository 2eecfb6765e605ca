/**
 * The ladder: enters at the first rung that fits the failure and climbs until one holds. What each rung said is kept, so
 * that a heal can be read, and so can none.
 */
import * as Effect from "effect/Effect"
import type { Rung } from "./ledger.ts"
import type { Patient } from "./patient.ts"
import type { Heal, NotApplicable, RepairFailed, Strategy } from "./strategy.ts"

export interface Climb {
  /** From the first rung that fitted on. */
  readonly rungs: ReadonlyArray<Rung>
  /** It holds. */
  readonly heal?: Heal
  /** What the user may accept; the likeliest, when nothing held. */
  readonly proposal?: Heal
}

export interface LadderOptions {
  /** Those that may be tried, in the order of the ladder. */
  readonly strategies: ReadonlyArray<Strategy>
  /**
   * Makes a heal hold: what it fails with is that rung's failure, and the next is tried.
   *
   * @param rungs The ladder so far, this heal's own rung the last.
   */
  readonly hold: (heal: Heal, rungs: ReadonlyArray<Rung>) => Effect.Effect<Heal, RepairFailed>
}

/** Never fails: that nothing could be mended is a result. */
export const climb = (patient: Patient, { strategies, hold }: LadderOptions): Effect.Effect<Climb> =>
  Effect.gen(function* () {
    const rungs: Array<Rung> = []
    let proposal: Heal | undefined
    for (const strategy of strategies) {
      const tried = yield* tryOne(strategy, patient, (heal) => hold(heal, [...rungs, rungOf(heal)]))
      if (tried.rung.outcome !== "not_applicable" || rungs.length > 0) rungs.push(tried.rung)
      if (tried.heal !== undefined) return { rungs, heal: tried.heal }
      proposal ??= tried.proposal
    }
    return { rungs, ...(proposal === undefined ? {} : { proposal }) }
  })

interface Tried {
  readonly rung: Rung
  readonly heal?: Heal
  readonly proposal?: Heal
}

const rungOf = ({ strategy, summary }: Heal): Rung => ({ strategy, outcome: "healed", reason: summary })

const tryOne = (
  { name, mend }: Strategy,
  patient: Patient,
  hold: (heal: Heal) => Effect.Effect<Heal, RepairFailed>
): Effect.Effect<Tried> =>
  Effect.flatMap(mend(patient), hold).pipe(
    Effect.map((heal): Tried => ({ heal, rung: rungOf(heal) })),
    Effect.catchTags({
      NotApplicable: ({ reason }: NotApplicable) =>
        Effect.succeed<Tried>({ rung: { strategy: name, outcome: "not_applicable", reason } }),
      RepairFailed: ({ reason, proposal }: RepairFailed) =>
        Effect.succeed<Tried>({
          ...(proposal === undefined ? {} : { proposal }),
          rung: { strategy: name, outcome: proposal === undefined ? "failed" : "proposed", reason }
        })
    }),
    // A strategy with a bug is a rung that failed; the ladder stands.
    Effect.catchDefect((defect) =>
      Effect.succeed<Tried>({
        rung: { strategy: name, outcome: "failed", reason: `it broke itself: ${textOf(defect)}` }
      })
    )
  )

const textOf = (defect: unknown): string => (defect instanceof Error ? defect.message : String(defect)).slice(0, 500)
