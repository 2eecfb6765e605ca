/** The seam of a heal: what failed, which rungs were climbed, what was changed. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import type { Sources } from "../../healing/code.ts"
import type { Change, Rung, Seam } from "../../healing/ledger.ts"
import type { Patient } from "../../healing/patient.ts"
import type { Heal } from "../../healing/strategy.ts"
import { newSeam } from "./desk.ts"
import { unifiedDiff } from "./diff.ts"
import type { Ward } from "./ward.ts"

export const seamOf = (patient: Patient, heal: Heal, rungs: ReadonlyArray<Rung>, ward: Ward): Effect.Effect<Seam> =>
  Effect.map(changesOf(patient, heal, ward), (changed) => {
    const { plugin, tool, hook, failure } = patient
    const { state, summary, degraded, proof, origin } = heal
    return newSeam(failure, {
      plugin,
      root: ward.root,
      rungs,
      state,
      summary,
      degraded,
      proof,
      ...changed,
      ...(tool === undefined ? {} : { tool }),
      ...(hook === undefined ? {} : { hook: hook.name }),
      ...(origin === undefined ? {} : { origin })
    })
  })

const changesOf = (
  { code }: Patient,
  { remedy }: Heal,
  { root }: Ward
): Effect.Effect<Pick<Seam, "changes" | "diff">> => {
  if (remedy.type !== "overlay") return Effect.succeed({ changes: [] })
  const after = remedy.sources
  const before: Sources = new Map([...after.keys()].map((path) => [path, code?.read(path) ?? ""]))
  const changes = [...after].map(([path, text]): Change => ({
    path,
    before: hashOf(before.get(path) ?? ""),
    after: hashOf(text)
  }))
  return Effect.map(
    Effect.promise(() => unifiedDiff(root, before, after)),
    (diff) => ({ changes, diff })
  )
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex")
