/** The seams of a runtime, and the user's word about them: what is accepted or undone runs at once. */
import type { SeamView } from "../../healing/ledger.ts"
import type { HealingDesk } from "./desk.ts"
import type { Heals } from "./heals.ts"
import { acceptSeam, undoSeam } from "./seam-word.ts"

/** @param renew What runs in place of the files of the plugin in this folder, or is installed for it, has changed. */
export const runtimeHeals = (desk: HealingDesk, renew: (root: string) => Promise<void>): Heals => {
  const find: Heals["find"] = async (id) => (await desk.ledger()).find(id)
  const settle = async (seams: ReadonlyArray<SeamView>): Promise<ReadonlyArray<SeamView>> => {
    for (const root of new Set(seams.flatMap(({ root }) => root ?? []))) await renew(root)
    for (const seam of seams) desk.announce(seam)
    return seams
  }
  const known = async (id: string): Promise<SeamView> => {
    const seam = await find(id)
    if (seam === undefined) throw new Error(`there is no seam ${id}; see: kintsugi heal list`)
    return seam
  }
  return {
    list: async () => (await desk.ledger()).list(),
    find,
    accept: async (id) => {
      const [ledger, seam] = await Promise.all([desk.ledger(), known(id)])
      return settle(await acceptSeam(ledger, seam, { home: desk.home.folder, env: desk.env }))
    },
    undo: async (id) => {
      const [ledger, seam] = await Promise.all([desk.ledger(), known(id)])
      return settle(await undoSeam(ledger, seam, { home: desk.home.folder }))
    }
  }
}
