/** A seam, whole: what broke, what was tried, what it proves, what was lost, what it changed, how it stands. */
import { html, nothing, type TemplateResult } from "lit"
import type { SeamView } from "../../../../healing/ledger.ts"
import { seamMarks, worded, worthOf } from "../../../seam-worth.ts"
import type { App } from "../app.ts"
import { diffView } from "../parts/diff.ts"
import { ago } from "../parts/time.ts"
import type { State } from "../state.ts"
import type { Order } from "./model.ts"
import { canAccept, canUndo, checks, ownerOf, pathIn, standing } from "./words.ts"

/** Takes the focus when an order is done: the button that gave it may be gone. */
export const storyId = "seam-story"

export const seamStory = (seam: SeamView, state: State, app: App): TemplateResult => {
  const worth = worthOf(seam)
  const { outcome } = state.mends
  return html`<article class=${`card mend-story worth-${worth}`} aria-labelledby=${storyId}>
    <header>
      <h2 id=${storyId} tabindex="-1">
        <span class="mend-mark" aria-hidden="true">${seamMarks[worth]}</span> ${ownerOf(seam)}
      </h2>
      <p>${seam.summary}${seam.origin === undefined ? nothing : html` <span class="muted">(${seam.origin})</span>`}</p>
      <p class="muted">${seam.id} · ${moment(seam.time, state.now)}</p>
    </header>
    ${standing(seam).map((sentence) => html`<p>${sentence}</p>`)} ${marked(seam, state.now)}
    ${
      outcome?.id === seam.id
        ? html`<p class=${`outcome ${outcome.isGood ? "look-good" : "look-bad"}`}>${outcome.text}</p>`
        : nothing
    }
    ${buttons(seam, state, app)} ${chapters(seam)}
  </article>`
}

const moment = (time: number, now: number): TemplateResult =>
  html`<time datetime=${new Date(time).toISOString()} title=${new Date(time).toLocaleString()}>${ago(time, now)}</time>`

const marked = ({ mark, status }: SeamView, now: number): TemplateResult | typeof nothing =>
  mark === undefined ? nothing : html`<p class="muted">${worded(status)} ${moment(mark.time, now)}: ${mark.reason}</p>`

const buttons = (seam: SeamView, { me, mends }: State, app: App): TemplateResult | typeof nothing => {
  if (!canAccept(seam) && !canUndo(seam)) return nothing
  if (me?.operator !== true)
    return html`<p class="muted">Only the user of the machine itself may accept or undo it.</p>`
  const isBusy = mends.order?.isUnderWay === true
  const order = (verb: Order["verb"]) => () =>
    app.dispatch({ type: "mends.ordered", order: { verb, id: seam.id, isUnderWay: false } })
  return html`<p class="mend-buttons">
    ${
      canAccept(seam)
        ? html`<button class="button button-gold" type="button" ?disabled=${isBusy} @click=${order("accept")}>
            Accept…
          </button>`
        : nothing
    }
    ${
      canUndo(seam)
        ? html`<button class="button" type="button" ?disabled=${isBusy} @click=${order("undo")}>
            ${seam.status === "proposed" ? "Turn down…" : "Undo…"}
          </button>`
        : nothing
    }
  </p>`
}

const chapters = (seam: SeamView): ReadonlyArray<TemplateResult> => [
  chapter(
    "What broke",
    html`<p><strong>${worded(seam.failure.kind)}</strong>: ${seam.failure.message}</p>
      ${seam.failure.frame === undefined ? nothing : html`<p><code>${pathIn(seam, seam.failure.frame)}</code></p>`}`
  ),
  ...steps(
    "What was tried",
    seam.rungs.map(({ strategy, outcome, reason }) => ({ name: strategy, outcome, reason }))
  ),
  ...steps(
    "What it proves",
    seam.proof.map(({ check, outcome, detail }) => ({ name: checks[check] ?? check, outcome, reason: detail }))
  ),
  ...list("What was lost", seam.degraded),
  ...(seam.diff === undefined ? [] : [chapter("What it changed", diffView(seam.diff))]),
  ...list(
    "Files",
    seam.changes.map(({ path }) => pathIn(seam, path))
  )
]

const chapter = (title: string, body: unknown): TemplateResult =>
  html`<section>
    <h3>${title}</h3>
    ${body}
  </section>`

const list = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<TemplateResult> =>
  lines.length === 0
    ? []
    : [
        chapter(
          title,
          html`<ul>
            ${lines.map((line) => html`<li>${line}</li>`)}
          </ul>`
        )
      ]

interface Step {
  readonly name: string
  readonly outcome: string
  readonly reason: string
}

const looks: Readonly<Record<string, string>> = {
  healed: "look-good",
  passed: "look-good",
  proposed: "look-good",
  failed: "look-bad"
}

const steps = (title: string, all: ReadonlyArray<Step>): ReadonlyArray<TemplateResult> =>
  all.length === 0
    ? []
    : [
        chapter(
          title,
          html`<ol class="mend-steps">
            ${all.map(
              ({ name, outcome, reason }) =>
                html`<li>
                  <strong>${name}</strong> <span class=${looks[outcome] ?? "muted"}>${worded(outcome)}</span>
                  <span class="mend-reason">${reason}</span>
                </li>`
            )}
          </ol>`
        )
      ]
