/**
 * A skill's text with the arguments it was given and the places it names.
 *
 * `$1` is the first argument, as commands have long been written. Claude Code counts from `$0` today (`$0`, `$ARGUMENTS[0]`): a text
 * in which `$0` stands is counted so. An argument that is missing leaves its sign where it was, and so does an amount of money.
 */

export interface Given {
  /** Behind the skill's name, as it was typed. */
  readonly text: string
  /** Names of the arguments, in their order, that the frontmatter declares. */
  readonly names: ReadonlyArray<string>
  /** Absolute path of the skill's folder. */
  readonly folder: string
  /** Of the plugin it came with. */
  readonly pluginFolder?: string | undefined
}

/** Filled in at once: what an argument brings is never read again. */
export const fill = (body: string, { text, names, folder, pluginFolder }: Given): string => {
  const words = wordsIn(text)
  const first = /(?<![\\$\w])\$0(?!\w|[.,]\d)/.test(body) ? 0 : 1
  let used = false
  const use = (word: string | undefined, sign: string): string => {
    used ||= word !== undefined
    return word ?? sign
  }
  const filled = body.replace(
    signs,
    (sign, escaped?: string, index?: string, all?: string, number?: string, name?: string) => {
      if (escaped !== undefined) return sign.slice(1)
      if (index !== undefined) return use(words[Number(index)], sign)
      if (all !== undefined) return use(text.trim(), sign)
      if (number !== undefined) return words.length === 0 ? sign : use(words[Number(number) - first], sign)
      if (name !== undefined) return names.includes(name) ? use(words[names.indexOf(name)], sign) : sign
      return placed(sign, folder, pluginFolder)
    }
  )
  return used || text.trim() === "" ? filled : `${filled.trimEnd()}\n\nARGUMENTS: ${text.trim()}\n`
}

/** Of a pattern, too: `Bash({baseDir}/scripts/*)`. */
export const folderIn =
  (folder: string) =>
  (text: string): string =>
    text.replace(places, (sign) => placed(sign, folder, undefined))

const signs =
  /(\\)\$(?=\d|ARGUMENTS)|\$ARGUMENTS\[(\d{1,3})\]|\$(ARGUMENTS)(?!\w)|\$(\d{1,2})(?!\w|[.,]\d)|\$\{CLAUDE_(?:SKILL_DIR|PLUGIN_ROOT)\}|\{baseDir\}|\$([A-Za-z_]\w*)/g
const places = /\$\{CLAUDE_(?:SKILL_DIR|PLUGIN_ROOT)\}|\{baseDir\}/g

const placed = (sign: string, folder: string, pluginFolder: string | undefined): string =>
  sign === "${CLAUDE_PLUGIN_ROOT}" ? (pluginFolder ?? sign) : folder

/** As a shell would part them; a quote that is not closed ends with the text. */
const wordsIn = (text: string): ReadonlyArray<string> => {
  const words: Array<string> = []
  for (const [, word = ""] of text.matchAll(/((?:"(?:\\.|\\$|[^"\\])*(?:"|$)|'[^']*(?:'|$)|\\.|\\$|[^\s"'\\])+)/gs))
    words.push(word.replace(/"((?:\\.|\\$|[^"\\])*)(?:"|$)|'([^']*)(?:'|$)|\\(.)/gs, unquoted))
  return words
}

const unquoted = (_: string, double?: string, single?: string, escaped?: string): string =>
  double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? escaped ?? ""
