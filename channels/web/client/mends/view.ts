/** The mends: all seams, newest first, and the one that is open. */
import { html, nothing, type TemplateResult } from "lit"
import type { SeamView } from "../../../../healing/ledger.ts"
import { seamMarks, worded, worthOf } from "../../../seam-worth.ts"
import type { App } from "../app.ts"
import { ago } from "../parts/time.ts"
import { writeRoute } from "../route.ts"
import type { State } from "../state.ts"
import { confirmation } from "./confirmation.ts"
import { seamStory } from "./story.ts"
import { ownerOf } from "./words.ts"

export const mendsView = (state: State, app: App): TemplateResult => {
  const { mends, route } = state
  return html`<h1 class="gold">Mends</h1>
    <p class="muted lead">Whatever broke in a plugin, and what was done about it. Nothing is mended in secret.</p>
    <div class=${`mends ${route.id === undefined ? "" : "has-open"}`}>
      ${
        mends.seams === undefined
          ? html`<p class="muted">Waiting for the server to tell them…</p>`
          : list(mends.seams, state)
      }
      ${route.id === undefined ? nothing : opened(route.id, state, app)}
    </div>
    ${confirmation(state, app)}`
}

const list = (seams: ReadonlyArray<SeamView>, { route, now }: State): TemplateResult =>
  seams.length === 0
    ? html`<p class="mends-list">
        Nothing was mended yet. When a plugin's code breaks, it is contained, and repaired where a repair can be proved;
        each repair is listed here, and can be undone, or accepted into the plugin's source.
      </p>`
    : html`<ul class="mends-list" aria-label="All mends, newest first">
        ${seams.map((seam) => html`<li>${card(seam, seam.id === route.id, now)}</li>`)}
      </ul>`

const card = (seam: SeamView, isOpen: boolean, now: number): TemplateResult => {
  const worth = worthOf(seam)
  return html`<a
    class=${`card mend-card worth-${worth}`}
    href=${writeRoute({ place: "mends", id: seam.id })}
    aria-current=${isOpen ? "true" : nothing}
  >
    <span class="mend-mark" aria-hidden="true">${seamMarks[worth]}</span>
    <span class="mend-what">
      <strong>${ownerOf(seam)}</strong>
      <span>${seam.summary}</span>
      <span class="muted">${seam.state} · ${worded(seam.status)} · ${ago(seam.time, now)}</span>
    </span>
  </a>`
}

const opened = (id: string, state: State, app: App): TemplateResult => {
  const { whole, missing } = state.mends
  const seam = whole.get(id)
  const back = html`<a class="mends-back" href=${writeRoute({ place: "mends" })}>← All mends</a>`
  if (seam !== undefined) return html`<div class="mends-open">${back}${seamStory(seam, state, app)}</div>`
  const why = missing?.id === id ? missing.why : "Waiting for the server to tell it…"
  return html`<div class="mends-open">
    ${back}
    <p>${why}</p>
  </div>`
}
