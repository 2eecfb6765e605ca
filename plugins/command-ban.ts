/** Patterns of `ask` and `deny`: whether a command may be what a pattern means, however it is written. */
import { basename, posix } from "node:path"
import { type CommandPattern, isStar, literally, type PatternWord } from "./command-pattern.ts"
import { takesOnlyData } from "./shell-code.ts"
import { type ShellCommand, type ShellLine, withInside } from "./shell-command.ts"
import { programName, type ShellWord } from "./shell-wrapper.ts"

/** `maybe`: it cannot be told before it runs. */
export type Match = "no" | "maybe" | "yes"

export const strongest = (matches: ReadonlyArray<Match>): Match =>
  matches.includes("yes") ? "yes" : matches.includes("maybe") ? "maybe" : "no"

/** @param text The line as it stands. @param cwd Where it is run: `./.env` and `/work/.env` may be the same. */
export const bans = (pattern: CommandPattern, line: ShellLine, text: string, cwd: string): Match => {
  if (pattern.exact !== undefined) return pattern.exact === text ? "yes" : "no"
  return strongest(line.commands.flatMap(withInside).map((command) => bansCommand(pattern, command, cwd)))
}

const bansCommand = (pattern: CommandPattern, command: ShellCommand, cwd: string): Match => {
  const { sets, words, reads } = command
  if (!pattern.sets.every((word) => sets.some((set) => word.test.test(set.text)))) return "no"
  const [name, ...rest] = pattern.words
  if (name === undefined) return "yes"
  const mentioned = mentions(pattern, command) ? "maybe" : "no"
  if (!isProgram(name, words[0])) return mentioned
  const options = rest.filter(isOption)
  const operands = rest.filter((word) => !isOption(word) && !isStar(word))
  return weakest([
    follows(
      operands.filter((word) => !isPathLike(word)),
      words.slice(1)
    ),
    ...operands.filter(isPathLike).map((word) => holds(word, [...words.slice(1), ...reads], cwd)),
    optionsMatch(options, words.slice(1))
  ])
}

const weakest = (matches: ReadonlyArray<Match>): Match =>
  matches.includes("no") ? "no" : matches.includes("maybe") ? "maybe" : "yes"

const isProgram = (pattern: PatternWord, word: ShellWord | undefined): boolean =>
  word !== undefined && like(baseOf(pattern.text)).test(programName(word.text))

const baseOf = (text: string): string => basename(text) || text

/** Without regard to small and capital letters. */
const like = (text: string): RegExp => new RegExp(`^${text.split("*").map(literally).join(".*")}$`, "is")

const isOption = (word: { readonly text: string }): boolean => /^-./.test(word.text)

/** File names and addresses, which may stand anywhere among the arguments; other words (subcommands) stand at their place. */
const isPathLike = (word: PatternWord): boolean => /[/.~:*@]/.test(word.text)

/** Whether subcommands come in this order, with options and their values between them: `git -C folder push`. */
const follows = (patterns: ReadonlyArray<PatternWord>, words: ReadonlyArray<ShellWord>): Match => {
  const [pattern, ...later] = patterns
  if (pattern === undefined) return "yes"
  const [word, ...rest] = words
  if (word === undefined) return "no"
  if (!word.fixed) return "maybe"
  const next = rest[0]
  if (isOption(word)) {
    const afterValue = next !== undefined && !isOption(next) ? follows(patterns, rest.slice(1)) : "no"
    return strongest([follows(patterns, rest), afterValue])
  }
  return like(pattern.text).test(word.text) ? follows(later, rest) : "no"
}

/** Whether a path or address is among the arguments, in any spelling. */
const holds = (pattern: PatternWord, words: ReadonlyArray<ShellWord>, cwd: string): Match => {
  const spellings = (text: string): ReadonlyArray<string> => [text, posix.resolve(cwd, text)]
  const tests = spellings(pattern.text).map(like)
  const match = (text: string): boolean => spellings(text).some((spelling) => tests.some((test) => test.test(spelling)))
  if (words.some((word) => word.fixed && match(word.text))) return "yes"
  const part = pattern.text.split("*").reduce((one, other) => (other.length > one.length ? other : one))
  const mention = new RegExp(`${literally(part)}${pattern.literal ? "(?!\\w)" : ""}`, "i")
  const unsure = words.some((word) => !word.fixed || (part.length > 1 && mention.test(word.text)))
  return unsure ? "maybe" : "no"
}

/** Whether all options are there: `-rf` is also `-r -f` and `-fr`; a long one may be another name of a short one. */
const optionsMatch = (patterns: ReadonlyArray<PatternWord>, words: ReadonlyArray<ShellWord>): Match => {
  const given = words.filter(isOption).map((word) => word.text)
  const long = given.filter((text) => text.startsWith("--"))
  const letters = given.filter((text) => !text.startsWith("--")).join("")
  const unsure = words.some((word) => !word.fixed)
  const matchOne = ({ text, test }: PatternWord): Match => {
    if (given.some((one) => test.test(one) || one.startsWith(`${text}=`))) return "yes"
    const short = !text.startsWith("--")
    if (short && text.length <= 4 && text.split("").every((letter) => letters.includes(letter))) return "yes"
    const renamed = short ? long.length > 0 : letters !== "" || long.some((one) => abbreviates(one, text))
    return unsure || renamed ? "maybe" : "no"
  }
  return weakest(patterns.map(matchOne))
}

const abbreviates = (given: string, option: string): boolean => {
  const name = given.split("=", 1)[0] ?? ""
  return name.length > 3 && option.startsWith(name)
}

/**
 * Whether the forbidden command stands anywhere in the arguments of a program that may run what it is given:
 * `ssh host 'rm x'`, `docker run image rm x`, `GIT_PAGER='rm x' git log`.
 */
const mentions = ({ words: [name, ...rest] }: CommandPattern, { sets, words, inside }: ShellCommand): boolean => {
  if (name === undefined || !name.literal) return false
  const parts = [name, ...rest.filter((word) => word.literal && !isOption(word))]
  const test = new RegExp(parts.map(({ text }) => `(?<![\\w.-])${literally(text)}(?![\\w.-])`).join("[^]*?"), "i")
  const runnable = inside.length > 0 || takesOnlyData(words) ? sets : [...sets, ...words.slice(1)]
  return test.test(runnable.map((word) => word.text).join(" "))
}
