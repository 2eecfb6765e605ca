/** Makes a heal hold: committed to the ledger and run, put into the place, or left to the user. */
import * as Effect from "effect/Effect"
import type { Rung, Seam, SeamStatus, SeamView } from "../../healing/ledger.ts"
import type { Patient } from "../../healing/patient.ts"
import { type Heal, RepairFailed } from "../../healing/strategy.ts"
import { typeCheck } from "../../healing/types.ts"
import { codeOf } from "./code.ts"
import { changed, rollBack, textOf } from "./roll-back.ts"
import { seamOf } from "./seam.ts"
import type { Ward } from "./ward.ts"

export interface Holding {
  readonly hold: (heal: Heal, rungs: ReadonlyArray<Rung>) => Effect.Effect<Heal, RepairFailed>
  /** The seam of the heal that holds. */
  readonly held: () => SeamView | undefined
}

export const holding = (patient: Patient, ward: Ward): Holding => {
  let held: SeamView | undefined
  const hold: Holding["hold"] = (heal, rungs) =>
    Effect.gen(function* () {
      const seam = yield* seamOf(patient, heal, rungs, ward)
      held = { ...seam, status: yield* heldBy(heal, seam, ward) }
      ward.desk.announce(held)
      return heal
    })
  return { hold, held: () => held }
}

/** @returns the status that its seam has from then on. */
const heldBy = (heal: Heal, seam: Seam, ward: Ward): Effect.Effect<SeamStatus, RepairFailed> => {
  switch (heal.remedy.type) {
    case "overlay":
      return overlaid(heal, seam, ward)
    case "reload":
      return reloaded(seam, ward)
    case "inject":
      return injected(heal, seam, ward)
    default:
      // What only answers in a hook's place is the hook's own business.
      return Effect.fail(new RepairFailed({ reason: `${heal.remedy.type} mends no call` }))
  }
}

const overlaid = (heal: Heal, seam: Seam, ward: Ward): Effect.Effect<SeamStatus, RepairFailed> =>
  Effect.gen(function* () {
    const { desk } = ward
    const { rewrite } = desk.settings
    const doubt = rewrite === "ask" ? "healing.rewrite is ask" : doubtOf(heal, seam, ward)
    if (doubt !== undefined) return yield* new RepairFailed({ reason: `${doubt}: the user decides`, proposal: heal })
    yield* recorded(ward, seam, "active", heal)
    const takeBack = (error: unknown) =>
      Effect.promise(async () => {
        const ledger = await desk.ledger()
        ledger.undo(seam.id, "rolled_back", `it does not start: ${textOf(error)}`)
      })
    yield* attempted(Effect.tapError(changed(ward), takeBack), "the repaired code does not start")
    yield* Effect.forkDetach(typesChecked(heal, seam, ward))
    if (rewrite !== "source") return "active" as const
    const accepting = Effect.tryPromise(async () => (await desk.ledger()).accept(seam.id))
    yield* attempted(accepting, "it runs, and could not be written into the source")
    return "accepted" as const
  })

/** What is made up may be read, with a word of warning; it may not be written, run or sent. */
const doubtOf = ({ state }: Heal, { tool }: Seam, ward: Ward): string | undefined => {
  const tools = ward.plugin()?.tools?.filter(({ name }) => tool === undefined || name === tool) ?? []
  const onlyReads = tools.every(({ risk }) => risk === "read")
  return state === "degraded" && !onlyReads
    ? "something about it is made up, and the tool does more than read"
    : undefined
}

/** Takes seconds, so nobody waits for it: what breaks the plugin's types is taken back when that is known. */
const typesChecked = ({ remedy }: Heal, seam: Seam, ward: Ward): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (remedy.type !== "overlay") return
    const { outcome, detail } = yield* typeCheck(codeOf({ module: ward.module }), remedy.sources)
    if (outcome === "failed") yield* rollBack(ward, seam.id, `its types do not hold: ${detail}`)
  })

/** What its code lacked is there now. */
const reloaded = (seam: Seam, ward: Ward): Effect.Effect<SeamStatus, RepairFailed> =>
  Effect.gen(function* () {
    yield* attempted(changed(ward), "it does not start with it")
    yield* recorded(ward, seam, "active")
    ward.bump()
    return "active" as const
  })

const injected = ({ remedy }: Heal, seam: Seam, ward: Ward): Effect.Effect<SeamStatus, RepairFailed> =>
  Effect.gen(function* () {
    const host = ward.host()
    if (remedy.type !== "inject" || host === undefined)
      return yield* new RepairFailed({ reason: "the plugin does not run, so nothing can be put into it" })
    const injecting = Effect.tryPromise(() => host.inject(remedy.injection))
    const outcome = yield* attempted(injecting, "it could not be put there")
    if (outcome === "present") return yield* new RepairFailed({ reason: "the attribute is there by now" })
    if (outcome === "refused") return yield* new RepairFailed({ reason: "nothing may be put there" })
    yield* recorded(ward, seam, "noted")
    ward.bump()
    ward.injected({ ...seam, status: "noted" })
    return "noted" as const
  })

/** @param heal Whose texts go with it. */
export const recorded = (
  ward: Ward,
  seam: Seam,
  status: "active" | "proposed" | "noted",
  heal?: Heal
): Effect.Effect<void, RepairFailed> => {
  const committing = Effect.tryPromise(async () => {
    const ledger = await ward.desk.ledger()
    ledger.commit(seam, status, heal?.remedy.type === "overlay" ? heal.remedy.sources : undefined)
  })
  return attempted(committing, "it could not be recorded")
}

const attempted = <A>(effect: Effect.Effect<A, unknown>, what: string): Effect.Effect<A, RepairFailed> =>
  Effect.mapError(effect, (error) => new RepairFailed({ reason: `${what}: ${textOf(error)}` }))
