/** The events that lead to one event, found without reading those of other branches. */
import type { Statements } from "./sqlite-statements.ts"

/** Events that follow each other in the order of their seq, both ends included. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** From the root to `head`: one stretch, and one more for every time that somebody went back. */
export const stretchesTo = (use: Pick<Statements, "jump">, id: string, head: number): ReadonlyArray<Stretch> => {
  const stretches: Array<Stretch> = []
  for (let to = head; to > 0;) {
    const jump = use.jump.get(id, to)
    const from = jump === undefined ? 1 : Number(jump.seq)
    stretches.push({ from, to })
    to = jump === undefined ? 0 : Number(jump.parent)
  }
  return stretches.toReversed()
}
