/** Shows what would hide or reorder text: whoever is asked must see what is really there. */

/** Control characters but tab and newline, marks of writing direction, and what takes no room. */
const hidden = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

export const reveal = (text: string): string =>
  text.replace(
    hidden,
    (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`
  )
