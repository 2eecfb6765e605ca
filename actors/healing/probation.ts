/** How long a repair is watched: for twenty calls or a day, whichever is over first. */
import type { SeamView } from "../../healing/ledger.ts"

const day = 86_400_000
const enough = 20

/** @param goodCalls That went well with it. @param now Milliseconds since the Unix epoch. */
export const isOnProbation = ({ status, state, changes, time }: SeamView, goodCalls: number, now: number): boolean =>
  status === "active" && state !== "contained" && changes.length > 0 && goodCalls < enough && now - time < day
