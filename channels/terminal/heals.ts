/** `/heals`: the list of seams, one of them, and the user's word on it, as items of the conversation. */
import type { Heals } from "../../actors/healing/heals.ts"
import type { SeamView } from "../../healing/ledger.ts"
import { seamRow, seamStory, worded } from "../cli/seam-lines.ts"
import type { HealOrder } from "./screen/state.ts"
import type { Item } from "./view/view.ts"

/** Seams that are listed; the command line lists all. */
const most = 20

/** Rejects with the reason when it cannot be; then nothing is changed. */
export const orderHeals = async (heals: Heals, order: HealOrder): Promise<Item> => {
  if (order.type === "list") return note(listed(await heals.list()))
  if (order.type === "show") {
    const seam = await heals.find(order.id)
    if (seam === undefined) throw new Error(`There is no seam ${order.id}; /heals lists them.`)
    const { diff } = seam
    return { ...note(seamStory(seam).join("\n")), ...(diff === undefined ? {} : { diff }) }
  }
  return note(told(await heals[order.type](order.id)))
}

const note = (text: string) => ({ kind: "note", tone: "plain", text }) as const

const listed = (seams: ReadonlyArray<SeamView>): string => {
  if (seams.length === 0) return "Nothing was mended yet."
  const more = seams.length > most ? [`… ${seams.length - most} more: kintsugi heal list`] : []
  return [...seams.slice(0, most).map(seamRow), ...more].join("\n")
}

/** What came of it. How each seam stands now is told by the session itself. */
const told = (seams: ReadonlyArray<SeamView>): string => {
  const written = seams.flatMap(({ status, changes }) => (status === "accepted" ? changes : [])).map(({ path }) => path)
  return written.length > 0
    ? [...new Set(written)].map((path) => `wrote ${path}`).join("\n")
    : `${worded(seams[0]?.status ?? "")}: ${seams.map(({ id }) => id).join(", ")}`
}
