/** A session as one page that needs nothing else: no network, no script. It is made piece by piece and never held whole. */
import type { Points, JournalRow, SessionInfo } from "../../actors/journal.ts"
import { treeOf } from "../../actors/session-tree.ts"
import { type Told, toldIn } from "../../actors/told.ts"
import type { Spent } from "../../machines/events.ts"
import { oneLine } from "../cli/printable.ts"
import { type TreeRow, treeRows } from "../tree-rows.ts"
import { hidden } from "./hidden.ts"
import { html, Html } from "./html.ts"
import { costText, count, price, time } from "./parts.ts"
import { story } from "./story.ts"
import { style } from "./style.ts"

export interface PageParts {
  readonly info: SessionInfo
  /** Those that are told; asked for several times. */
  readonly rows: () => Iterable<JournalRow>
  /** All of the session, for its tree. */
  readonly all: () => Iterable<JournalRow>
  readonly points: Points
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

export function* page(parts: PageParts): Generator<string> {
  const { rows, hide } = parts
  const told: Array<number> = []
  let spent: Spent | undefined
  // The sums stand above what they are the sums of.
  for (const { row, context } of toldIn(rows)) {
    told.push(row.seq)
    spent = context.spent
  }
  const info = hidden(parts.info, hide)
  yield head(info).text
  yield facts(info, spent).text
  yield branches(parts, new Set(told)).text
  yield "<main>\n"
  for (const piece of story(hiding(toldIn(rows), hide))) yield piece.text
  yield html`</main><footer>Exported ${time(parts.now)} UTC by Kintsugi. Keys and what looks like one are left out.</footer>\n</body></html>\n`
    .text
}

function* hiding(all: Iterable<Told>, hide: PageParts["hide"]): Generator<Told> {
  for (const told of all) {
    const { row, notices } = told
    yield { ...told, row: hidden(row, hide), notices: hidden(notices, hide) }
  }
}

/** Nothing may be fetched and nothing run, whatever a browser finds in it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

const head = ({ title }: SessionInfo): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title || "A session"} · Kintsugi</title>
        <style>
          ${css}
        </style>
      </head>
      <body>
        <header><h1>${title || "A session"}</h1>
     `

const facts = (info: SessionInfo, spent: Spent | undefined): Html => {
  const { id, cwd, model, createdAt, updatedAt, parent } = info
  const models = Object.entries(spent?.models ?? {})
  return html`<dl>
      <dt>Session</dt>
      <dd>${id}</dd>
      <dt>Folder</dt>
      <dd>${cwd}</dd>
      <dt>Model</dt>
      <dd>${model}</dd>
      <dt>Time</dt>
      <dd>${time(createdAt)} to ${time(updatedAt)} UTC</dd>
      ${
        parent === undefined
          ? undefined
          : html`<dt>Task of</dt>
              <dd>${parent.session}</dd>`
      }
      ${
        spent === undefined
          ? undefined
          : html`<dt>Spent</dt>
              <dd>${price(spent)}</dd>`
      }
    </dl>
    ${models.length === 0 ? undefined : costs(models)}</header>`
}

const costs = (models: ReadonlyArray<[string, NonNullable<Spent["models"]>[string]]>): Html => {
  const rows = models.map(
    ([id, { requests, usage, cost, costAtLeast }]) =>
      html`<tr>
        <th scope="row">${id}</th>
        ${[count(requests), count(usage.input), count(usage.output), costText(cost, costAtLeast)].map((cell) => html`<td class="number">${cell}</td>`)}
      </tr>`
  )
  const heads = ["Model", "Requests", "Tokens in", "Tokens out", "Cost"].map((one) => html`<th scope="col">${one}</th>`)
  return html`<div class="wide" tabindex="0" role="group" aria-label="costs by model">
    <table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div> `
}

/** Rows of the tree at most. */
const mostRows = 2000

/** The tree, where there is more than one way through it. */
const branches = ({ all, points, hide }: PageParts, told: ReadonlySet<number>): Html => {
  const { nodes } = treeOf(all(), points)
  const isPlain = nodes.every(({ children, label }) => children.length < 2 && label === "")
  if (isPlain) return html``
  const rows = treeRows(nodes.map((node) => hidden(node, hide))).slice(0, mostRows)
  const items = rows.map((row) => point(row, told.has(Number(row.node.id))))
  const more = nodes.length > mostRows ? html`<li>… and ${nodes.length - mostRows} more</li>` : undefined
  return html`<nav aria-label="branches">
    <details open>
      <summary>Branches</summary>
      <ul class="tree">
        ${items}${more}
      </ul>
    </details>
  </nav> `
}

const marks = { user: "›", assistant: "●", summary: "∴" } as const

/** Characters of what was said that a row shows. */
const shown = 80

const point = ({ node, lead }: TreeRow, isHere: boolean): Html => {
  const { id, label, message, metadata } = node
  const words = `${marks[metadata.role]} ${oneLine(message.slice(0, 4 * shown), shown)}`
  const said = isHere ? html`<a href="#n${id}">${words}</a>` : html`${words}`
  const name = label === "" ? undefined : html` <strong>${label}</strong>`
  const here = metadata.head ? " (the conversation stands here)" : undefined
  return html`<li><span class="lead" aria-hidden="true">${lead}</span>${said}${name}${here}</li> `
}

const css = new Html(style)
