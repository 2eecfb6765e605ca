/** What has to be done so that a seam, and all that stands on it, never was. */
import { randomBytes } from "node:crypto"
import type { SeamView } from "../../../healing/ledger.ts"
import { besideOf, checkSource, type SourceWrite } from "../accept.ts"
import { LedgerError } from "./error.ts"
import type { Plan } from "./plan.ts"
import { type Head, headOf, liveIn, type Statements, textOf } from "./rows.ts"
import { pathsOf, stackedOn } from "./stack.ts"

/** @returns the seams that are taken back, newest first, and how. @throws LedgerError saying why it cannot be. */
export const undoPlan = (
  use: Statements,
  seam: SeamView,
  status: "undone" | "rolled_back",
  reason: string
): { readonly taken: ReadonlyArray<SeamView>; readonly plan: Plan } => {
  if (!["active", "accepted", "proposed"].includes(seam.status))
    throw new LedgerError(`seam ${seam.id} is ${seam.status.replace("_", " ")}: there is nothing to take back`)
  const { root } = seam
  if (root === undefined || seam.changes.length === 0 || seam.status === "proposed")
    return { taken: [seam], plan: { marks: [{ seam: seam.id, status, reason }], heads: {}, files: [] } }
  const live = liveIn(use, root)
  const taken = stackedOn(live, seam.id)
  const rest = live.filter((one) => !taken.includes(one))
  const marks = taken.map(({ id }) => ({
    seam: id,
    status,
    reason: id === seam.id ? reason : `it stood on ${seam.id}: ${reason}`
  }))
  const paths = [...pathsOf(taken)]
  const heads = Object.fromEntries(paths.map((path) => [path, headBelow(use, path, taken, rest)]))
  const files = paths.flatMap((path) => sourceBelow(use, root, path, taken))
  return { taken, plan: { marks, heads, files } }
}

/** What runs in place of a file when the taken ones are gone. */
const headBelow = (
  use: Statements,
  path: string,
  taken: ReadonlyArray<SeamView>,
  rest: ReadonlyArray<SeamView>
): Head | null => {
  const head = headOf(use, path)
  const below = rest.findLast(({ status, changes }) => status === "active" && changes.some((one) => one.path === path))
  const first = changesOf(taken, path, "active").at(-1)
  if (head === undefined || below === undefined || first === undefined) return null
  return { ...head, hash: first.before, seam: below.id }
}

/** A file that holds accepted text gets back what stood there before the first of it. @throws LedgerError when it was edited. */
const sourceBelow = (
  use: Statements,
  root: string,
  path: string,
  taken: ReadonlyArray<SeamView>
): ReadonlyArray<SourceWrite> => {
  const changes = changesOf(taken, path, "accepted")
  const [newest, oldest] = [changes[0], changes.at(-1)]
  if (newest === undefined || oldest === undefined) return []
  const isUnbroken = changes.every(({ before }, at) => at === changes.length - 1 || before === changes[at + 1]?.after)
  if (!isUnbroken)
    throw new LedgerError(`${path} was edited between the repairs that were accepted in it; take them out by hand`)
  textOf(use, oldest.before)
  checkSource({ root, path, from: newest.after })
  return [{ root, path, from: newest.after, to: oldest.before, temporary: besideOf(path, newChance()) }]
}

const changesOf = (seams: ReadonlyArray<SeamView>, path: string, status: SeamView["status"]) =>
  seams.filter((seam) => seam.status === status).flatMap(({ changes }) => changes.filter((one) => one.path === path))

export const newChance = (): string => randomBytes(6).toString("hex")
