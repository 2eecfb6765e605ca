/** The line under the prompt: model, permissions, how full the window is, what was spent. */
import { html, nothing, type TemplateResult } from "lit"
import { dollars, tokens } from "../../../numbers.ts"
import type { App } from "../app.ts"
import type { State } from "../state.ts"
import { modeNotes, perform } from "./commands.ts"
import type { Facts } from "./model.ts"

export const statusView = ({ chat }: State, app: App): TemplateResult | typeof nothing => {
  const { facts } = chat
  if (facts === undefined) return nothing
  const { model, permissions } = facts
  return html`<div class="status">
    <button
      class="button button-quiet"
      type="button"
      title="Choose the model"
      @click=${() => void perform(app, "model", "")}
    >
      <span class="visually-hidden">Model: </span>${model}
    </button>
    <button
      class=${`button button-quiet mode mode-${permissions}`}
      type="button"
      title=${modeNotes[permissions]}
      @click=${() => void perform(app, "permissions", "")}
    >
      <span class="visually-hidden">Permissions: </span>${permissions}
    </button>
    <span class="status-rest">${context(facts)} ${cost(facts)}</span>
  </div>`
}

const context = ({ context_used: used, context_window: window }: Facts): unknown => {
  if (used === 0) return nothing
  if (window === undefined) return html`<span class="muted">${tokens(used)} tokens</span>`
  const share = Math.min(100, Math.round((used / window) * 100))
  return html`<span class="muted" title=${`${tokens(used)} of ${tokens(window)} tokens`}>context ${share} %</span>`
}

const cost = ({ spent }: Facts): unknown =>
  spent.cost === undefined || spent.cost === null ? nothing : html`<span class="muted">${dollars(spent.cost)}</span>`
