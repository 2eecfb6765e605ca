/** A failure that nothing could mend, recorded as well: what was tried, why it was not enough, what the user may decide. */
import * as Effect from "effect/Effect"
import type { Climb } from "../../healing/ladder.ts"
import type { Seam } from "../../healing/ledger.ts"
import type { Patient } from "../../healing/patient.ts"
import type { Heal } from "../../healing/strategy.ts"
import type { Mended } from "./healer.ts"
import { recorded } from "./hold.ts"
import { seamOf } from "./seam.ts"
import type { Ward } from "./ward.ts"

/** Never fails: what cannot be recorded is still answered. */
export const contain = (patient: Patient, { rungs, proposal }: Climb, ward: Ward): Effect.Effect<Mended> =>
  Effect.gen(function* () {
    const reason = rungs.map(({ strategy, reason }) => `${strategy}: ${reason}`).join("; ") || "no strategy fits it"
    const isProposed = proposal !== undefined
    const found = yield* seamOf(patient, proposal ?? nothing, rungs, ward)
    const seam: Seam = isProposed ? found : { ...found, state: "contained" }
    const status = isProposed ? "proposed" : "noted"
    yield* recorded(ward, seam, status, proposal)
    ward.desk.announce({ ...seam, status })
    return { type: "lost", reason, seam: seam.id, isProposed } as const
  }).pipe(Effect.catch(({ reason }) => Effect.succeed<Mended>({ type: "lost", reason, isProposed: false })))

/** The heal that there was none. */
const nothing: Heal = {
  strategy: "rewrite",
  state: "degraded",
  summary: "nothing could mend it",
  degraded: [],
  proof: [],
  remedy: { type: "answer", value: undefined }
}
