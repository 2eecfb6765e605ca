/** A point of a session: all that was said there, naming it, going on from it. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import { ago } from "../parts/time.ts"
import type { State } from "../state.ts"
import type { Point } from "./points.ts"
import { fork, goOnFrom } from "./react.ts"

/** The heading takes the focus when one goes into it from the tree. */
export const pointId = "point-details"

const roles = { user: "You said", assistant: "The agent said", summary: "Summary" } as const

export const pointDetails = (
  session: string,
  { node }: Point,
  { sessions, now }: State,
  app: App,
  onClose: () => void
): TemplateResult => {
  const isBusy = sessions.order !== undefined
  const name = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const label = new FormData(event.currentTarget).get("label")
    void fork(app, session, typeof label === "string" ? label : "")
  }
  return html`<section class="card point-details" aria-labelledby=${pointId} tabindex="0">
    <header>
      <h2 id=${pointId} tabindex="-1">${roles[node.metadata.role]}</h2>
      <button class="button button-quiet button-small" type="button" @click=${onClose}>Close</button>
    </header>
    <p class="muted">#${node.id}${node.label === "" ? nothing : ` · ${node.label}`} · ${ago(node.created_at, now)}</p>
    ${
      node.metadata.head
        ? html`<form class="point-name" @submit=${name}>
            <label
              >Name this point, to come back to it
              <input name="label" maxlength="60" autocomplete="off" .value=${node.label}
            /></label>
            <button class="button" ?disabled=${isBusy}>Name it</button>
          </form>`
        : html`<p>
            <button
              class="button"
              type="button"
              ?disabled=${isBusy}
              @click=${() => void goOnFrom(app, session, node.id)}
            >
              Go on from here
            </button>
            <span class="muted">What was said since stays in the tree.</span>
          </p>`
    }
    <p class="point-text">${node.message}</p>
  </section>`
}
