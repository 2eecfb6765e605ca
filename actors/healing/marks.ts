/** What an answer says of the repairs behind it: its worth is that of the weakest of them. */
import type { SeamView } from "../../healing/ledger.ts"
import { lossesOf, stateOf } from "../../plugins/outcome.ts"
import type { Answer } from "../../plugins/tool.ts"

const worth = { healed: 0, provisional: 1, degraded: 2, contained: 3 } as const

/** @param seams Those that stand behind the tool now, oldest first. */
export const markedWith = (answer: Answer, seams: ReadonlyArray<SeamView>): Answer => {
  const [newest] = seams.toReversed()
  const state = stateOf(answer)
  if (newest === undefined || state === "contained" || state === "false_heal") return answer
  const losses = [...new Set([...lossesOf(answer), ...seams.flatMap(({ degraded }) => degraded)])]
  const weakest = seams.reduce((least, seam) => (worth[seam.state] > worth[least.state] ? seam : least))
  const outcome = losses.length > 0 ? "degraded" : weakest.state === "contained" ? undefined : weakest.state
  return {
    ...answer,
    ...(outcome === undefined ? {} : { outcome }),
    ...(losses.length === 0 ? {} : { degraded: losses }),
    seam: weakest.id
  }
}
