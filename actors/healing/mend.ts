/** What a healer does with one failure: takes back what is to blame, climbs the ladder, makes what was found hold, records it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { fingerprintOf } from "../../healing/fingerprint.ts"
import { type Climb, climb } from "../../healing/ladder.ts"
import type { Play } from "../../healing/tape.ts"
import { blame } from "./blame.ts"
import { fileOf, rememberedFlaws, rememberFlaws } from "./examined.ts"
import { checkExamples } from "./examples.ts"
import type { Broken, HealOrder, Mended } from "./healer.ts"
import { holding } from "./hold.ts"
import { patientOf } from "./patient.ts"
import { contain } from "./record.ts"
import { changed, rollBack, textOf } from "./roll-back.ts"
import { strategiesFor } from "./strategies.ts"
import type { Ward } from "./ward.ts"

export const mend = ({ broken, version }: HealOrder, ward: Ward): Effect.Effect<Mended> => {
  if (broken.type === "refuted") return refute(broken, ward)
  if (version !== ward.version()) return Effect.succeed({ type: "changed" })
  if (broken.type === "shadow") return shadow(broken, ward)
  if (broken.type === "examples") return examined(ward)
  return treat(broken, ward)
}

type Failed = Exclude<Broken, { readonly type: "examples" | "shadow" | "refuted" }>

/** Whose budget it is. Faults that keep a plugin from loading are met one after another, and each is one of its own. */
const subjectOf = (broken: Failed): string =>
  broken.type === "call" ? broken.tool : `${broken.type} ${fingerprintOf(broken.failure)}`

/** Longest time for one failure, a model's answers included, milliseconds. */
const longest = 180_000

const treat = (broken: Failed, ward: Ward): Effect.Effect<Mended> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const { budget } = ward
    const subject = subjectOf(broken)
    const guilty = broken.type === "call" ? yield* blame(broken.call, broken.failure, ward, now) : undefined
    if (guilty !== undefined) return yield* takenBack(ward, guilty.seam, guilty.reason)
    const overlay = yield* ward.overlay
    if (ward.isRunning() && !ward.isCurrent(overlay)) return yield* caughtUp(ward)
    const refusal = budget.refusal(subject, broken.failure, now)
    if (refusal !== undefined) return lost(refusal)
    const patient = yield* patientOf(broken, ward)
    const hold = holding(patient, ward)
    const strategies = yield* strategiesFor(broken, ward)
    const climbing = climb(patient, { strategies, hold: hold.hold })
    const climbed = yield* Effect.timeoutOrElse(climbing, { duration: longest, orElse: () => Effect.succeed(tooLong) })
    const held = hold.held()
    if (climbed.heal !== undefined && held !== undefined) {
      budget.spend(subject, now)
      return { type: "held", seam: held.id, summary: held.summary }
    }
    budget.gaveUp(subject, broken.failure, now)
    return yield* contain(patient, climbed, ward)
  })

/** Somebody else has mended it, or taken a repair back: what runs is brought up to that. */
const caughtUp = (ward: Ward): Effect.Effect<Mended> =>
  Effect.match(changed(ward), {
    onSuccess: (): Mended => ({ type: "changed" }),
    onFailure: (error) => lost(`what was mended elsewhere does not start here: ${textOf(error)}`)
  })

const tooLong: Climb = {
  rungs: [{ strategy: "rewrite", outcome: "failed", reason: `it took longer than ${longest / 1000} s` }]
}

/** An example that fails is a failure of its tool, looked at like any other; what mends one may mend the next. */
const examined = (ward: Ward): Effect.Effect<Mended> =>
  Effect.gen(function* () {
    const known = yield* rememberedFlaws(ward)
    const flaws: Record<string, string> = { ...known }
    let last: Mended = lost("its examples hold")
    // Each tool twice at most: mended, it is asked once more whether it is.
    const tries = new Map<string, number>()
    let looked = yield* fileOf(ward)
    while (known === undefined) {
      looked = yield* fileOf(ward)
      const open = (yield* checkExamples(ward)).find(({ tool }) => (tries.get(tool) ?? 0) < 2)
      if (open === undefined) break
      const { tool, failure } = open
      last = yield* treat(open, ward)
      const isMended = last.type === "held" || last.type === "changed"
      tries.set(tool, isMended ? (tries.get(tool) ?? 0) + 1 : 2)
      if (!isMended) flaws[tool] = `an example of ${tool} does not hold: ${failure.said}`
    }
    for (const [tool, flaw] of Object.entries(flaws)) ward.flawed(tool, flaw)
    yield* rememberFlaws(ward, flaws, looked)
    return last
  })

/** The same call with and without what is on probation: what went well before must go as it went. */
const shadow = ({ call }: Extract<Broken, { type: "shadow" }>, ward: Ward): Effect.Effect<Mended> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const play: Play = { kind: "recorded", tool: call.tool, input: call.input, world: call.world }
    const guilty = yield* blame({ ...call, ...play }, undefined, ward, now)
    return guilty === undefined
      ? lost("nothing changed but what was broken")
      : yield* takenBack(ward, guilty.seam, guilty.reason)
  })

const refute = ({ seam, reason }: Extract<Broken, { type: "refuted" }>, ward: Ward): Effect.Effect<Mended> =>
  takenBack(ward, seam, `the call failed again with it: ${reason}`)

const takenBack = (ward: Ward, seam: string, reason: string): Effect.Effect<Mended> =>
  Effect.as(rollBack(ward, seam, reason), {
    type: "lost",
    seam,
    reason: `the repair ${seam} was taken back: ${reason}`,
    isProposed: false
  } as const)

const lost = (reason: string): Mended => ({ type: "lost", reason, isProposed: false })
