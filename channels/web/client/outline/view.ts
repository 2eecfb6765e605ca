/** Draws an outline as an ARIA tree. The focus stays on the tree itself, so that nothing is lost when rows come and go. */
import { html, nothing, type TemplateResult } from "lit"
import { repeat } from "lit/directives/repeat.js"
import { currentRow, goTo, type Item, type Outline, press, type Row, rowsOf, toggle } from "./outline.ts"

export interface OutlineParts<Of> {
  /** Unique in the page. */
  readonly id: string
  readonly label: string
  readonly items: ReadonlyArray<Item<Of>>
  /** As it is at the moment: several keys may be pressed before the page is drawn again. */
  readonly outline: () => Outline
  /** What stands in a row; nothing in it can be focused. */
  readonly row: (row: Row<Of>) => TemplateResult
  readonly onWalk: (outline: Outline) => void
  /** The enter key. */
  readonly onEnter: (row: Row<Of>) => void
}

export const outlineView = <Of>(parts: OutlineParts<Of>): TemplateResult => {
  const { id, label, items } = parts
  const outline = parts.outline()
  const rows = rowsOf(items, outline)
  const current = currentRow(rows, outline)
  return html`<ul
    class="outline"
    role="tree"
    tabindex="0"
    aria-label=${label}
    aria-activedescendant=${current === undefined ? nothing : domId(id, current)}
    @click=${show}
    @keydown=${(event: KeyboardEvent) => onKey(parts, event)}
  >
    ${repeat(
      rows,
      ({ item }) => item.id,
      (row) => rowView(parts, row, row === current, outline.way.length > 0)
    )}
  </ul>`
}

const domId = (id: string, { item }: Row): string => `${id}-${encodeURIComponent(item.id)}`

const rowView = <Of>(
  { id, outline, row, onWalk }: OutlineParts<Of>,
  at: Row<Of>,
  isCurrent: boolean,
  isAnyChosen: boolean
) =>
  html`<li
    id=${domId(id, at)}
    role="treeitem"
    class=${isCurrent ? "is-current" : ""}
    aria-level=${at.way.length}
    aria-posinset=${at.position}
    aria-setsize=${at.size}
    aria-expanded=${at.isOpen === undefined ? nothing : String(at.isOpen)}
    aria-selected=${String(isCurrent && isAnyChosen)}
    @click=${() => onWalk(goTo(outline(), at))}
  >
    ${at.way.slice(1).map(() => html`<span class="outline-rail"></span>`)}
    <span
      class="outline-twist"
      aria-hidden="true"
      @click=${(event: Event) => {
        event.stopPropagation()
        onWalk(toggle(goTo(outline(), at), at))
      }}
    ></span>
    <div class="outline-row">${row(at)}</div>
  </li>`

const onKey = <Of>({ items, outline: now, onWalk, onEnter }: OutlineParts<Of>, event: KeyboardEvent): void => {
  if (event.ctrlKey || event.altKey || event.metaKey) return
  const outline = now()
  const rows = rowsOf(items, outline)
  const current = currentRow(rows, outline)
  if (event.key === "Enter" && current !== undefined) {
    event.preventDefault()
    return onEnter(current)
  }
  const next = press(outline, rows, { key: event.key, at: event.timeStamp })
  if (next === undefined) return
  event.preventDefault()
  onWalk(next)
  show(event)
}

/** What is shown of the place may cover it. */
const show = ({ currentTarget: tree }: Event): void => {
  if (tree instanceof HTMLElement)
    afterDrawing(() => tree.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }))
}

/** The page is drawn in the next animation frame. */
export const afterDrawing = (work: () => void): void => void requestAnimationFrame(() => requestAnimationFrame(work))
