/** A seam as it is told to channels. */
import type { SeamView } from "../../healing/ledger.ts"
import type { SeamNews } from "../../machines/events.ts"

export const newsOf = ({ id, plugin, tool, status, state, rungs, summary, degraded, diff }: SeamView): SeamNews => {
  const held = rungs.findLast(({ outcome }) => outcome === "healed" || outcome === "proposed")
  return {
    seam: id,
    plugin,
    status,
    state,
    summary,
    degraded,
    ...(tool === undefined ? {} : { tool }),
    ...(held === undefined ? {} : { strategy: held.strategy }),
    ...(diff === undefined ? {} : { diff })
  }
}
