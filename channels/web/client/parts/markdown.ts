/**
 * Markdown as templates: its tokens become elements one by one, and text stays text. No HTML is ever parsed, so what a model,
 * a tool or a stranger's file says can become no element, no attribute but a checked address, and no script.
 */
import { html, noChange, nothing, type TemplateResult } from "lit"
import { Directive, directive } from "lit/directive.js"
import { guard } from "lit/directives/guard.js"
import type { Token, Tokens } from "marked"
import { blocksOf, type Blocks, noBlocks } from "./blocks.ts"
import { codeView } from "./code.ts"
import { addressIn, decode } from "./inline.ts"

/** Of a growing text only the last blocks are read and drawn again. */
class MarkdownView extends Directive {
  #blocks: Blocks = noBlocks

  override render(text: string, isOpen = false): unknown {
    if (text === this.#blocks.text && isOpen === this.#blocks.isOpen) return noChange
    this.#blocks = blocksOf(text, isOpen, this.#blocks)
    const { tokens } = this.#blocks
    return tokens.map((token, index) => {
      const isLast = isOpen && index === tokens.length - 1
      return guard([token.raw, isLast], () => block(token as Tokens.Generic, isLast))
    })
  }
}

/** `markdownView(text, isOpen)`; `isOpen`: it still grows. */
export const markdownView = directive(MarkdownView)

const block = (token: Tokens.Generic, isOpen: boolean): unknown => {
  switch (token.type) {
    case "space":
    case "def":
    case "checkbox":
      return nothing
    case "heading":
      return heading(token.depth, inline(token.tokens))
    case "code":
      return codeView(token.text, /^\S*/.exec(token.lang ?? "")?.[0] ?? "", isOpen)
    case "list":
      return list(token as Tokens.List, isOpen)
    case "blockquote":
      return html`<blockquote>${blocks(token.tokens, isOpen)}</blockquote>`
    case "table":
      return table(token as Tokens.Table)
    case "hr":
      return html`<hr />`
    case "html":
      return html`<p class="raw">${token.text.trim()}</p>`
    case "text":
      return token.tokens === undefined ? decode(token.text) : inline(token.tokens)
    default:
      return html`<p>${token.tokens === undefined ? decode(token.text ?? token.raw) : inline(token.tokens)}</p>`
  }
}

const blocks = (tokens: ReadonlyArray<Token> = [], isOpen = false): unknown =>
  tokens.map((token, index) => block(token as Tokens.Generic, isOpen && index === tokens.length - 1))

/** The page has its own h1, and each reply stands below an h2. */
const heading = (depth: number, content: unknown): TemplateResult =>
  depth === 1
    ? html`<h3 class="md-1">${content}</h3>`
    : depth === 2
      ? html`<h4 class="md-2">${content}</h4>`
      : html`<h5 class="md-3">${content}</h5>`

const list = ({ ordered, start, items }: Tokens.List, isOpen: boolean): TemplateResult => {
  const content = items.map(
    (item, index) =>
      html`<li class=${item.task ? "task" : ""}>
        ${item.task ? html`<span role="img" aria-label=${item.checked ? "done" : "to do"}>${item.checked ? "☑" : "☐"}</span> ` : nothing}${blocks(item.tokens, isOpen && index === items.length - 1)}
      </li>`
  )
  return ordered
    ? html`<ol start=${Number(start) || 0}>
        ${content}
      </ol>`
    : html`<ul>
        ${content}
      </ul>`
}

const table = ({ header, rows }: Tokens.Table): TemplateResult => html`
  <div class="table" tabindex="0" role="group" aria-label="Table">
    <table>
      <thead>
        <tr>
          ${header.map((cell) => html`<th scope="col" class=${alignment(cell)}>${inline(cell.tokens)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td class=${alignment(cell)}>${inline(cell.tokens)}</td>`)}
            </tr>`
        )}
      </tbody>
    </table>
  </div>
`

const alignment = ({ align }: Tokens.TableCell): string => (align === null ? "" : `align-${align}`)

const inline = (tokens: ReadonlyArray<Token> = []): unknown => tokens.map((token) => word(token as Tokens.Generic))

const word = (token: Tokens.Generic): unknown => {
  switch (token.type) {
    case "strong":
      return html`<strong>${inline(token.tokens)}</strong>`
    case "em":
      return html`<em>${inline(token.tokens)}</em>`
    case "del":
      return html`<del>${inline(token.tokens)}</del>`
    case "codespan":
      return html`<code>${token.text}</code>`
    case "br":
      return html`<br />`
    case "checkbox":
      return nothing
    case "link":
    case "image":
      return link(token)
    case "html":
      return /^<br\s*\/?>$/i.test(token.text) ? html`<br />` : token.text
    default:
      return token.tokens === undefined ? decode(token.text ?? token.raw) : inline(token.tokens)
  }
}

/** A picture stays a link: to fetch it unasked would tell its server that it was read, and whatever the address says. */
const link = ({ type, href, text, tokens }: Tokens.Generic): unknown => {
  const words = type === "image" ? `picture: ${text || href}` : inline(tokens)
  const address = addressIn(href)
  if (address === undefined) return words
  return html`<a href=${address} target="_blank" rel="noopener noreferrer nofollow">${words}</a>`
}
