/** A tool call as a card: what was called, how far it is, what came of it and what was lost. */
import { html, nothing, type TemplateResult } from "lit"
import { adviceOf, labelOf, lossesOf, stateOf, succeeded, type ToldAnswer } from "../../../../plugins/outcome.ts"
import { mainArgument } from "../../../main-argument.ts"
import { diffView } from "../parts/diff.ts"
import { countDiff } from "../parts/diff-lines.ts"
import { took } from "../parts/time.ts"
import { writeRoute } from "../route.ts"
import type { CallItem } from "./model.ts"

export const callView = (item: CallItem, now: number): TemplateResult => {
  const { call, phase, answer } = item
  const isGood = answer === undefined || succeeded(answer)
  const mood = answer === undefined ? phase : isGood ? (stateOf(answer) ?? "good") : "bad"
  return html`
    <section class=${`call call-${mood}`} aria-label=${`Tool ${call.name}`}>
      <details ?open=${answer?.diff !== undefined && isGood}>
        <summary class="call-head">
          <span class="call-mark" aria-hidden="true">${marks[mood] ?? "✓"}</span>
          <span class="call-name">${call.name}</span>
          <span class="call-input">${mainArgument(call)}</span>
          <span class="call-notes">${notes(item, now)}</span>
        </summary>
        <div class="call-body">${body(item)}</div>
      </details>
      ${answer === undefined ? tail(item) : after(answer, isGood)}
    </section>
  `
}

const marks: Readonly<Record<string, string>> = {
  written: "○",
  waiting: "○",
  running: "◐",
  bad: "✗",
  contained: "✗",
  false_heal: "✗",
  degraded: "!"
}

const words: Readonly<Record<CallItem["phase"], string>> = {
  written: "being written",
  waiting: "waits",
  running: "runs",
  settled: ""
}

const notes = ({ phase, since, ms, answer }: CallItem, now: number): unknown => {
  if (answer === undefined)
    return html`<span class="muted">${phase === "running" ? took(Math.max(0, now - since)) : words[phase]}</span>`
  const label = labelOf(answer)
  const state = stateOf(answer)
  return html`
    ${label === undefined ? nothing : html`<span class=${`worth worth-${state ?? ""}`}>${label}</span>`}
    ${answer.diff === undefined ? nothing : counts(answer.diff)}
    ${succeeded(answer) ? nothing : html`<span class="visually-hidden">failed</span>`}
    ${ms !== undefined && ms >= 1000 ? html`<span class="muted">${took(ms)}</span>` : nothing}
  `
}

const counts = (diff: string): TemplateResult => {
  const { added, removed } = countDiff(diff)
  return html`<span class="count-add">+${added}</span> <span class="count-remove">−${removed}</span>`
}

const body = ({ call, answer }: CallItem): TemplateResult => html`
  ${answer?.diff === undefined ? nothing : diffView(answer.diff)}
  ${call.input === undefined || answer?.diff !== undefined ? nothing : told("Input", asText(call.input))}
  ${answer === undefined || answer.diff !== undefined ? nothing : told("Answer", asText(answer.data ?? answer.summary))}
`

/** Characters of an answer that are shown. */
const longest = 100_000

const told = (title: string, text: string): TemplateResult | typeof nothing =>
  text.trim() === ""
    ? nothing
    : html`<h3 class="call-title">${title}</h3>
        <pre class="output" tabindex="0">${text.length > longest ? `${text.slice(0, longest)}\n…` : text}</pre>`

const asText = (value: unknown): string => {
  if (value === undefined || value === null) return ""
  return typeof value === "string" ? value : JSON.stringify(value, null, 2)
}

/** The last lines of what a running call tells. */
const tail = ({ tail: text }: CallItem): TemplateResult | typeof nothing => {
  const lines = text.trimEnd().split("\n").slice(-4).join("\n")
  return lines.trim() === "" ? nothing : html`<pre class="output call-tail">${lines}</pre>`
}

/** What must not be folded away: why it failed, what was lost, which mend stands behind it. */
const after = (answer: ToldAnswer, isGood: boolean): TemplateResult => html`
  ${lossesOf(answer).map((loss) => html`<p class="loss">lost: ${loss}</p>`)}
  ${isGood ? nothing : html`<p class="call-error">${(answer.error ?? answer.summary ?? "failed").slice(0, 4000)}</p>`}
  ${adviceOf(answer).map(
    ({ plugin, diagnosis, fixes }) =>
      html`<div class="advice">
        <p>${diagnosis === "" ? `${plugin} advises:` : `${plugin}: ${diagnosis}`}</p>
        <ul>
          ${fixes.map((fix) => html`<li>${fix}</li>`)}
        </ul>
      </div>`
  )}
  ${
    typeof answer.seam === "string" && answer.seam !== ""
      ? html`<p class="call-seam">
          <span class="seam-mark" aria-hidden="true">◆</span>
          <a class="seam-link" href=${writeRoute({ place: "mends", id: answer.seam })}>seam ${answer.seam}</a>
        </p>`
      : nothing
  }
`
