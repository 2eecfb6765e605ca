/** A state as a shape and a colour; its word stands beside it. */
import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit"
import type { Look } from "./looks.ts"

const bodies: Readonly<Record<Look, SVGTemplateResult>> = {
  good: svg`<circle cx="6" cy="6" r="4.5" fill="currentColor" />`,
  busy: svg`<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" /><path d="M6 1.5a4.5 4.5 0 0 1 0 9Z" fill="currentColor" />`,
  warn: svg`<path d="M6 1 11.5 11H.5Z" fill="currentColor" />`,
  bad: svg`<rect x="1" y="1" width="10" height="10" rx="1.5" fill="currentColor" /><path class="shape-cut" d="m3.700 3.700 4.600 4.600m0-4.600-4.600 4.600" stroke-width="1.500" />`,
  rest: svg`<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" />`
}

export const shape = (look: Look): TemplateResult =>
  html`<svg
    class=${`shape look-${look}`}
    viewBox="0 0 12 12"
    width="12"
    height="12"
    aria-hidden="true"
    focusable="false"
  >
    ${bodies[look]}
  </svg>`
