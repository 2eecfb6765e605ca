/** A list to choose from: type to filter, arrows and Enter to choose, Esc to leave it. */
import { html, nothing, type TemplateResult } from "lit"
import { ref } from "lit/directives/ref.js"
import type { App } from "../app.ts"
import { choose } from "./commands.ts"
import type { Choice, Picker } from "./model.ts"

const titles = { model: "Model", permissions: "Permissions", point: "Go on from" } as const

/** Choices that are shown; who looks for another one types. */
const most = 60

export const pickerView = (picker: Picker, app: App): TemplateResult => {
  const choices = shownIn(picker)
  return html`
    <dialog
      class="picker"
      aria-labelledby="picker-title"
      ${ref(open)}
      @close=${() => closed(app)}
      @keydown=${(event: KeyboardEvent) => press(event, picker, app)}
    >
      <h2 id="picker-title">${titles[picker.kind]}</h2>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="picker-list"
        aria-autocomplete="list"
        aria-label="Filter"
        aria-activedescendant=${choices.length === 0 ? nothing : `choice-${atIn(picker, choices)}`}
        placeholder="Type to filter"
        autocomplete="off"
        spellcheck="false"
        .value=${picker.filter}
        @input=${(event: Event) => filter(event, picker, app)}
      />
      ${picker.choices === undefined ? html`<p class="muted" role="status">Asking the server…</p>` : nothing}
      ${picker.choices !== undefined && choices.length === 0 ? html`<p class="muted" role="status">${none(picker)}</p>` : nothing}
      <ul id="picker-list" role="listbox" aria-label=${titles[picker.kind]}>
        ${choices.map((choice, index) => option(choice, index, index === atIn(picker, choices), picker, app))}
      </ul>
    </dialog>
  `
}

const option = (choice: Choice, index: number, isMarked: boolean, { kind }: Picker, app: App): TemplateResult => html`
  <li
    id=${`choice-${index}`}
    role="option"
    aria-selected=${isMarked ? "true" : "false"}
    ${isMarked ? ref(intoView) : nothing}
    @click=${() => void choose(app, kind, choice.id)}
  >
    <span class="choice-title"
      >${choice.title}${choice.isCurrent ? html` <span class="chip">current</span>` : nothing}</span
    >
    ${choice.note === undefined ? nothing : html`<span class="muted">${choice.note}</span>`}
  </li>
`

const none = ({ kind, filter: text }: Picker): string =>
  kind !== "model"
    ? "Nothing fits."
    : text === ""
      ? "Write provider/model."
      : "None that is listed; Enter takes it all the same."

const intoView = (element?: Element): void => element?.scrollIntoView({ block: "nearest" })

const shownIn = ({ choices = [], filter: text }: Picker): ReadonlyArray<Choice> => {
  const words = text.toLowerCase().split(/\s+/)
  const fits = ({ title, note = "" }: Choice) => words.every((word) => `${title} ${note}`.toLowerCase().includes(word))
  return choices.filter(fits).slice(0, most)
}

const atIn = ({ at }: Picker, choices: ReadonlyArray<Choice>): number => Math.max(0, Math.min(at, choices.length - 1))

const open = (element?: Element): void => {
  // It is not in the document yet.
  queueMicrotask(() => {
    if (element instanceof HTMLDialogElement && element.isConnected && !element.open) element.showModal()
  })
}

const closed = (app: App): void => {
  if (app.state().chat.picker !== undefined) app.dispatch({ type: "chat.picking" })
}

const filter = (event: Event, shown: Picker, app: App): void => {
  if (event.target instanceof HTMLInputElement)
    app.dispatch({ type: "chat.picking", picker: { ...now(shown, app), filter: event.target.value, at: 0 } })
}

/** Keys may come faster than the screen is drawn: they mean the list as it is, not as it was shown. */
const now = (shown: Picker, app: App): Picker => app.state().chat.picker ?? shown

const press = (event: KeyboardEvent, shown: Picker, app: App): void => {
  const picker = now(shown, app)
  const choices = shownIn(picker)
  const at = atIn(picker, choices)
  const move = (to: number): void => {
    event.preventDefault()
    app.dispatch({ type: "chat.picking", picker: { ...picker, at: Math.max(0, Math.min(to, choices.length - 1)) } })
  }
  if (event.key === "ArrowDown") move(at + 1)
  else if (event.key === "ArrowUp") move(at - 1)
  else if (event.key === "PageDown") move(at + 8)
  else if (event.key === "PageUp") move(at - 8)
  else if (event.key === "Enter") {
    event.preventDefault()
    const choice = choices[at]
    // A model need not be listed to be there.
    const id = choice?.id ?? (picker.kind === "model" ? picker.filter.trim() : "")
    if (id !== "") void choose(app, picker.kind, id)
  }
}
