/** A seam is appended and its files' heads move, in one transaction. */
import { Conflict, type Change, type Seam, type SeamView } from "../../../healing/ledger.ts"
import type { Sources } from "../../../healing/code.ts"
import { isWithin } from "../accept.ts"
import { LedgerError } from "./error.ts"
import { hashOfFile, readSource, sha256 } from "./hash.ts"
import { bornSo, type Head, headOf, headsOf, liveIn, putHead, putText, type Statements } from "./rows.ts"

export const addSeam = (
  use: Statements,
  seam: Seam,
  status: "active" | "proposed" | "noted",
  texts: Sources | undefined
): void => {
  if (status !== "noted") for (const change of seam.changes) putText(use, textFor(seam, change, texts))
  // Before it is one of those that moving heads may retire.
  if (status === "active") moveHeads(use, seam)
  use.addSeam.run(seam.id, seam.plugin, seam.root ?? null, status, JSON.stringify(seam))
  // Seams stand on each other in the order in which they began to run, which is not that of the proposals.
  if (status === "active") use.mark.run(seam.id, seam.time, status, bornSo)
}

const textFor = ({ root }: Seam, { path, after }: Change, texts: Sources | undefined): string => {
  if (root === undefined || !isWithin(root, path))
    throw new LedgerError(`${path} is not in the plugin's own folder ${root ?? ""}`)
  const text = texts?.get(path)
  if (text === undefined || sha256(text) !== after)
    throw new LedgerError(`the text of ${path} is missing, or is not the one that was proved`)
  return text
}

/** @throws Conflict when one of its files is not what it was made for any more. */
export const moveHeads = (use: Statements, seam: Seam): void => {
  const { root } = seam
  if (root === undefined) return
  retireStale(use, root)
  for (const change of seam.changes) {
    const head = baseOf(use, root, change)
    putHead(use, { ...head, hash: change.after, seam: seam.id })
  }
}

/** The head that a change moves; a new one keeps the file's own bytes, for undo. @throws Conflict */
export const baseOf = (use: Statements, root: string, { path, before }: Change): Omit<Head, "hash" | "seam"> => {
  const head = headOf(use, path)
  if (head !== undefined) {
    if (head.root !== root) throw new LedgerError(`${path} runs mended as a file of another plugin, in ${head.root}`)
    if (head.hash !== before) throw new Conflict(`${path} was mended otherwise in the meantime; look again`)
    return head
  }
  const bytes = readSource(path)
  if (bytes === undefined || sha256(bytes) !== before)
    throw new Conflict(`${path} was edited in the meantime; look again`)
  putText(use, bytes)
  return { path, root, base: before }
}

/** Files with a head whose own bytes are not those that were mended. */
export const staleOf = (heads: ReadonlyArray<Head>): ReadonlyArray<string> =>
  heads.filter(({ path, base }) => hashOfFile(path) !== base).map(({ path }) => path)

/** What ran before an edit must not run again, in part, beside what is made for the edited source. */
const retireStale = (use: Statements, root: string): void => {
  const stale = staleOf(headsOf(use, root))
  if (stale.length > 0) retire(use, root, `its source was edited since: ${stale.join(", ")}`)
}

/** Nothing of a folder's overlay runs any more. */
export const retire = (use: Statements, root: string, reason: string): void => {
  const heads = headsOf(use, root)
  for (const head of heads) use.dropHead.run(head.path)
  // One that cannot be read names no changes.
  const isBehind = ({ id, changes }: SeamView) => changes.length > 0 || heads.some(({ seam }) => seam === id)
  for (const seam of liveIn(use, root)) {
    if (seam.status === "active" && isBehind(seam)) use.mark.run(seam.id, Date.now(), "rolled_back", reason)
  }
}
