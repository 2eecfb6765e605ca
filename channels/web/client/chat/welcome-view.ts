/** What stands where nothing was said yet: where it works, what one can begin with, and what one may go on with. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import { ago } from "../parts/time.ts"
import { writeRoute } from "../route.ts"
import { type SessionRow, toGoOnWith } from "../sessions/model.ts"
import type { State } from "../state.ts"
import { perform } from "./commands.ts"

/** Each becomes the draft, where it can be changed before it is sent. */
const beginnings: ReadonlyArray<string> = [
  "Explain what this project does and how it is built",
  "Run the tests and mend what fails",
  "Review what has changed since the last commit"
]

const care = {
  plan: "only reads, until you say otherwise",
  ask: "asks before it does anything but read",
  edits: "may edit the files there, and asks before anything else",
  auto: "does everything without asking"
} as const

export const welcomeView = (state: State, app: App): TemplateResult => {
  const { facts, isLoaded } = state.chat
  if (facts === undefined || !isLoaded) return html`<p class="muted welcome">Opening the session…</p>`
  return html`<div class="welcome">
    <p class="welcome-head">What shall be done?</p>
    <p class="muted">The agent works in <code>${facts.cwd}</code> and ${care[facts.permissions]}.</p>
    <ul class="beginnings" aria-label="To begin with">
      ${beginnings.map(
        (text) => html`<li><button class="button" type="button" @click=${() => begin(text, app)}>${text}</button></li>`
      )}
    </ul>
    ${recent(toGoOnWith(state.sessions, state.chat.id), state.now)}
    <p class="muted">
      <button class="button button-small" type="button" @click=${() => void perform(app, "help", "")}>
        Commands and keys
      </button>
      or type <kbd>/</kbd>; drop files anywhere here.
    </p>
  </div>`
}

const begin = (text: string, app: App): void => {
  app.dispatch({ type: "chat.typed", text })
  document.getElementById("prompt")?.focus()
}

const recent = (rows: ReadonlyArray<SessionRow>, now: number): TemplateResult | typeof nothing =>
  rows.length === 0
    ? nothing
    : html`<h2 class="recent-head">Go on with</h2>
        <ul class="recent">
          ${rows.map(
            ({ id, title, updated_at }) =>
              html`<li>
                <a href=${writeRoute({ place: "chat", id })}>${title}</a>
                <span class="muted">${ago(updated_at, now)}</span>
              </li>`
          )}
        </ul>`
