/** What a running tool wants to know: a form, a yes or no, or a page to be opened. */
import { html, nothing, type TemplateResult } from "lit"
import { keyed } from "lit/directives/keyed.js"
import { ref } from "lit/directives/ref.js"
import type { Question } from "../../../../machines/events.ts"
import type { Field, Inquiry, Option } from "../../../../plugins/inquiry.ts"
import { addressParts, expected, ofField, titleOf, warningOf } from "../../../../plugins/inquiry/words.ts"
import type { App } from "../app.ts"
import { reveal } from "../parts/reveal.ts"
import { answer } from "./answer.ts"
import { contentOf, controlOf } from "./inquiry-form.ts"
import { askForFocus, isFresh } from "./question-focus.ts"

export const inquiryView = (question: Question, inquiry: Inquiry, more: number, app: App): TemplateResult => {
  const { id, tool, agent } = question
  const { fields = [], url, message } = inquiry
  const { unfit } = app.state().chat
  const problems = unfit?.id === id ? unfit.problems : {}
  return html`${keyed(
    id,
    html`
      <form
        class="question inquiry"
        tabindex="-1"
        aria-labelledby="question-title"
        aria-describedby="inquiry-message inquiry-warning"
        novalidate
        autocomplete="off"
        @submit=${(event: SubmitEvent) => submit(event, app, question, inquiry)}
        @keydown=${(event: KeyboardEvent) => fields.length === 0 && answerByKey(event, app, id)}
        ${ref(askForFocus)}
      >
        <h2 id="question-title" class="question-title">
          <span><strong>${reveal(inquiry.from)}</strong> asks</span>
          <span class="chip">${reveal(tool)}</span>
          ${agent === undefined ? nothing : html`<span class="muted">subagent: ${reveal(agent)}</span>`}
          ${more === 0 ? nothing : html`<span class="muted">${more} more behind it</span>`}
        </h2>
        <div class="question-body" tabindex="0" role="group" aria-label="What is asked">
          <p id="inquiry-message" class="inquiry-message">${reveal(message)}</p>
          ${url === undefined ? nothing : addressView(url)}
          <p id="inquiry-warning" class="muted">${reveal(warningOf(inquiry))}</p>
          ${fields.map((field, index) => fieldView(field, index, ofField(problems, field)))}
        </div>
        <div class="question-choices">
          ${url !== undefined && fields.length === 0 ? openLink(url, app, id) : yesButton(fields.length > 0)}
          <button class="button button-deny" type="button" @click=${() => answer(app, id, { decision: "deny" })}>
            ${fields.length > 0 ? "Decline" : html`No <kbd>n</kbd>`}
          </button>
        </div>
      </form>
    `
  )}`
}

const yesButton = (isForm: boolean): TemplateResult =>
  html`<button class="button button-main" type="submit">${isForm ? "Send answer" : html`Yes <kbd>y</kbd>`}</button>`

/** The user's own click opens it, in a page that knows nothing of this one. */
const openLink = (url: string, app: App, id: string): TemplateResult =>
  html`<a
    class="button button-main"
    href=${url}
    target="_blank"
    rel="noopener noreferrer"
    @click=${() => answer(app, id, { decision: "allow" })}
    >Open the page</a
  >`

const addressView = (url: string): TemplateResult => {
  const [before, host, after] = addressParts(url)
  return html`<p class="inquiry-address">
    <code>${reveal(before)}<strong>${reveal(host)}</strong>${reveal(after)}</code>
  </p>`
}

const fieldView = (field: Field, index: number, problem: string | undefined): TemplateResult => {
  const id = controlOf(index)
  const about = [field.description, expected(field)].filter((part) => part !== undefined && part !== "").join(" · ")
  const notes = html`
    ${about === "" ? nothing : html`<span class="muted" id="${id}-about">${reveal(about)}</span>`}
    ${problem === undefined ? nothing : html`<span class="inquiry-problem" id="${id}-problem" role="alert">${reveal(`${titleOf(field)} ${problem}`)}</span>`}
  `
  const label = html`${reveal(titleOf(field))}${field.required ? html`<span class="muted"> (required)</span>` : nothing}`
  const described = [about === "" ? "" : `${id}-about`, problem === undefined ? "" : `${id}-problem`].join(" ").trim()
  const how: How = { id, described, isWrong: problem !== undefined }
  if (field.type === "boolean" || field.type === "choices" || (field.type === "choice" && field.options.length <= few))
    return html`
      <fieldset class="inquiry-field" aria-describedby=${described === "" ? nothing : described}>
        <legend>${label}</legend>
        ${notes} ${boxes(field, id)}
      </fieldset>
    `
  return html`<div class="inquiry-field"><label for=${id}>${label}</label>${notes}${control(field, how)}</div>`
}

