/** The chat: the conversation, what is asked, and the prompt. */
import { html, nothing, type TemplateResult } from "lit"
import { ref } from "lit/directives/ref.js"
import type { App } from "../app.ts"
import { reveal } from "../parts/reveal.ts"
import type { State } from "../state.ts"
import { conversation } from "./conversation.ts"
import { dropped, draggedOver, draggedOut } from "./given.ts"
import type { Chat } from "./model.ts"
import { phaseView } from "./phase-view.ts"
import { pickerView } from "./picker-view.ts"
import { stopRun } from "./plugin-commands.ts"
import { promptView } from "./prompt-view.ts"
import { questionView } from "./question-view.ts"
import { jump, scroller } from "./scroll.ts"
import { statusView } from "./status-view.ts"

export const chatView = (state: State, app: App): TemplateResult => {
  const { chat } = state
  const [question, ...more] = chat.questions
  return html`
    <div
      class="chat"
      @dragover=${draggedOver}
      @dragleave=${draggedOut}
      @drop=${(event: DragEvent) => dropped(event, app)}
    >
      <h1 class="visually-hidden">Chat${chat.facts?.title ? `: ${chat.facts.title}` : ""}</h1>
      <div class="scroll" tabindex="0" role="region" aria-label="Conversation" ${ref(scroller)}>
        <div class="sheet">${conversation(state, app)} ${outbox(chat)} ${phaseView(state)}</div>
      </div>
      <div class="foot">
        <button class="button jump" type="button" @click=${jump}>↓ Newest</button>
        ${question === undefined ? nothing : questionView(question, more.length, app)}
        ${chat.trouble === undefined ? nothing : trouble(chat.trouble, app)} ${runs(chat, app)}
        ${promptView(state, app)} ${statusView(state, app)}
      </div>
      ${chat.picker === undefined ? nothing : pickerView(chat.picker, app)}
    </div>
  `
}

const trouble = (text: string, app: App): TemplateResult => html`
  <p class="trouble" role="alert">
    <span>${text}</span>
    <button class="button button-small" type="button" @click=${() => app.dispatch({ type: "chat.troubled" })}>
      Dismiss
    </button>
  </p>
`

const runs = ({ runs: all }: Chat, app: App): TemplateResult | typeof nothing =>
  all.length === 0
    ? nothing
    : html`<ul class="runs" aria-label="Commands that run">
        ${all.map(
          ({ id, label }) =>
            html`<li>
              <span class="runs-label">${reveal(label)} runs…</span>
              <button
                class="button button-small"
                type="button"
                aria-label=${`Stop ${label}`}
                @click=${() => stopRun(app, id)}
              >
                Stop
              </button>
            </li>`
        )}
      </ul>`

/** What is said and not read yet. */
const outbox = ({ outbox: messages }: Chat): TemplateResult | typeof nothing =>
  messages.length === 0
    ? nothing
    : html`<ul class="outbox" aria-label="Waiting messages">
        ${messages.map(
          ({ text, files, isQueued }) =>
            html`<li class="said said-waiting">
              <p class="said-text">${text}</p>
              ${files.length === 0 ? nothing : html`<p class="muted">${files.map(({ name }) => name).join(", ")}</p>`}
              <p class="muted">${isQueued ? "waits until the agent's next step" : "on its way"}</p>
            </li>`
        )}
      </ul>`
