/** Gives a quarantined plugin another chance; only for those who may. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import type { State } from "../state.ts"
import { revive } from "./react.ts"

export const reviveButton = (plugin: string, { me, supervision }: State, app: App): TemplateResult | typeof nothing => {
  if (me?.operator !== true) return nothing
  const { reviving, refusal } = supervision
  return html`<button
      class="button button-small"
      type="button"
      ?disabled=${reviving !== undefined}
      @click=${() => void revive(app, plugin)}
    >
      ${reviving === plugin ? "Reviving…" : "Revive"}<span class="visually-hidden"> ${plugin}</span>
    </button>
    ${refusal?.plugin === plugin ? html`<span class="look-bad">${refusal.why}</span>` : nothing}`
}
