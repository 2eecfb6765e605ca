/** The tree of one session: its ways, where it stands, and going on from another point. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import { currentRow, type Outline, type Row, rowsOf } from "../outline/outline.ts"
import { afterDrawing, outlineView } from "../outline/view.ts"
import { ago } from "../parts/time.ts"
import { writeRoute } from "../route.ts"
import type { State } from "../state.ts"
import { titlesOf } from "./model.ts"
import { pointDetails, pointId } from "./point-details.ts"
import { type Point, pointsOf } from "./points.ts"
import { compact } from "./react.ts"

export const treeView = (id: string, state: State, app: App): TemplateResult => {
  const { trees, missing, outcome } = state.sessions
  const nodes = trees.get(id)
  return html`<p><a href=${writeRoute({ place: "sessions" })}>← All sessions</a></p>
    <header class="sessions-head">
      <h1>${titlesOf(state.sessions).get(id) || id}</h1>
      <a class="button" href=${writeRoute({ place: "chat", id })}>Open in the chat</a>
    </header>
    ${
      outcome === undefined
        ? nothing
        : html`<p class=${`outcome ${outcome.isGood ? "look-good" : "look-bad"}`}>${outcome.text}</p>`
    }
    ${
      nodes === undefined
        ? html`<p class="muted">${missing?.id === id ? missing.why : "Waiting for the server to tell it…"}</p>`
        : nodes.length === 0
          ? html`<p class="muted">Nothing was said in it yet.</p>`
          : tree(id, pointsOf(nodes), state, app)
    }`
}

const tree = (id: string, items: ReturnType<typeof pointsOf>, state: State, app: App): TemplateResult => {
  const now = (): Outline => app.state().sessions.outline
  const { outline } = state.sessions
  const chosen = outline.way.length === 0 ? undefined : currentRow(rowsOf(items, outline), outline)
  const walk = (next: Outline): void => app.dispatch({ type: "sessions.walked", outline: next })
  const enter = (row: Row): void => {
    walk({ ...now(), way: row.way })
    afterDrawing(() => document.getElementById(pointId)?.focus())
  }
  return html`<div class="points">
      ${outlineView({
        id: "points",
        label: "What was said, with every way it went",
        items,
        outline: now,
        row: (row) => pointRow(row, state.now),
        onWalk: walk,
        onEnter: enter
      })}
      ${
        chosen === undefined ? nothing : pointDetails(id, chosen.item.of, state, app, () => walk({ ...now(), way: [] }))
      }
    </div>
    ${compaction(id, state, app)}`
}

const roles = { user: "you", assistant: "agent", summary: "summary" } as const

const pointRow = ({ item, isOpen }: Row<Point>, now: number): TemplateResult => {
  const { node, isFirst, isLast } = item.of
  const { role, head } = node.metadata
  return html`<span class=${`point point-${role} ${isFirst ? "is-first" : ""} ${isLast ? "is-last" : ""}`}>
    <span class="point-dot" aria-hidden="true"></span>
    <span class="visually-hidden">${isFirst ? "another way: " : ""}${roles[role]}:</span>
    <span class="point-said">${item.name === "" ? "…" : item.name}</span>
    ${node.label === "" ? nothing : html`<span class="chip point-label">${node.label}</span>`}
    ${head ? html`<span class="chip point-head">you are here</span>` : nothing}
    ${isOpen === false ? html`<span class="muted">${branches(item.children.filter(({ of }) => of.isFirst).length)}</span>` : nothing}
    <span class="muted point-when">${ago(node.created_at, now)}</span>
  </span>`
}

const branches = (count: number): string => (count === 1 ? "1 other way" : `${count} other ways`)

const compaction = (id: string, { sessions }: State, app: App): TemplateResult => {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const focus = new FormData(event.currentTarget).get("focus")
    void compact(app, id, typeof focus === "string" ? focus : "")
  }
  return html`<details class="compaction">
    <summary>Sum the conversation up</summary>
    <form @submit=${submit}>
      <p class="muted">The model goes on with a summary in place of what was said; the tree keeps everything.</p>
      <label>What must be kept (optional) <input name="focus" maxlength="10000" autocomplete="off" /></label>
      <button class="button" ?disabled=${sessions.order !== undefined}>Sum up</button>
    </form>
  </details>`
}
