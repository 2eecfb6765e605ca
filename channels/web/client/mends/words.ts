/** What is said of a seam: how it stands, what may be done with it, and what that would do. */
import { joinedWith, pathsOf, stackedOn } from "../../../../actors/healing/ledger/stack.ts"
import type { SeamView } from "../../../../healing/ledger.ts"
import type { Proof } from "../../../../healing/strategy.ts"
import type { OutFrame } from "../../../wire/frames.ts"
import { worded } from "../../../seam-worth.ts"
import type { Order } from "./model.ts"
import { readSeams } from "./seam.ts"

/** `words/word_count`, or `words, hook stop` */
export const ownerOf = ({ plugin, tool, hook }: Pick<SeamView, "plugin" | "tool" | "hook">): string => {
  if (tool !== undefined) return `${plugin}/${tool}`
  return hook === undefined ? plugin : `${plugin}, hook ${hook}`
}

const states: Readonly<Record<string, string>> = {
  contained: "Contained: it failed honestly and harmed nothing else, and it is still broken.",
  degraded: "Degraded: it answers, and what it lost by it is named below.",
  provisional: "Provisional: repaired code answers, on probation, and can be taken back.",
  healed: "Healed: repaired code answers, and passes the tool's own examples or tests."
}

const statuses: Readonly<Record<string, string>> = {
  active: "It holds now; nothing was written into the plugin's source.",
  proposed: "It waits for a word: nothing was done yet.",
  accepted: "It stands in the plugin's source now.",
  undone: "It was taken back.",
  rolled_back: "It was rolled back by the watch over repairs.",
  noted: "There is nothing to hold or to undo."
}

/** What it is worth, and how it stands, a sentence each. */
export const standing = ({ state, status }: SeamView): ReadonlyArray<string> => [
  states[state] ?? worded(state),
  statuses[status] ?? worded(status)
]

/** What each check of the gate asks. */
export const checks: Readonly<Record<Proof["check"], string>> = {
  V0: "It does only what a repair may do",
  V1: "It loads, and offers the same",
  V2: "The call that failed works",
  V3: "Earlier calls give what they gave",
  V4: "Schema and post-condition hold",
  V5: "The tool's own examples pass",
  V6: "All repairs that passed agree",
  V7: "The types fit"
}

export const canAccept = ({ status, changes, origin }: SeamView): boolean =>
  status === "proposed" || (status === "active" && changes.length > 0 && origin?.startsWith("package ") !== true)

export const canUndo = ({ status }: SeamView): boolean => ["active", "accepted", "proposed"].includes(status)

/** Relative to the plugin's folder, where that is known. */
export const pathIn = ({ root }: Pick<SeamView, "root">, path: string): string =>
  root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path

export interface Confirmation {
  readonly question: string
  /** What it will do, a sentence each. */
  readonly will: ReadonlyArray<string>
  readonly paths: ReadonlyArray<string>
  readonly button: string
}

/** @param seams All there are. */
export const confirmationOf = (verb: Order["verb"], seam: SeamView, seams: ReadonlyArray<SeamView>): Confirmation =>
  verb === "accept" ? acceptance(seam, seams) : undoing(seam, seams)

const acceptance = (seam: SeamView, seams: ReadonlyArray<SeamView>): Confirmation => {
  if (seam.changes.length === 0)
    return { question: "Do what is proposed?", will: [`${seam.summary}.`], paths: [], button: "Do it" }
  const together = joinedWith(
    beside(seam, seams).filter(({ id, status }) => id === seam.id || status === "active"),
    seam.id
  )
  return {
    question: "Write this into the plugin's source?",
    will: [
      `The repair becomes a part of ${seam.plugin}'s own files, whoever runs it.`,
      ...others(together, seam, "changed the same files and are written with it")
    ],
    paths: [...pathsOf(together)],
    button: "Write into the source"
  }
}

const undoing = (seam: SeamView, seams: ReadonlyArray<SeamView>): Confirmation => {
  const live = beside(seam, seams).filter(({ status }) => status === "active" || status === "accepted")
  const taken = live.includes(seam) && seam.changes.length > 0 ? stackedOn(live, seam.id) : [seam]
  const written = taken.filter(({ status }) => status === "accepted")
  const isProposal = seam.status === "proposed"
  return {
    question: isProposal ? "Turn this proposal down?" : "Take this repair back?",
    will: [
      isProposal
        ? "Nothing of it was done, and nothing will be."
        : `From its next call on ${seam.plugin} runs without it.`,
      ...(written.length === 0 ? [] : ["It is taken out of the source again, unless somebody has edited it since."]),
      ...others(taken, seam, "stand on it and go with it")
    ],
    paths: [...pathsOf(written)],
    button: isProposal ? "Turn it down" : "Take it back"
  }
}

/** Of the same plugin, oldest first. */
const beside = (seam: SeamView, seams: ReadonlyArray<SeamView>): ReadonlyArray<SeamView> =>
  seams
    .map((one) => (one.id === seam.id ? seam : one))
    .filter(({ plugin, root }) => plugin === seam.plugin && root === seam.root)
    .toReversed()

const others = (all: ReadonlyArray<SeamView>, seam: SeamView, what: string): ReadonlyArray<string> => {
  const ids = all.flatMap(({ id }) => (id === seam.id ? [] : [id]))
  return ids.length === 0 ? [] : [`${ids.join(", ")} ${what}.`]
}

/** What came of an order, in a sentence. */
export const outcomeOf = (
  verb: Order["verb"],
  answer: OutFrame
): { readonly isGood: boolean; readonly text: string } => {
  if (answer.type === "error") return { isGood: false, text: `Nothing was changed: ${answer.message}` }
  const seams = answer.type === "heals" ? readSeams(answer.heals) : []
  const paths = pathsOf(seams.filter(({ status }) => status === "accepted"))
  if (verb === "accept")
    return { isGood: true, text: paths.size === 0 ? "Done: it holds now." : `Written: ${[...paths].join(", ")}` }
  return {
    isGood: true,
    text: seams.length > 1 ? `Taken back: ${seams.map(({ id }) => id).join(", ")}` : "Taken back."
  }
}
