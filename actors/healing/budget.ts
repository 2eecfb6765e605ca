/** How much may be tried on one plugin: a repair that does not last must not be repeated for ever. */
import type { Failure } from "../../healing/failure.ts"
import { fingerprintOf } from "../../healing/fingerprint.ts"

export interface HealBudget {
  /** @returns why nothing may be tried, `undefined` when it may. */
  readonly refusal: (tool: string, failure: Failure, now: number) => string | undefined
  /** A repair was put in place. */
  readonly spend: (tool: string, now: number) => void
  /** Nothing could mend it. */
  readonly gaveUp: (tool: string, failure: Failure, now: number) => void
}

const hour = 3_600_000
/** Repairs of one tool in an hour, and climbs that led nowhere for one failure. */
const most = { patches: 2, climbs: 2 }

export const healBudget = (): HealBudget => {
  const patches = new Map<string, ReadonlyArray<number>>()
  const climbs = new Map<string, ReadonlyArray<number>>()
  const recent = (times: ReadonlyMap<string, ReadonlyArray<number>>, key: string, now: number) =>
    (times.get(key) ?? []).filter((time) => now - time < hour)
  const climbKey = (tool: string, failure: Failure) => `${tool} ${fingerprintOf(failure)}`
  return {
    refusal: (tool, failure, now) => {
      if (recent(patches, tool, now).length >= most.patches)
        return `it was mended ${most.patches} times within the hour and failed again; that is enough`
      if (recent(climbs, climbKey(tool, failure), now).length >= most.climbs)
        return "the same failure was looked at before, and nothing could mend it"
      return undefined
    },
    spend: (tool, now) => void patches.set(tool, [...recent(patches, tool, now), now]),
    gaveUp: (tool, failure, now) => {
      const key = climbKey(tool, failure)
      climbs.set(key, [...recent(climbs, key, now), now])
    }
  }
}
