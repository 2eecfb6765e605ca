/** Matchers as Claude Code reads them (code.claude.com/docs/en/hooks, "Matcher patterns"). */

/** It stands for names: letters, digits, `_`, `-` and blanks with `|` or `,` between them; nothing, or `*`, is all. Else it is a regular expression. */
export const isPlain = (matcher: string): boolean => /^(?:\s*\*\s*|[\w\s,|-]*)$/.test(matcher)

/** @throws SyntaxError */
export const patternOf = (matcher: string): RegExp => new RegExp(matcher)

/** Why a matcher can match nothing. */
export const matcherProblem = (matcher: string): string | undefined => {
  if (isPlain(matcher)) return undefined
  try {
    patternOf(matcher)
    return undefined
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return `the matcher ${JSON.stringify(matcher)} is no regular expression: ${said}`
  }
}
