/** Where the user writes: several lines, commands, earlier messages, files. */
import { html, nothing, type TemplateResult } from "lit"
import { live } from "lit/directives/live.js"
import { ref } from "lit/directives/ref.js"
import type { App } from "../app.ts"
import { arrowUp, clip, square } from "../parts/icons.ts"
import { reveal } from "../parts/reveal.ts"
import type { State } from "../state.ts"
import { cancel } from "./cancel.ts"
import { give, pasted } from "./given.ts"
import { type Chat, isBusy } from "./model.ts"
import { type CommandInfo, offersFor } from "./offers.ts"
import { press, submit, take } from "./prompt-keys.ts"

export const promptView = ({ chat, link }: State, app: App): TemplateResult => {
  const offers = offersFor(chat.draft, chat.offers)
  const at = Math.min(chat.offered, offers.length - 1)
  return html`
    <form class="prompt" @submit=${(event: Event) => sent(event, app)}>
      ${offers.length === 0 ? nothing : offerList(offers, at, app)} ${files(chat, app)}
      <div class="prompt-row">
        <label class="button button-quiet prompt-clip" title="Add files"
          >${clip}<span class="visually-hidden">Add files</span
          ><input class="visually-hidden" type="file" multiple @change=${(event: Event) => chosen(event, app)}
        /></label>
        <textarea
          id="prompt"
          rows="1"
          aria-label="Message"
          aria-describedby="prompt-hint"
          aria-controls=${offers.length === 0 ? nothing : "offers"}
          aria-activedescendant=${offers.length === 0 ? nothing : `offer-${at}`}
          placeholder=${isBusy(chat) ? "Say more…" : "Say what to do"}
          .value=${live(chat.draft)}
          ${ref(grow)}
          @input=${(event: Event) => typed(event, app)}
          @keydown=${(event: KeyboardEvent) => pressed(event, app)}
          @paste=${(event: ClipboardEvent) => pasted(event, app)}
        ></textarea>
        ${isBusy(chat) ? stopButton(app) : nothing}
        <button class="button button-main prompt-send" type="submit" aria-label="Send" ?disabled=${isEmpty(chat)}>
          ${arrowUp}
        </button>
      </div>
      <p id="prompt-hint" class="visually-hidden">
        Enter sends, Shift and Enter begins a new line, a slash begins a command.
        ${link.name === "connected" ? nothing : "There is no connection; what you send goes out when it is back."}
      </p>
    </form>
  `
}

const isEmpty = ({ draft, files: given }: Chat): boolean => draft.trim() === "" && given.length === 0

const stopButton = (app: App): TemplateResult =>
  html`<button
    class="button prompt-stop"
    type="button"
    title="Stop (Esc)"
    aria-label="Stop"
    @click=${() => cancel(app)}
  >
    ${square}
  </button>`

const sent = (event: Event, app: App): void => {
  event.preventDefault()
  submit(app)
}

const offerList = (offers: ReadonlyArray<CommandInfo>, at: number, app: App): TemplateResult => html`
  <ul id="offers" class="offers" role="listbox" aria-label="Commands">
    ${offers.map(
      ({ name, argument, about, plugin }, index) =>
        html`<li
          id=${`offer-${index}`}
          role="option"
          aria-selected=${index === at ? "true" : "false"}
          ${index === at ? ref(intoView) : nothing}
          @click=${() => take(app, name, argument)}
        >
          <span><strong>/${name}</strong> <span class="muted">${reveal(argument)}</span></span>
          <span class="muted offer-about"
            >${reveal(about)}${plugin === undefined ? nothing : html` <span class="chip">${plugin}</span>`}</span
          >
        </li>`
    )}
  </ul>
`

/** The list may be longer than its room. */
const intoView = (element?: Element): void => element?.scrollIntoView({ block: "nearest" })

const files = ({ files: given }: Chat, app: App): TemplateResult | typeof nothing =>
  given.length === 0
    ? nothing
    : html`<ul class="prompt-files" aria-label="Files to send">
        ${given.map(
          ({ name }, index) =>
            html`<li class="chip">
              ${name}
              <button
                type="button"
                class="button button-small"
                aria-label=${`Leave out ${name}`}
                @click=${() => app.dispatch({ type: "chat.filed", files: given.toSpliced(index, 1) })}
              >
                ×
              </button>
            </li>`
        )}
      </ul>`

const chosen = (event: Event, app: App): void => {
  const input = event.target
  if (!(input instanceof HTMLInputElement)) return
  void give(input.files ?? [], app).then(() => (input.value = ""))
}

/** The next key may come before the screen is drawn: it belongs behind what the prompt holds by then. */
const pressed = (event: KeyboardEvent, app: App): void => {
  press(event, app)
  const { draft } = app.state().chat
  if (event.target instanceof HTMLTextAreaElement && event.target.value !== draft) event.target.value = draft
}

const typed = (event: Event, app: App): void => {
  if (!(event.target instanceof HTMLTextAreaElement)) return
  app.dispatch({ type: "chat.typed", text: event.target.value })
}

/** As high as its text, up to what the style allows. */
const grow = (element?: Element): void => {
  if (!(element instanceof HTMLTextAreaElement)) return
  requestAnimationFrame(() => {
    element.style.height = "auto"
    element.style.height = `${element.scrollHeight}px`
  })
}
