/** What has to be done so that a seam's text, and all that shares a file with it, stands in the source. */
import type { Change, SeamView } from "../../../healing/ledger.ts"
import { besideOf, checkSource, type SourceWrite } from "../accept.ts"
import { baseOf, staleOf } from "./commit.ts"
import { LedgerError } from "./error.ts"
import type { Plan } from "./plan.ts"
import { type Head, headOf, headsOf, liveIn, type Statements, textOf } from "./rows.ts"
import { joinedWith, pathsOf } from "./stack.ts"
import { newChance } from "./undo.ts"

/** Why it came to be. */
export const word = "the user's word"

/** @returns the seams that are accepted, oldest first, and how. @throws LedgerError or Conflict saying why it may not be. */
export const acceptPlan = (
  use: Statements,
  seam: SeamView
): { readonly accepted: ReadonlyArray<SeamView>; readonly plan: Plan } => {
  const root = checkAcceptable(seam)
  const stale = staleOf(headsOf(use, root))
  if (stale.length > 0)
    throw new LedgerError(`${stale.join(", ")} was edited since it was mended: what was proved is not what is there`)
  const active = liveIn(use, root).filter(({ status }) => status === "active")
  // A proposal stands on top of all that runs; nothing of it is there yet.
  const candidates = seam.status === "proposed" ? [...active, seam] : active
  const accepted = joinedWith(candidates, seam.id)
  const other = accepted.find(({ plugin }) => plugin !== seam.plugin)
  if (other !== undefined)
    throw new LedgerError(`seam ${other.id} of the plugin ${other.plugin} changed the same files; undo it first`)
  const files = [...pathsOf(accepted)].flatMap((path) => sourceAbove(use, root, path, accepted))
  const marks = [
    ...(seam.status === "proposed" ? [{ seam: seam.id, status: "active" as const, reason: word }] : []),
    ...accepted.map(({ id }) => ({ seam: id, status: "accepted" as const, reason: word }))
  ]
  return { accepted, plan: { marks, heads: Object.fromEntries(files.map(({ path }) => [path, null])), files } }
}

const checkAcceptable = ({ id, status, root, changes }: SeamView): string => {
  if (status === "accepted") throw new LedgerError(`seam ${id} is accepted already: its text is in the source`)
  if (status !== "active" && status !== "proposed")
    throw new LedgerError(`seam ${id} is ${status.replace("_", " ")}: there is nothing to accept`)
  if (root === undefined || changes.length === 0)
    throw new LedgerError(`seam ${id} changed no file: there is nothing to write into the source`)
  return root
}

/** @throws LedgerError when the file may not be written; Conflict when a proposal was made for another text. */
const sourceAbove = (
  use: Statements,
  root: string,
  path: string,
  accepted: ReadonlyArray<SeamView>
): ReadonlyArray<SourceWrite> => {
  const last = accepted.findLast(({ changes }) => changes.some((one) => one.path === path))
  const change = last?.changes.find((one) => one.path === path)
  if (change === undefined) return []
  const { base } = last?.status === "proposed" ? baseOf(use, root, change) : headFor(use, change)
  textOf(use, change.after)
  checkSource({ root, path, from: base })
  return [{ root, path, from: base, to: change.after, temporary: besideOf(path, newChance()) }]
}

const headFor = (use: Statements, { path, after }: Change): Head => {
  const head = headOf(use, path)
  if (head?.hash !== after) throw new LedgerError(`${path} does not run as it was proved: somebody touched the ledger`)
  return head
}
