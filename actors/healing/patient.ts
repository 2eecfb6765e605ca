/** What the strategies are told of a failure: whose it was, its code as it runs, the call, and the calls that went well. */
import * as Effect from "effect/Effect"
import type { Patient } from "../../healing/patient.ts"
import type { TapedCall } from "../../healing/tape.ts"
import { codeOf } from "./code.ts"
import type { Broken } from "./healer.ts"
import type { Ward } from "./ward.ts"

export const patientOf = (
  broken: Extract<Broken, { readonly type: "call" | "load" | "hook" }>,
  ward: Ward
): Effect.Effect<Patient> =>
  Effect.map(ward.overlay, (overlay): Patient => {
    const code = codeOf({ module: ward.module, sources: overlay.sources })
    const common = { plugin: ward.name, failure: broken.failure, code, recorded: ward.shelf.recorded() }
    if (broken.type === "load") return common
    if (broken.type === "call") return { ...common, tool: broken.tool, ...failingOf(broken.call) }
    return { ...common, hook: broken.hook, hookInput: broken.input }
  })

const failingOf = ({ tool, input, world, isPartial }: TapedCall): Pick<Patient, "failing"> =>
  isPartial ? {} : { failing: { kind: "failing", tool, input, world } }
