/** What stands in for a description that nobody wrote. */

const longest = 500

/** The first paragraph of a Markdown text that is prose, in one line; without one, its first heading; empty without either. */
export const firstParagraph = (text: string): string => {
  const blocks = text
    .replace(/<!--[^]*?(?:-->|$)/g, "\n\n")
    .replace(/^(```|~~~)[^]*?(?:^\1[^\n]*$|$(?![^]))/gm, "\n\n")
    .replace(/^#{1,6}[ \t].*$/gm, "\n\n$&\n\n")
    .split(/\n\s*\n/)
    .map((block) => block.replace(/[\s\u0000-\u001F\u007F-\u009F]+/g, " ").trim())
    .filter((block) => /[\p{L}\p{N}]/u.test(block))
  const prose = blocks.find((block) => !/^(?:#{1,6} |[!|<]|\[!)/.test(block))
  const line = prose ?? blocks.find((block) => block.startsWith("#"))?.replace(/^#+ /, "") ?? ""
  return line.length > longest ? `${line.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, "")}…` : line
}
