/** What a stranger's inline text may become: plain characters, and addresses that lead out of the page. */

/** @returns the address, if following it runs nothing: web pages and mail. */
export const addressIn = (href: unknown): string | undefined => {
  const url = typeof href === "string" ? URL.parse(href) : null
  return url !== null && /^(https?|mailto):$/.test(url.protocol) ? url.href : undefined
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  hellip: "…",
  mdash: "—",
  ndash: "–"
}

/** The references that occur in practice; all others stay as they are written. */
export const decode = (text: string): string =>
  text.includes("&")
    ? text.replace(/&(?:#(\d{1,7})|(\w{2,6}));/g, (entity, number: string | undefined, name: string) =>
        number === undefined ? (entities[name] ?? entity) : character(Number(number), entity)
      )
    : text

const character = (code: number, entity: string): string =>
  code >= 32 && code <= 0x10ffff ? String.fromCodePoint(code) : entity
