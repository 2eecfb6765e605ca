/**
 * A skill's text with the arguments it was given and the places it names.
 *
 * `$1` is the first argument, as commands have long been written. Claude Code counts from `$0` today (`$0`, `$ARGUMENTS[0]`): a text
 * in which `$0` stands is counted so. An argument that is missing leaves its sign where it was, and so does an amount of money.
 */

/** What a skill may name without knowing it; absolute paths. */
export interface Places {
  readonly folder: string
  /** The working folder. */
  readonly project: string | undefined
  /** The plugin it came with. */
  readonly plugin: { readonly folder: string; readonly data?: string } | undefined
  /** Id of the session. */
  readonly session: string | undefined
}

export interface Given extends Places {
  /** Behind the skill's name, as it was typed. */
  readonly text: string
  /** Names of the arguments, in their order, that the frontmatter declares. */
  readonly names: ReadonlyArray<string>
}

export interface Filler {
  /** A piece of the body. */
  readonly fill: (piece: string) => string
  /** What no sign has asked for in all pieces so far; it belongs at the end. */
  readonly rest: () => string
}

/** For a body that is filled in piece by piece: what an argument brings is never read again. */
export const filler = (body: string, given: Given): Filler => {
  const words = wordsIn(given.text)
  const first = /(?<![\\$\w])\$0(?!\w|[.,]\d)/.test(body) ? 0 : 1
  const all = given.text.trim()
  let used = false
  const use = (word: string | undefined, sign: string): string => {
    used ||= word !== undefined
    return word ?? sign
  }
  const named = (name: string, sign: string): string => {
    if (!given.names.includes(name)) return sign
    const word = words[given.names.indexOf(name)]
    // As in Claude Code a name without its argument is nothing, while a number stays.
    return word === undefined ? "" : use(word, sign)
  }
  return {
    fill: (piece) =>
      piece.replace(signs, (sign, escaped?: string, index?: string, whole?: string, number?: string, name?: string) => {
        if (escaped !== undefined) return isName(sign.slice(2), given.names) ? sign.slice(1) : sign
        if (index !== undefined) return use(words[Number(index)], sign)
        if (whole !== undefined) return use(all, sign)
        if (number !== undefined) return words.length === 0 ? sign : use(words[Number(number) - first], sign)
        return name === undefined ? placed(sign, given) : named(name, sign)
      }),
    rest: () => (used || all === "" ? "" : `\n\nARGUMENTS: ${all}\n`)
  }
}

const isName = (text: string, names: ReadonlyArray<string>): boolean =>
  /^(?:\d|ARGUMENTS)/.test(text) || names.includes(text)

/** Of a pattern, too: `Bash({baseDir}/scripts/*)`. */
export const placesIn =
  (at: Places) =>
  (text: string): string =>
    text.replace(places, (sign) => placed(sign, at))

const signs =
  /(\\)\$(?:\d|[A-Za-z_]\w*)|\$ARGUMENTS\[(\d{1,3})\]|\$(ARGUMENTS)(?!\w)|\$(\d{1,2})(?!\w|[.,]\d)|\$\{CLAUDE_[A-Z_]+\}|\{baseDir\}|\$([A-Za-z_]\w*)/g
const places = /\$\{CLAUDE_[A-Z_]+\}|\{baseDir\}/g

const placed = (sign: string, { folder, project, plugin, session }: Places): string => {
  const names: Readonly<Record<string, string | undefined>> = {
    "{baseDir}": folder,
    "${CLAUDE_SKILL_DIR}": folder,
    "${CLAUDE_PROJECT_DIR}": project,
    "${CLAUDE_PLUGIN_DATA}": plugin?.data,
    "${CLAUDE_PLUGIN_ROOT}": plugin?.folder,
    "${CLAUDE_SESSION_ID}": session
  }
  return names[sign] ?? sign
}

/** As a shell would part them; a quote that is not closed ends with the text. */
const wordsIn = (text: string): ReadonlyArray<string> => {
  const words: Array<string> = []
  for (const [, word = ""] of text.matchAll(/((?:"(?:\\.|\\$|[^"\\])*(?:"|$)|'[^']*(?:'|$)|\\.|\\$|[^\s"'\\])+)/gs))
    words.push(word.replace(/"((?:\\.|\\$|[^"\\])*)(?:"|$)|'([^']*)(?:'|$)|\\(.)/gs, unquoted))
  return words
}

const unquoted = (_: string, double?: string, single?: string, escaped?: string): string =>
  double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? escaped ?? ""
