/** A plan as a checklist. */
import { html, nothing, type TemplateResult } from "lit"
import type { PlanView, StepState } from "../../../../plugins/plan-view.ts"

const marks: Readonly<Record<StepState, string>> = { pending: "○", running: "◐", done: "✓", failed: "✗", skipped: "–" }

export const planView = ({ goal, steps }: PlanView): TemplateResult => html`
  <section class="card plan" aria-label="Plan">
    <h2 class="card-title">${goal}</h2>
    <ol>
      ${steps.map(
        ({ text, state, note }) =>
          html`<li class=${`step step-${state}`}>
            <span role="img" aria-label=${state}>${marks[state]}</span>
            <span
              >${text}${note === undefined || note === "" ? nothing : html` <span class="muted">${note}</span>`}</span
            >
          </li>`
      )}
    </ol>
  </section>
`
