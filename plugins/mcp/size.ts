/** How large a stranger's value is, told without recursion: what is nested too deeply would overflow the stack of whoever reads it. */

export interface Most {
  /** Characters, about as JSON has them. */
  readonly characters: number
  /** Objects and lists within each other. */
  readonly depth: number
}

/** @returns its characters, or why it is too large. */
export const sizeOf = (value: unknown, most: Most): { readonly characters: number } | { readonly reason: string } => {
  let characters = 0
  let level: ReadonlyArray<unknown> = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most.depth) return { reason: `it is nested more than ${most.depth} deep` }
    const next: Array<unknown> = []
    for (const one of level) {
      characters += typeof one === "string" ? one.length + 2 : 4
      if (characters > most.characters) return { reason: `it is longer than ${most.characters} characters` }
      if (typeof one !== "object" || one === null) continue
      for (const [key, inner] of Object.entries(one)) {
        if (!Array.isArray(one)) characters += key.length + 4
        next.push(inner)
      }
    }
    level = next
  }
  return { characters }
}
