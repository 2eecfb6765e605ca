/** The supervision tree, live: how it is in words, the tree, and all about the place where the user is. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import { seamsOf } from "../mends/model.ts"
import { currentRow, type Outline, type Row, rowsOf } from "../outline/outline.ts"
import { afterDrawing, outlineView } from "../outline/view.ts"
import { titlesOf } from "../sessions/model.ts"
import type { State } from "../state.ts"
import { type Branch, branchesOf } from "./branches.ts"
import { branchDetails, detailsId } from "./details.ts"
import { reviveButton } from "./revive-button.ts"
import { branchRow } from "./row.ts"
import { shape } from "./shape.ts"
import type { Told } from "./told.ts"
import { type Trouble, troublesOf } from "./troubles.ts"

export const supervisionView = (state: State, app: App): TemplateResult => {
  const { told } = state.supervision
  return html`<h1>Supervision</h1>
    ${told === undefined ? html`<p class="muted">Waiting for the server to tell how it is…</p>` : tree(told, state, app)}`
}

const tree = (told: Told, state: State, app: App): TemplateResult => {
  const now = (): Outline => app.state().supervision.outline
  const { outline } = state.supervision
  const items = branchesOf(told, titlesOf(state.sessions))
  const rows = rowsOf(items, outline)
  const chosen = outline.way.length === 0 ? undefined : currentRow(rows, outline)
  const walk = (next: Outline): void => app.dispatch({ type: "supervision.walked", outline: next })
  const enter = (row: Row<Branch>): void => {
    walk({ ...now(), way: row.way })
    afterDrawing(() => document.getElementById(detailsId)?.focus())
  }
  return html`${summary(troublesOf(told), state, app)}
    <div class="supervision">
      ${outlineView({
        id: "tree",
        label: "Supervision tree",
        items,
        outline: now,
        row: (row) => branchRow(row, seamsOf(state.mends, row.item.of), state.now),
        onWalk: walk,
        onEnter: enter
      })}
      ${
        chosen === undefined
          ? nothing
          : branchDetails({
              state,
              app,
              told,
              item: chosen.item,
              seams: seamsOf(state.mends, chosen.item.of),
              onClose: () => walk({ ...now(), way: [] })
            })
      }
    </div>`
}

const summary = (troubles: ReadonlyArray<Trouble>, state: State, app: App): TemplateResult =>
  troubles.length === 0
    ? html`<p class="summary look-good">${shape("good")} Everything works.</p>`
    : html`<ul class="summary">
        ${troubles.map(
          ({ fact, why, look, revive }) =>
            html`<li>
              <span class=${`look-${look}`}>${shape(look)}</span>
              <span
                ><strong>${fact}</strong>${why === "" ? "." : html`: <span class="why">${why}</span>`}
                ${revive === undefined ? nothing : reviveButton(revive, state, app)}</span
              >
            </li>`
        )}
      </ul>`
