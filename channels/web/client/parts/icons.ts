/** Small drawings; what they mean is said in words beside them or in a label. */
import { svg, html, type SVGTemplateResult, type TemplateResult } from "lit"
import type { Theme } from "../theme.ts"

const icon = (body: SVGTemplateResult): TemplateResult => html`
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${body}</svg>
`

export const moon = (theme: Theme): TemplateResult =>
  icon(
    theme === "dark"
      ? svg`<path d="M13 10.2A5.8 5.8 0 0 1 5.8 3 5.8 5.8 0 1 0 13 10.2Z" fill="currentColor" />`
      : theme === "light"
        ? svg`<circle cx="8" cy="8" r="3.2" fill="currentColor" /><path d="M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6 13 13M13 3l-1.4 1.4M4.4 11.6 3 13" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" />`
        : svg`<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.4" /><path d="M8 2.4a5.6 5.6 0 0 1 0 11.2Z" fill="currentColor" />`
  )

export const clip = icon(
  svg`<path d="m13 7.4-5.2 5.2a3.2 3.2 0 0 1-4.6-4.5L8.700 2.600a2.100 2.100 0 0 1 3 3L6.300 11a1 1 0 0 1-1.500-1.400l4.700-4.700" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round" />`
)

export const arrowUp = icon(
  svg`<path d="M8 13V3.500M3.800 7.500 8 3.300l4.200 4.200" fill="none" stroke="currentColor" stroke-width="1.700" stroke-linecap="round" stroke-linejoin="round" />`
)

export const square = icon(svg`<rect x="4" y="4" width="8" height="8" rx="1.500" fill="currentColor" />`)