/** Options that are all shown; more are a list that opens. */
const few = 6

interface How {
  readonly id: string
  /** Ids of what describes it. */
  readonly described: string
  readonly isWrong: boolean
}

const yesNo: ReadonlyArray<Option> = [
  { value: "yes", title: "Yes" },
  { value: "no", title: "No" }
]

type Boxed = Extract<Field, { type: "boolean" | "choice" | "choices" }>

const boxes = (field: Boxed, id: string): ReadonlyArray<TemplateResult> => {
  const isMany = field.type === "choices"
  const standing: ReadonlyArray<string | undefined> =
    field.type === "boolean"
      ? [field.default === undefined ? undefined : field.default ? "yes" : "no"]
      : field.type === "choices"
        ? (field.default ?? [])
        : [field.default]
  const options = field.type === "boolean" ? yesNo : field.options
  return options.map(
    ({ value, title }, index) => html`
      <label class="check">
        <input
          type=${isMany ? "checkbox" : "radio"}
          id=${index === 0 ? id : `${id}-${index}`}
          name=${id}
          value=${value}
          ?checked=${standing.includes(value)}
        />
        ${reveal(title ?? value)}
      </label>
    `
  )
}

type Single = Exclude<Field, { type: "boolean" | "choices" }>

const control = (field: Single, { id, described, isWrong }: How): TemplateResult => {
  const about = described === "" ? nothing : described
  const required = field.required ? "true" : "false"
  const invalid = isWrong ? "true" : "false"
  if (field.type === "choice")
    return html`
      <select id=${id} name=${id} aria-describedby=${about} aria-required=${required} aria-invalid=${invalid}>
        <option value="" ?selected=${field.default === undefined}></option>
        ${field.options.map(
          ({ value, title }) =>
            html`<option value=${value} ?selected=${field.default === value}>${reveal(title ?? value)}</option>`
        )}
      </select>
    `
  return html`
    <input
      id=${id}
      name=${id}
      type=${kindOf(field)}
      inputmode=${field.type === "text" ? nothing : field.type === "integer" ? "numeric" : "decimal"}
      value=${String(field.default ?? "")}
      autocomplete="off"
      aria-describedby=${about}
      aria-required=${required}
      aria-invalid=${invalid}
    />
  `
}

/** A browser's own number field swallows what is no number, and nobody would be told. */
const kindOf = (field: Exclude<Single, { type: "choice" }>): string => {
  if (field.type !== "text") return "text"
  if (field.format === "email") return "email"
  if (field.format === "uri") return "url"
  return field.format === "date" ? "date" : "text"
}

const submit = (event: SubmitEvent, app: App, { id }: Question, inquiry: Inquiry): void => {
  event.preventDefault()
  const form = event.currentTarget
  if (!(form instanceof HTMLFormElement)) return
  const read = contentOf(inquiry, new FormData(form))
  if ("content" in read) return answer(app, id, { decision: "allow", content: read.content })
  const problems = Object.fromEntries(read.problems.map(({ field, problem }) => [field, problem]))
  app.dispatch({ type: "chat.unfit", id, problems })
  const first = (inquiry.fields ?? []).findIndex(({ name }) => Object.hasOwn(problems, name))
  requestAnimationFrame(() => document.getElementById(controlOf(first))?.focus())
}

const answerByKey = (event: KeyboardEvent, app: App, id: string): void => {
  const decision = { y: "allow", n: "deny" }[event.key.toLowerCase()]
  if (decision === undefined || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  // Whoever was typing when it appeared did not mean it.
  if (!event.repeat && !isFresh()) answer(app, id, { decision: decision === "allow" ? "allow" : "deny" })
}
