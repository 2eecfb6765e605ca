/** What an answer says of the repairs behind it: its worth is that of the weakest of them. */
import type { SeamView } from "../../healing/ledger.ts"
import { lossesOf, stateOf } from "../../plugins/outcome.ts"
import type { Answer } from "../../plugins/tool.ts"

const worth = { healed: 0, provisional: 1, degraded: 2, contained: 3 } as const

/** What stands behind the answers of a tool. */
export interface Behind {
  /** Oldest first. */
  readonly seams: ReadonlyArray<SeamView>
  /** What is known to be wrong with it and could not be mended, one line each. */
  readonly flaws: ReadonlyArray<string>
}

/** @param behind When the call began: it ends with the code it began with. */
export const markedWith = (answer: Answer, { seams, flaws }: Behind): Answer => {
  const state = stateOf(answer)
  if (seams.length + flaws.length === 0 || state === "contained" || state === "false_heal") return answer
  const losses = [...new Set([...lossesOf(answer), ...seams.flatMap(({ degraded }) => degraded), ...flaws])]
  const [weakest] = seams.toSorted((one, other) => worth[other.state] - worth[one.state])
  const claimed = weakest === undefined || weakest.state === "contained" ? undefined : weakest.state
  const outcome = losses.length > 0 ? "degraded" : claimed
  return {
    ...answer,
    ...(outcome === undefined ? {} : { outcome }),
    ...(losses.length === 0 ? {} : { degraded: losses }),
    ...(weakest === undefined ? {} : { seam: weakest.id })
  }
}
