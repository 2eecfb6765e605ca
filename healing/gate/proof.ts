/** What was checked and what came of it, one line for each check. */
import type { Proof } from "../strategy.ts"
import type { Ground } from "./ground.ts"
import type { Best } from "./rank.ts"
import type { Fallen, Survivor } from "./weigh.ts"

const checks = ["V0", "V1", "V2", "V3", "V4", "V5", "V6"] as const

/** Of those that are best, or of all when none is. */
export const proofOf = (
  ground: Ground,
  falls: ReadonlyArray<Fallen>,
  survivors: ReadonlyArray<Survivor>,
  best: Best | undefined
): ReadonlyArray<Proof> => {
  const details = detailsOf(ground, survivors, best)
  let left = survivors.length + falls.length
  return checks.flatMap((check): ReadonlyArray<Proof> => {
    const out = falls.filter((one) => one.check === check)
    const [fallen] = out
    if (left === 0 && fallen === undefined) return []
    left -= out.length
    const all = left + out.length
    if (left === 0) return [{ check, outcome: "failed", detail: `${all} of ${all} fell here: ${fallen?.reason}` }]
    const lost = fallen === undefined ? "" : `; ${out.length} of ${all} fell here: ${fallen.reason}`
    return [{ check, outcome: outcomeOf(check, ground, best), detail: details[check] + lost }]
  })
}

const outcomeOf = (check: Proof["check"], ground: Ground, best: Best | undefined): Proof["outcome"] => {
  if (check === "V6" && best?.doAgree === false) return "failed"
  const isSkipped =
    (check === "V3" && playsOf(ground, "recorded") === 0) || (check === "V5" && examplesOf(ground) === 0)
  return isSkipped ? "skipped" : "passed"
}

const playsOf = ({ items }: Ground, kind: string): number => items.filter(({ play }) => play.kind === kind).length

const examplesOf = ({ failing, items }: Ground): number =>
  [...failing, ...items].filter(({ example }) => example !== undefined).length

const detailsOf = (
  ground: Ground,
  survivors: ReadonlyArray<Survivor>,
  best: Best | undefined
): Readonly<Record<(typeof checks)[number], string>> => {
  const [recorded, examples, failed] = [playsOf(ground, "recorded"), examplesOf(ground), ground.failing.length]
  return {
    V0: "it breaks no rule of the policy",
    V1: "it loads, and offers the same tools, schemas, examples and hooks",
    V2: failed === 0 ? "what could not be loaded can be" : `${failed} of ${failed} calls that failed are answered`,
    V3: recorded === 0 ? "no call that went well is on tape" : `${recorded} recorded calls give what they gave`,
    V4: "no answer breaks the tool's output schema or post-condition",
    V5: examples === 0 ? "the tools have no examples" : `${examples} of ${examples} examples hold`,
    V6: `${best?.all.length ?? 0} of ${survivors.length} that passed are of the best kind, tried in ${playsOf(ground, "mutated")} calls that nobody made`
  }
}

/** Why nothing survived. */
export const whyNone = (falls: ReadonlyArray<Fallen>): string => {
  const [last] = falls.toSorted((one, other) => (one.check < other.check ? 1 : -1))
  if (last === undefined) return "nothing was proposed"
  return `none of ${falls.length} passed; the farthest fell at ${last.check}: ${last.reason}`
}
