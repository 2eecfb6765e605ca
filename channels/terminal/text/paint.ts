/** Styled lines as the bytes a terminal understands, in as many colours as it has. */
import type { Line, Style, Tone } from "./text.ts"

export interface Theme {
  /** Colours beyond plain text: none, the sixteen of the terminal's own palette, or 256. */
  readonly colors: 0 | 16 | 256
  readonly background: "dark" | "light" | "unknown"
  /** The terminal opens links written as OSC 8. */
  readonly links: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** Chosen from `ui.theme` and what the environment says about the terminal. */
export const themeOf = (setting: "auto" | "dark" | "light", env: Environment): Theme => ({
  colors: colorsOf(env),
  background: setting === "auto" ? backgroundOf(env) : setting,
  links: hasLinks(env)
})

/** https://no-color.org and https://force-color.org: set and not empty counts. */
const colorsOf = (env: Environment): Theme["colors"] => {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "" && env.FORCE_COLOR !== "0"
  if (!forced && ((env.NO_COLOR ?? "") !== "" || env.FORCE_COLOR === "0" || env.TERM === "dumb")) return 0
  return /256|kitty|ghostty|alacritty|direct/.test(env.TERM ?? "") || (env.COLORTERM ?? "") !== "" ? 256 : 16
}

/** `COLORFGBG` is "foreground;background" in palette numbers; 7 and 15 are the light greys and white. */
const backgroundOf = (env: Environment): Theme["background"] => {
  const background = env.COLORFGBG?.split(";").at(-1)
  if (background === undefined || background === "") return "unknown"
  return background === "7" || background === "15" ? "light" : "dark"
}

const linkTerminals = /^(iTerm\.app|WezTerm|vscode|ghostty|Hyper|rio|Tabby)$/

const hasLinks = (env: Environment): boolean => {
  if (env.FORCE_HYPERLINK !== undefined) return env.FORCE_HYPERLINK !== "0"
  if (env.TERM === "dumb" || env.TMUX !== undefined || env.STY !== undefined) return false
  return (
    linkTerminals.test(env.TERM_PROGRAM ?? "") ||
    /kitty|ghostty|alacritty|foot/.test(env.TERM ?? "") ||
    Number(env.VTE_VERSION ?? 0) >= 5000 ||
    env.WT_SESSION !== undefined ||
    env.KONSOLE_VERSION !== undefined
  )
}

/** SGR parameters from the terminal's own palette, which suits its background whatever that is. */
const palette: Readonly<Record<Exclude<Tone, "accent">, string>> = {
  good: "32",
  bad: "31",
  warn: "33",
  info: "36",
  keyword: "35",
  string: "32",
  number: "36"
}

/** The gold of the seams; the one of an unknown background can be read on both. */
const gold = { dark: "38;5;179", light: "38;5;130", unknown: "38;5;172" } as const

const sgr = (style: Style, theme: Theme): string => {
  if (theme.colors === 0) return ""
  const codes: Array<string> = []
  if (style.bold) codes.push("1")
  if (style.dim) codes.push("2")
  if (style.italic) codes.push("3")
  if (style.underline) codes.push("4")
  if (style.inverse) codes.push("7")
  if (style.strike) codes.push("9")
  if (style.tone === "accent") codes.push(theme.colors === 256 ? gold[theme.background] : "33")
  else if (style.tone !== undefined) codes.push(palette[style.tone])
  return codes.join(";")
}

/** The last gate: whatever came this far, no control character leaves except those written here. */
const controls = /[\u0000-\u001f\u007f-\u009f]/g

/** Printable ASCII without what could end the sequence early; other characters are percent-encoded. */
const address = (link: string): string | undefined => {
  if (!/^(https?|mailto|file):/i.test(link)) return undefined
  return link
    .replace(controls, "")
    .toWellFormed()
    .replace(/[^\x21-\x7e]/gu, encodeURIComponent)
}

const paintSpan = (text: string, style: Style | undefined, theme: Theme): string => {
  const safe = text.replace(controls, "")
  if (style === undefined) return safe
  const codes = sgr(style, theme)
  const colored = codes === "" ? safe : `\u001b[${codes}m${safe}\u001b[0m`
  const target = style.link === undefined || !theme.links ? undefined : address(style.link)
  return target === undefined ? colored : `\u001b]8;;${target}\u0007${colored}\u001b]8;;\u0007`
}

export const paint = (line: Line, theme: Theme): string =>
  line.map(({ text, style }) => paintSpan(text, style, theme)).join("")

export const paintAll = (lines: ReadonlyArray<Line>, theme: Theme): string =>
  lines.map((line) => paint(line, theme)).join("\n")
