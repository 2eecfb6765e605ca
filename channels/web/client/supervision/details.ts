/** Everything about the place in the tree where the user is, with its mends, and what can be done. */
import { html, nothing, type TemplateResult } from "lit"
import type { SeamView } from "../../../../healing/ledger.ts"
import type { App } from "../app.ts"
import { seamLink } from "../mends/seam-link.ts"
import { writeRoute } from "../route.ts"
import { titlesOf } from "../sessions/model.ts"
import type { Item } from "../outline/outline.ts"
import type { State } from "../state.ts"
import type { Branch } from "./branches.ts"
import { factsOf } from "./facts.ts"
import { reviveButton } from "./revive-button.ts"
import { shape } from "./shape.ts"
import type { Told } from "./told.ts"

export interface DetailsParts {
  readonly state: State
  readonly app: App
  readonly told: Told
  readonly item: Item<Branch>
  readonly seams: ReadonlyArray<SeamView>
  readonly onClose: () => void
}

/** The heading takes the focus when one goes into it from the tree. */
export const detailsId = "branch-details"

export const branchDetails = ({ state, app, told, item, seams, onClose }: DetailsParts): TemplateResult => {
  const { kind, plugin, tool, word, look } = item.of
  const isPlugin = kind === "plugin" && plugin !== undefined
  return html`<section class="card branch-details" aria-labelledby=${detailsId} tabindex="0">
    <header>
      <h2 id=${detailsId} tabindex="-1">${item.name} <span class="muted">${kindWord(item.of)}</span></h2>
      <button class="button button-quiet button-small" type="button" @click=${onClose}>Close</button>
    </header>
    <p class=${`branch-word look-${look}`}>${shape(look)} ${word.replaceAll("_", " ")}</p>
    ${isPlugin && told.plugins[plugin] === "quarantined" ? reviveButton(plugin, state, app) : nothing}
    ${chatLink(item.of, state)}
    <dl>
      ${factsOf(item.of, told, state.now).map(
        ({ name, value }) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`
      )}
    </dl>
    ${
      seams.length === 0
        ? nothing
        : html`<h3 class="gold">Mends</h3>
            <ul class="mend-links">
              ${seams.map((seam) => html`<li>${seamLink(seam, tool === undefined)}</li>`)}
            </ul>`
    }
  </section>`
}

/** Of the user's own sessions; those of others are not told. */
const chatLink = ({ kind, node }: Branch, { sessions }: State): TemplateResult | typeof nothing => {
  const id = node?.id
  if (kind !== "agent" || id === undefined || !titlesOf(sessions).has(id)) return nothing
  return html`<p><a href=${writeRoute({ place: "chat", id })}>Open in the chat</a></p>`
}

const kindWord = ({ kind, plugin, tool }: Branch): string =>
  kind === "tool" && tool !== undefined && plugin !== undefined ? `tool of ${plugin}` : kind
