/** A seam in one line that leads to all of it. */
import { html, nothing, type TemplateResult } from "lit"
import type { SeamView } from "../../../../healing/ledger.ts"
import { seamMarks, worded, worthOf } from "../../../seam-worth.ts"
import { writeRoute } from "../route.ts"
import { ownerOf } from "./words.ts"

export const seamLink = (seam: SeamView, isOwnerShown: boolean): TemplateResult => {
  const worth = worthOf(seam)
  return html`<a class=${`mend-link worth-${worth}`} href=${writeRoute({ place: "mends", id: seam.id })}>
    <span class="mend-mark" aria-hidden="true">${seamMarks[worth]}</span>
    <span class="mend-what">
      ${isOwnerShown ? html`<strong>${ownerOf(seam)}</strong> ` : nothing}${seam.summary}
      <span class="muted">${worded(seam.status)}</span>
    </span>
  </a>`
}
