/** The user's sessions, and the tree of one. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import { ago } from "../parts/time.ts"
import { writeRoute } from "../route.ts"
import type { State } from "../state.ts"
import { found, type SessionRow } from "./model.ts"
import { treeView } from "./tree-view.ts"

export const sessionsView = (state: State, app: App): TemplateResult =>
  state.route.id === undefined ? listView(state, app) : treeView(state.route.id, state, app)

const listView = (state: State, app: App): TemplateResult => {
  const { list, filter } = state.sessions
  const rows = found(state.sessions)
  const open = (): void => {
    app.dispatch({ type: "chat.opening" })
    app.go({ place: "chat" })
  }
  return html`<header class="sessions-head">
      <h1>Sessions</h1>
      <button class="button" type="button" @click=${open}>New session</button>
    </header>
    <label class="sessions-search">
      <span>Search</span>
      <input
        type="search"
        .value=${filter}
        @input=${({ target }: Event) => {
          if (target instanceof HTMLInputElement) app.dispatch({ type: "sessions.filtered", text: target.value })
        }}
      />
    </label>
    ${
      list === undefined
        ? html`<p class="muted">Waiting for the server to tell them…</p>`
        : html`<p class="muted" role="status">${countOf(rows.length, list.length)}</p>
            <ul class="sessions">
              ${rows.map((row) => html`<li>${sessionRow(row, state)}</li>`)}
            </ul>`
    }`
}

const countOf = (rows: number, all: number): string => {
  if (all === 0) return "There is none yet: whatever you say in the chat begins one."
  return rows === all ? `${all} in this folder` : `${rows} of ${all}`
}

const sessionRow = ({ id, title, model, messages, state, updated_at }: SessionRow, { now, chat }: State) =>
  html`<div class="card session">
    <div class="session-what">
      <a class="session-title" href=${writeRoute({ place: "chat", id })}
        >${title === "" ? "(nothing said yet)" : title}</a
      >
      <span class="muted">
        ${ago(updated_at, now)} · ${messages === 1 ? "1 message" : `${messages} messages`} · ${model} · ${id}
      </span>
    </div>
    ${id === chat.id ? html`<span class="chip">in the chat</span>` : nothing}
    ${state === "closed" ? nothing : html`<span class=${`chip ${state === "idle" ? "" : "chip-busy"}`}>${state}</span>`}
    <a class="button button-small" href=${writeRoute({ place: "sessions", id })}
      >Tree<span class="visually-hidden"> of ${title}</span></a
    >
  </div>`
