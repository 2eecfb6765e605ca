/** What the counters have done to the world, held against what their calls were answered. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Oracle } from "./oracle.ts"
import { nearEffects } from "./plugins/near.ts"
import { Complaints } from "./tally.ts"

/** How often each token's effect is there. */
const effectsIn = (cwd: string): ReadonlyMap<string, number> => {
  const near = linesOf(join(cwd, nearEffects))
  const far = namesIn(join(cwd, "effects")).map((name) => name.split("~")[0] ?? "")
  const counts = new Map<string, number>()
  for (const token of [...near, ...far]) counts.set(token, (counts.get(token) ?? 0) + 1)
  return counts
}

const linesOf = (path: string): ReadonlyArray<string> => {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean)
  } catch {
    return []
  }
}

/** Without what a write that was cut short has left beside its target. */
const namesIn = (path: string): ReadonlyArray<string> => {
  try {
    return readdirSync(path).filter((name) => name.startsWith("call_"))
  } catch {
    return []
  }
}

export interface Effects {
  readonly found: number
  /** Happened twice; happened although the call is said not to have run; did not happen although it is said to be done. */
  readonly wrong: Complaints
}

export const effectsOf = (cwd: string, oracles: ReadonlyArray<Oracle>): Effects => {
  const counts = effectsIn(cwd)
  const wrong = new Complaints()
  for (const [token, count] of counts) if (count > 1) wrong.add(`the effect of ${token} happened ${count} times`)
  for (const { done, unrun } of oracles) {
    for (const token of done) if (!counts.has(token)) wrong.add(`${token} is said to be done and has no effect`)
    for (const token of unrun) if (counts.has(token)) wrong.add(`${token} is said not to have run and has its effect`)
  }
  return { found: [...counts.values()].reduce((sum, count) => sum + count, 0), wrong }
}
