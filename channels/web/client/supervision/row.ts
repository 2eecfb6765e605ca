/** One line of the tree: shape, name, state, what deserves attention, the newest failure below. */
import { html, nothing, type TemplateResult } from "lit"
import type { SeamView } from "../../../../healing/ledger.ts"
import { seamMarks, worthOf } from "../../../seam-worth.ts"
import type { Row } from "../outline/outline.ts"
import { ago } from "../parts/time.ts"
import { type Branch } from "./branches.ts"
import { shape } from "./shape.ts"
import { rootOf } from "./troubles.ts"

export const branchRow = ({ item }: Row<Branch>, seams: ReadonlyArray<SeamView>, now: number): TemplateResult => {
  const { word, look, node, kind, reason } = item.of
  const failure = node?.lastFailure ?? (reason === undefined ? undefined : { message: reason, at: undefined })
  return html`<span class="branch">
      ${shape(look)}
      <span class="branch-name">${item.name}</span>
      <span class=${`branch-word look-${look}`}>${word.replaceAll("_", " ")}</span>
      ${kind === "supervisor" ? html`<span class="muted">${item.children.length}</span>` : nothing}
      ${
        node === undefined || node.restarts === 0
          ? nothing
          : html`<span class="branch-note">${node.restarts === 1 ? "1 restart" : `${node.restarts} restarts`}</span>`
      }
      ${goldChip(seams)}
    </span>
    ${
      failure === undefined
        ? nothing
        : html`<span class=${`branch-failure ${look === "good" || look === "rest" ? "is-past" : ""}`}>
            ${failure.at === undefined ? nothing : html`<span class="muted">${ago(failure.at, now)}</span>`}
            <span class="branch-why">${rootOf(failure.message)}</span>
          </span>`
    }`
}

/** How many mends there are that hold or wait; what was only noted, or is over, stands in the list of mends. */
const goldChip = (seams: ReadonlyArray<SeamView>): TemplateResult | typeof nothing => {
  const worths = seams.filter(({ status }) => status !== "noted").map(worthOf)
  const gold = worths.filter((worth) => worth === "gold").length
  const lossy = worths.filter((worth) => worth === "loss").length
  if (gold + lossy === 0) return nothing
  return html`${gold === 0 ? nothing : html`<span class="mend-chip">${seamMarks.gold} ${counted(gold, "mend")}</span>`}
  ${lossy === 0 ? nothing : html`<span class="loss-chip">${seamMarks.loss} ${counted(lossy, "mend")} with losses</span>`}`
}

const counted = (count: number, noun: string): string => (count === 1 ? `1 ${noun}` : `${count} ${noun}s`)
