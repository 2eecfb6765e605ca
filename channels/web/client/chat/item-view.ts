/** One item of a conversation. */
import { html, nothing, type TemplateResult } from "lit"
import type { App } from "../app.ts"
import { diffView } from "../parts/diff.ts"
import { markdownView } from "../parts/markdown.ts"
import { reveal } from "../parts/reveal.ts"
import { took } from "../parts/time.ts"
import { writeRoute } from "../route.ts"
import { seamMarks, seamVerb, worded, worthOf } from "../../../seam-worth.ts"
import { callView } from "./call-view.ts"
import { endView } from "./end-view.ts"
import { fileView } from "./file-view.ts"
import { helpView } from "./help-view.ts"
import type { FileLabel, Item, ItemBody } from "./model.ts"
import { planView } from "./plan-view.ts"

type One<Kind extends ItemBody["kind"]> = Extract<ItemBody, { kind: Kind }>

export const itemView = (item: Item, now: number, app: App): TemplateResult => {
  switch (item.kind) {
    case "user":
      return said(item)
    case "reply":
      return reply(item)
    case "thinking":
      return thinking(item)
    case "call":
      return callView(item, now)
    case "end":
      return endView(item)
    case "note":
      return html`<p class=${`note note-${item.tone}`}>${item.text}</p>`
    case "rule":
      return rule(item)
    case "seam":
      return seam(item)
    case "delivered":
      return html`<section class="card delivered ${item.isGood ? "" : "delivered-bad"}">
        <h2 class="card-title">${item.title}</h2>
        <div class="prose">${markdownView(item.text)}</div>
      </section>`
    case "file":
      return fileView(item.file)
    case "plan":
      return planView(item.plan)
    case "help":
      return helpView(app)
    case "list":
      return list(item)
    case "shown":
      return shown(item)
  }
}

const list = ({ title, rows }: One<"list">): TemplateResult => html`
  <section class="card help" aria-label=${title}>
    <h2 class="card-title">${title}</h2>
    <dl>
      ${rows.map(
        ({ name, text }) =>
          html`<dt><code>${name}</code></dt>
            <dd>${text}</dd>`
      )}
    </dl>
  </section>
`

/** A stranger's words, so drawn like any reply: no markup of its own. */
const shown = ({ title, text }: One<"shown">): TemplateResult => html`
  <section class="card shown" aria-label=${reveal(title)}>
    <h2 class="card-title">${reveal(title)}</h2>
    <div class="prose shown-text" tabindex="0" role="group" aria-label="What it shows">${markdownView(text)}</div>
  </section>
`

const said = ({ text, files }: One<"user">): TemplateResult => html`
  <article class="said">
    <h2 class="visually-hidden">You</h2>
    <p class="said-text">${text ?? "…"}</p>
    ${
      files.length === 0
        ? nothing
        : html`<ul class="said-files">
            ${files.map(label)}
          </ul>`
    }
  </article>
`

const label = ({ name, src }: FileLabel): TemplateResult =>
  html`<li>${src === undefined ? html`<span class="chip">${name}</span>` : html`<img src=${src} alt=${name} />`}</li>`

const reply = ({ text, isOpen, isVoid }: One<"reply">): TemplateResult => html`
  <article class=${`reply ${isVoid ? "reply-void" : ""}`} aria-busy=${isOpen ? "true" : "false"}>
    <h2 class="visually-hidden">Agent</h2>
    <div class="prose">${markdownView(text, isOpen)}</div>
    ${isVoid ? html`<p class="note note-warn">The reply broke off here and is asked for again.</p>` : nothing}
  </article>
`

const thinking = ({ text, isOpen, ms }: One<"thinking">): TemplateResult => html`
  <details class="thinking">
    <summary>${isOpen ? "Thinking…" : ms === undefined || ms < 1000 ? "Thought" : `Thought for ${took(ms)}`}</summary>
    <div class="prose thinking-text">${markdownView(text, isOpen)}</div>
  </details>
`

const rule = ({ text, more }: One<"rule">): TemplateResult =>
  more === undefined
    ? html`<p class="rule"><span>${text}</span></p>`
    : html`<details class="rule-more">
        <summary class="rule"><span>${text}</span></summary>
        <div class="card prose">${markdownView(more)}</div>
      </details>`

/** A mend is one gold line, and opens to what was changed. */
const seam = ({ news }: One<"seam">): TemplateResult => {
  const { seam: id, plugin, tool, summary, degraded, diff } = news
  const worth = worthOf(news)
  return html`
    <aside class=${`seam seam-${worth}`} aria-label="Mend">
      <p>
        <span class="seam-mark" aria-hidden="true">${seamMarks[worth]}</span>
        <span class="seam-word">${worded(seamVerb(news))}</span> ${tool === undefined ? plugin : `${plugin} · ${tool}`}:
        ${summary}
        <a class="seam-link" href=${writeRoute({ place: "mends", id })}>seam ${id}</a>
      </p>
      ${degraded.map((loss) => html`<p class="loss">lost: ${loss}</p>`)}
      ${
        diff === undefined
          ? nothing
          : html`<details>
              <summary>What was changed</summary>
              ${diffView(diff)}
            </details>`
      }
    </aside>
  `
}
