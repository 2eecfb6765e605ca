/** Asks once more before source code is touched, and says what will happen. */
import { html, nothing, type TemplateResult } from "lit"
import { ref } from "lit/directives/ref.js"
import type { App } from "../app.ts"
import type { State } from "../state.ts"
import { obey } from "./react.ts"
import { storyId } from "./story.ts"
import { confirmationOf, pathIn } from "./words.ts"

export const confirmation = ({ mends }: State, app: App): TemplateResult | typeof nothing => {
  const { order, whole, seams = [] } = mends
  const seam = order === undefined || order.isUnderWay ? undefined : whole.get(order.id)
  if (order === undefined || seam === undefined) return nothing
  const { question, will, paths, button } = confirmationOf(order.verb, seam, seams)
  const leave = (event: Event): void => {
    // Closed before it goes away, so that the focus returns to where it came from.
    dialogOf(event)?.close()
    app.dispatch({ type: "mends.ordered" })
  }
  const confirm = async (event: Event): Promise<void> => {
    dialogOf(event)?.close()
    await obey(app, order)
    document.getElementById(storyId)?.focus()
  }
  return html`<dialog
    class="card confirmation"
    aria-labelledby="confirmation"
    @cancel=${leave}
    ${ref((element) => show(element))}
  >
    <h2 id="confirmation">${question}</h2>
    ${will.map((sentence) => html`<p>${sentence}</p>`)}
    ${
      paths.length === 0
        ? nothing
        : html`<p>Written:</p>
            <ul>
              ${paths.map((path) => html`<li><code>${pathIn(seam, path)}</code></li>`)}
            </ul>`
    }
    <p class="confirmation-buttons">
      <button class="button" type="button" autofocus @click=${leave}>Leave it</button>
      <button class="button button-gold" type="button" @click=${confirm}>${button}</button>
    </p>
  </dialog>`
}

const dialogOf = ({ currentTarget }: Event): HTMLDialogElement | null =>
  currentTarget instanceof HTMLElement ? currentTarget.closest("dialog") : null

/** It stands in the page only after this. One that was just closed may be asked for again before it is gone. */
const show = (element: Element | undefined): void => {
  if (!(element instanceof HTMLDialogElement)) return
  queueMicrotask(() => {
    if (element.isConnected && !element.open) element.showModal()
  })
}
