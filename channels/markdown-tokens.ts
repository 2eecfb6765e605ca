/** Markdown as tokens, whatever a stranger wrote. */
import { Lexer, type Token } from "marked"

export const lex = (markdown: string): ReadonlyArray<Token> => {
  try {
    return new Lexer({ gfm: true }).lex(markdown)
  } catch {
    // Hostile nesting can exhaust the parser's stack; such a text is shown as it stands.
    return [{ type: "text", raw: markdown, text: markdown }]
  }
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  nbsp: "\u00a0",
  hellip: "…"
}

/** What the commonest entities stand for. */
export const decode = (text: string): string =>
  text.includes("&") ? text.replace(/&(#39|\w{2,6});/g, (entity, name: string) => entities[name] ?? entity) : text
