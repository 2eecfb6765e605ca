/** `mends = reduceMends(mends, happening, now)`. */
import type { SeamView } from "../../../../healing/ledger.ts"
import type { OutFrame } from "../../../wire/frames.ts"
import type { Happening } from "../happening.ts"
import type { Mends } from "./model.ts"
import { readSeam, readSeams } from "./seam.ts"

export const reduceMends = (mends: Mends, happening: Happening, _now: number): Mends => {
  switch (happening.type) {
    case "frame":
      return hear(mends, happening.frame)
    case "went": {
      // What was said of one seam is not said of the next.
      const { order: _o, outcome: _r, ...rest } = mends
      return rest
    }
    case "mends.ordered": {
      const { order: _, ...rest } = mends
      return happening.order === undefined ? rest : { ...rest, order: happening.order }
    }
    case "mends.obeyed": {
      const { order: _, ...rest } = mends
      const { id, isGood, text } = happening
      return { ...rest, outcome: { id, isGood, text } }
    }
    case "mends.missed":
      return { ...mends, missing: { id: happening.id, why: happening.why } }
    default:
      return mends
  }
}

const hear = (mends: Mends, frame: OutFrame): Mends => {
  if (frame.type === "heals") return { ...mends, seams: merged(mends.seams ?? [], readSeams(frame.heals)) }
  const seam = frame.type === "heal" ? readSeam(frame.heal) : undefined
  if (seam === undefined) return mends
  const { missing, ...rest } = mends
  return {
    ...rest,
    ...(missing !== undefined && missing.id !== seam.id && { missing }),
    seams: merged(mends.seams ?? [], [seam]),
    whole: new Map([...mends.whole, [seam.id, seam]])
  }
}

/** An answer to an order tells only what has changed, and the ledger is never shortened. */
const merged = (known: ReadonlyArray<SeamView>, told: ReadonlyArray<SeamView>): ReadonlyArray<SeamView> =>
  [...new Map([...known, ...told].map((seam) => [seam.id, seam])).values()].toSorted(
    (one, other) => other.time - one.time || (one.id < other.id ? 1 : -1)
  )
