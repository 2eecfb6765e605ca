/** Markup that nobody's text can become part of: whatever is put into it is escaped, unless it is markup already. */
import { printable } from "../cli/printable.ts"

export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Piece = Html | string | number | undefined | ReadonlyArray<Piece>

/** A template: its own text is markup, its values are not; `undefined` is nothing. */
export const html = (markup: TemplateStringsArray, ...values: ReadonlyArray<Piece>): Html =>
  new Html(markup.map((text, at) => text + (at < values.length ? rendered(values[at]) : "")).join(""))

const rendered = (piece: Piece): string => {
  if (piece === undefined) return ""
  if (piece instanceof Html) return piece.text
  if (typeof piece === "string") return escaped(piece)
  return typeof piece === "number" ? String(piece) : piece.map(rendered).join("")
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (sign) => entities[sign] ?? "")
