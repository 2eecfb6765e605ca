/** Code in colours: strings, comments, numbers and the words that most languages share. Nothing is parsed, so nothing can fail. */
import type { Line, Span, Style } from "./text.ts"

const words =
  "abstract as async await break case catch class const continue def default defer del do done elif else end enum esac except export extends " +
  "extern false fi finally fn for foreach from func function global go goto if impl implements import in include interface is lambda let loop " +
  "match mod module mut namespace new nil none not null of or package pass private protected pub public raise readonly require return select self " +
  "static struct super switch then this throw trait true try type typedef typeof undefined union unless until use using var virtual void when " +
  "where while with yield and None True False SELECT FROM WHERE INSERT UPDATE DELETE CREATE TABLE JOIN GROUP ORDER BY INTO VALUES SET AND OR NOT NULL"

const keywords = new Set(words.split(" "))

/** Languages whose lines may begin a comment with `#`; elsewhere it means something else. */
const hashLanguages =
  /^(py|python|sh|bash|zsh|shell|console|ruby|rb|perl|r|yaml|yml|toml|make|makefile|dockerfile|docker|nix|elixir|ini|conf|)$/i
const dashLanguages = /^(sql|lua|haskell|hs|ada|elm)$/i
const plainLanguages = /^(text|txt|plain|plaintext|md|markdown|log|csv)$/i

/** One match is one token; what lies between is plain. */
const patternOf = (language: string): RegExp => {
  const comment = hashLanguages.test(language)
    ? "(?<![\\S])#[^\\n]*"
    : dashLanguages.test(language)
      ? "--[^\\n]*"
      : "(?<!:)//[^\\n]*|/\\*[^]*?(?:\\*/|$)"
  const string = "\"(?:\\\\[^]|[^\"\\\\\\n])*\"|'(?:\\\\[^]|[^'\\\\\\n])*'|`(?:\\\\[^]|[^`\\\\])*`"
  return new RegExp(
    `(?<comment>${comment})|(?<string>${string})|(?<number>\\b\\d[\\w.]*\\b)|(?<word>[A-Za-z_$][\\w$]*)`,
    "g"
  )
}

const styles: Readonly<Record<string, Style>> = {
  comment: { dim: true, italic: true },
  string: { tone: "string" },
  number: { tone: "number" },
  word: { tone: "keyword" }
}

export const highlight = (code: string, language: string): ReadonlyArray<Line> => {
  if (/^(diff|patch)$/i.test(language)) return code.split("\n").map(diffLine)
  if (plainLanguages.test(language) || language === "")
    return code.split("\n").map((text) => (text === "" ? [] : [{ text }]))
  const lines: Array<Array<Span>> = [[]]
  const add = (text: string, style?: Style): void =>
    text.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([])
      if (part !== "") lines.at(-1)?.push(style === undefined ? { text: part } : { text: part, style })
    })
  let at = 0
  for (const match of code.matchAll(patternOf(language))) {
    const [kind = ""] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? []
    add(code.slice(at, match.index))
    add(match[0], kind === "word" && !keywords.has(match[0]) ? undefined : styles[kind])
    at = match.index + match[0].length
  }
  add(code.slice(at))
  return lines
}

const diffLine = (text: string): Line => {
  if (text.startsWith("+")) return [{ text, style: { tone: "good" } }]
  if (text.startsWith("-")) return [{ text, style: { tone: "bad" } }]
  return text.startsWith("@@") ? [{ text, style: { tone: "info" } }] : text === "" ? [] : [{ text }]
}
