/** Markdown as markup: its own HTML is text, its images are links, and links lead only where a browser may safely go. */
import type { Token, Tokens } from "marked"
import { decode, lex } from "../markdown-tokens.ts"
import { html, type Html } from "./html.ts"

export const markdown = (text: string): Html => {
  try {
    return html`<div class="prose">${blocks(lex(text))}</div>`
  } catch (error) {
    // Hostile nesting can exhaust the stack.
    if (error instanceof RangeError) return html`<pre>${text}</pre>`
    throw error
  }
}

const blocks = (tokens: ReadonlyArray<Token>): ReadonlyArray<Html | undefined> =>
  tokens.map((token) => block(token as Tokens.Generic))

const block = (token: Tokens.Generic): Html | undefined => {
  switch (token.type) {
    case "space":
    case "def":
    case "checkbox":
      return undefined
    case "heading":
      // The page's own headings are its turns; what a text calls one only looks like it.
      return html`<p class="heading"><strong>${inline(token)}</strong></p>`
    case "paragraph":
      return html`<p>${inline(token)}</p>`
    case "code":
      return html`<pre><code>${String(token.text)}</code></pre>`
    case "blockquote":
      return html`<blockquote>${blocks(token.tokens ?? [])}</blockquote>`
    case "list":
      return list(token as Tokens.List)
    case "table":
      return table(token as Tokens.Table)
    case "hr":
      return html`<hr />`
    case "html":
      return html`<p>${String(token.raw)}</p>`
    default:
      return token.tokens === undefined ? html`${decode(String(token.text ?? token.raw))}` : html`${inline(token)}`
  }
}

const list = ({ ordered, start, items }: Tokens.List): Html => {
  const rows = items.map(
    (item) => html`<li>${item.task ? (item.checked ? "☑ " : "☐ ") : ""}${blocks(item.tokens)}</li>`
  )
  return ordered
    ? html`<ol start="${Number(start) || 1}">
        ${rows}
      </ol>`
    : html`<ul>
        ${rows}
      </ul>`
}

const table = ({ header, rows }: Tokens.Table): Html => {
  const head = header.map((cell) => html`<th scope="col">${inline(cell)}</th>`)
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((cell) => html`<td>${inline(cell)}</td>`)}
      </tr>`
  )
  const whole = html`<table>
    <thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table>`
  return html`<div class="wide" tabindex="0" role="group" aria-label="table">${whole}</div>`
}

const inline = ({
  tokens,
  text
}: {
  readonly tokens?: ReadonlyArray<Token>
  readonly text?: string
}): ReadonlyArray<Html> =>
  tokens === undefined ? [html`${decode(text ?? "")}`] : tokens.map((token) => span(token as Tokens.Generic))

const span = (token: Tokens.Generic): Html => {
  switch (token.type) {
    case "strong":
      return html`<strong>${inline(token)}</strong>`
    case "em":
      return html`<em>${inline(token)}</em>`
    case "del":
      return html`<s>${inline(token)}</s>`
    case "codespan":
      return html`<code>${String(token.text)}</code>`
    case "br":
      return html`<br />`
    case "checkbox":
      return html``
    case "link":
      return link(html`${inline(token)}`, String(token.href))
    case "image":
      return link(html`[image: ${String(token.text || token.href)}]`, String(token.href))
    case "html":
      return html`${String(token.raw)}`
    default:
      return token.tokens === undefined ? html`${decode(String(token.text ?? token.raw))}` : html`${inline(token)}`
  }
}

/** What no browser should be sent to is told as text. */
const link = (words: Html, href: string): Html =>
  /^(https?:\/\/|mailto:)[^\s]+$/i.test(href)
    ? html`<a href="${href}" rel="noopener noreferrer nofollow">${words}</a>`
    : html`${words} (${href})`
