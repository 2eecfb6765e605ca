/** The page: head with the views and the state of the connection, the view that is open, and what is read out. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "./app.ts"
import { chatView } from "./chat/view.ts"
import { keyForm } from "./key-form.ts"
import { linkView } from "./link-view.ts"
import { mendsView } from "./mends/view.ts"
import { moon } from "./parts/icons.ts"
import { type Place, places, writeRoute } from "./route.ts"
import { sessionsView } from "./sessions/view.ts"
import type { State } from "./state.ts"
import { supervisionView } from "./supervision/view.ts"
import { nextTheme } from "./theme.ts"

const names: Readonly<Record<Place, string>> = {
  chat: "Chat",
  sessions: "Sessions",
  supervision: "Supervision",
  mends: "Mends"
}

const views: Readonly<Record<Place, (state: State, app: App) => TemplateResult>> = {
  chat: chatView,
  sessions: sessionsView,
  supervision: supervisionView,
  mends: mendsView
}

export const shell = (state: State, app: App): TemplateResult => html`
  <a class="skip" href="#content" @click=${skip}>Skip to the content</a>
  <header class="head">
    <p class="brand"><span class="brand-mark" aria-hidden="true"></span>Kintsugi</p>
    ${state.link.name === "keyless" ? nothing : navigation(state)}
    <div class="head-end">
      ${linkView(state, app)}
      <button
        class="button button-quiet"
        type="button"
        title=${`theme: ${state.theme}`}
        aria-label=${`Theme: ${state.theme}. Change it.`}
        @click=${() => app.dispatch({ type: "themed", theme: nextTheme(state.theme) })}
      >
        ${moon(state.theme)}
      </button>
    </div>
  </header>
  <main id="content" tabindex="-1" class=${`content content-${state.route.place}`}>
    ${state.link.name === "keyless" ? keyForm(state.link.why, app) : views[state.route.place](state, app)}
  </main>
  <div class="visually-hidden" role="status" aria-live="polite">${state.told}</div>
`

/** The address names a view, not a place on the page. */
const skip = (event: Event): void => {
  event.preventDefault()
  document.getElementById("content")?.focus()
}

const navigation = (state: State): TemplateResult => html`
  <nav aria-label="Views">
    <ul>
      ${places.map(
        (place) =>
          html`<li>
            <a
              href=${addressOf(place, state)}
              aria-current=${place === state.route.place ? "page" : nothing}
              class=${place === "mends" ? "nav-mends" : ""}
              >${names[place]}${place === "chat" && state.chat.questions.length > 0 ? asks : nothing}</a
            >
          </li>`
      )}
    </ul>
  </nav>
`

const asks = html`<span class="badge"><span class="badge-word">asks</span></span>`

const addressOf = (place: Place, { chat }: State): string =>
  writeRoute({ place, ...(place === "chat" && chat.id !== undefined && { id: chat.id }) })
