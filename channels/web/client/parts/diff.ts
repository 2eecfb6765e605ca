/** A unified diff as lines with numbers, signs and colours. */
import { html, nothing, type TemplateResult } from "lit"
import { type DiffLine, diffLines } from "./diff-lines.ts"

/** Lines that are shown before somebody asks for more. */
const shortest = 24

export const diffView = (diff: string): TemplateResult => {
  const lines = diffLines(diff)
  // Two or three more are sooner read than opened.
  const cut = lines.length > shortest + 4 ? shortest : lines.length
  const rest = lines.slice(cut)
  return html`<div class="diff" tabindex="0" role="group" aria-label="Difference">
    ${lines.slice(0, cut).map(lineView)}
    ${
      rest.length === 0
        ? nothing
        : html`<details class="diff-rest">
            <summary>${rest.length} more lines</summary>
            ${rest.map(lineView)}
          </details>`
    }
  </div>`
}

const lineView = ({ kind, number, text }: DiffLine): TemplateResult =>
  kind === "file" || kind === "gap"
    ? html`<div class=${`diff-${kind}`}>${text}</div>`
    : html`<div class=${`diff-line diff-${kind}`}>
        <span class="diff-number" aria-hidden="true">${number}</span
        ><span class="diff-sign">${kind === "add" ? "+" : kind === "remove" ? "−" : " "}</span
        ><code class="diff-text">${text}</code>
      </div>`
