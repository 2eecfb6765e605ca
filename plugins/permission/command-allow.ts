/** Patterns of `allow`: whether all that a shell line runs is allowed, with nothing in it that could be more. */
import { resolve } from "node:path"
import type { CommandPattern, PatternWord } from "./command-pattern.ts"
import type { ShellCommand, ShellLine } from "./shell-command.ts"
import { programName, type ShellWord } from "./shell-wrapper.ts"

/**
 * Every command anywhere in the line must be covered by a pattern or be harmless, and one at least be covered.
 *
 * @param text The line as it stands. @param cwd Where it is run.
 */
export const allows = (
  patterns: ReadonlyArray<CommandPattern>,
  line: ShellLine,
  text: string,
  cwd: string
): boolean => {
  if (patterns.some((pattern) => pattern.exact === text)) return true
  if (line.unknown.length > 0 || line.alters.length > 0) return false
  if (!line.writes.every((target) => target.fixed && devices.has(target.text))) return false
  const open = line.commands.filter((command) => !isHarmless(command, cwd))
  const covered = (command: ShellCommand) => isCovered(patterns, command, cwd)
  return open.every(covered) && (open.length > 0 || line.commands.some(covered))
}

/** Writing there changes nothing. */
const devices = new Set(["/dev/null", "/dev/stdout", "/dev/stderr"])

const isCovered = (patterns: ReadonlyArray<CommandPattern>, command: ShellCommand, cwd: string): boolean => {
  const { inside, reach, transparent } = command
  const covering = patterns.filter((pattern) => covers(pattern, command))
  if (inside.length === 0) return covering.length > 0
  // `sudo apt *` says what is run, `sudo *` does not.
  if (covering.some((pattern) => pattern.words[reach]?.literal)) return true
  if (!transparent && covering.length === 0) return false
  return inside.every((inner) => isHarmless(inner, cwd) || isCovered(patterns, inner, cwd))
}

/** Commands without any effect but on what the model reads, which stand beside others every day: `npm test 2>&1 | tail -20`. */
const harmless: Readonly<Record<string, RegExp>> = {
  ":": /^/,
  "[": /^/,
  echo: /^/,
  exit: /^(\d+|\$\?)?$/,
  false: /^$/,
  head: /^(-\d+|-[nc] ?[-+]?\d+)?$/,
  pwd: /^$/,
  set: /^[-+]([eux]+|[eux]*o pipefail)$/,
  sleep: /^[\d.]+[smhd]?$/,
  tail: /^(-\d+|-[nc] ?[-+]?\d+)?$/,
  test: /^/,
  true: /^$/,
  wc: /^(-[clmwL]+)?$/
}

export const isHarmless = ({ sets, words, inside, fed }: ShellCommand, cwd: string): boolean => {
  const [name, ...rest] = words.map((word) => word.text)
  if (name === undefined || inside.length > 0 || sets.length > 0 || fed || !words.every(isKnown)) return false
  if (name === "cd") return rest.length === 1 && rest[0]?.startsWith("/") === true && resolve(rest[0]) === cwd
  if (name === "command") return /^-[vV]$/.test(rest[0] ?? "")
  return Object.hasOwn(harmless, name) && harmless[name]?.test(rest.join(" ")) === true
}

/** It holds no expansion but `$?`, which is a number whatever happens. */
const isKnown = ({ text, fixed }: ShellWord): boolean =>
  fixed || (text.includes("$?") && !/[$`*?[{~]/.test(text.replaceAll("$?", "")))

/**
 * Options with which a command that reads writes or runs something else. A `*` at the end does not cover them: they must
 * stand in the rule.
 */
const escapes: Readonly<Record<string, ReadonlyArray<string>>> = {
  cargo: ["--config", "-C", "-Z"],
  find: ["-delete", "-fls", "-fprint", "-fprint0", "-fprintf"],
  git: ["--exec", "--ext-diff", "--open-files-in-pager", "-O", "--output", "--receive-pack", "--upload-pack"],
  go: ["-C", "-exec", "-toolexec", "-vettool"],
  npm: ["-C", "--globalconfig", "--node-options", "--prefix", "--script-shell", "--userconfig"],
  pnpm: ["-C", "--dir", "--script-shell"],
  rg: ["--pre", "--hostname-bin"],
  sort: ["--compress-program", "-o", "--output"],
  yarn: ["--cwd"]
}

/** Whether a word of such a command is, or abbreviates, or carries a value of such an option. */
const isEscape = (name: string, word: string): boolean => {
  const options = Object.hasOwn(escapes, name) ? (escapes[name] ?? []) : []
  const written = word.split("=", 1)[0] ?? ""
  return options.some((option) => {
    if (option.length === 2) return new RegExp(`^-[a-z]*${option[1]}`).test(word)
    return written === option || (written.length > 3 && written.startsWith("--") && option.startsWith(written))
  })
}

/** Whether a rule allows a command, all of its words. What it is given as input counts as one more. */
const covers = (pattern: CommandPattern, { sets, words, fed }: ShellCommand): boolean => {
  if (pattern.exact !== undefined || sets.length !== pattern.sets.length) return false
  const rest = words.slice(pattern.words.length)
  return (
    pattern.sets.every((word, at) => coversWord(word, sets[at])) &&
    pattern.words.every((word, at) => coversWord(word, words[at])) &&
    (pattern.open
      ? !rest.some((word) => isEscape(programName(words[0]?.text ?? ""), word.text))
      : rest.length === 0 && !fed)
  )
}

const coversWord = (pattern: PatternWord, word: ShellWord | undefined): boolean =>
  word !== undefined &&
  word.fixed &&
  pattern.matches(word.text) &&
  // A star must not lead out of the folder before it.
  (pattern.literal || pattern.text.includes("..") || !/(?<![\w.])\.\.(?![\w.])/.test(word.text))
