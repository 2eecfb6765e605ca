/** Patterns of `ask` and `deny`: whether a command may be what a pattern means, however it is written. */
import { type CommandPattern, isStar, literally, type PatternWord, wildcard } from "./command-pattern.ts"
import { fullPath } from "./path-pattern.ts"
import { takesOnlyData } from "./shell-code.ts"
import { type ShellCommand, type ShellLine, withInside } from "./shell-command.ts"
import { programName, type ShellWord } from "./shell-wrapper.ts"

/** `maybe`: it cannot be told before it runs. */
export type Match = "no" | "maybe" | "yes"

export const strongest = (matches: ReadonlyArray<Match>): Match =>
  matches.includes("yes") ? "yes" : matches.includes("maybe") ? "maybe" : "no"

/** @param text The line as it stands. @param cwd Where it is run: `./.env` and `/project/.env` may be the same. */
export const bans = (pattern: CommandPattern, line: ShellLine, text: string, cwd: string): Match => {
  if (pattern.exact !== undefined) return pattern.exact === text ? "yes" : "no"
  const [name, ...rest] = pattern.words
  const commands = line.commands
    .flatMap(withInside)
    .filter(({ sets }) => pattern.sets.every((word) => sets.some((set) => word.matches(set.text))))
  if (name === undefined) return commands.length > 0 || pattern.sets.length === 0 ? "yes" : "no"
  const isProgram = programTest(name)
  const isMentioned = mentionTest(name, rest)
  return strongest(
    commands.map((command) => {
      const [program] = command.words
      if (program !== undefined && isProgram(program)) return bansArguments(rest, command, cwd)
      return isMentioned(command) ? "maybe" : "no"
    })
  )
}

const bansArguments = (patterns: ReadonlyArray<PatternWord>, { words, reads }: ShellCommand, cwd: string): Match => {
  const rest = words.slice(1)
  const operands = patterns.filter((word) => !isOption(word) && !isStar(word))
  const [paths, subcommands] = [operands.filter(isPathLike), operands.filter((word) => !isPathLike(word))]
  return weakest([
    follows(subcommands, rest),
    ...paths.map((word) => holds(word, [...rest, ...reads], cwd)),
    optionsMatch(patterns.filter(isOption), rest)
  ])
}

const weakest = (matches: ReadonlyArray<Match>): Match =>
  matches.includes("no") ? "no" : matches.includes("maybe") ? "maybe" : "yes"

/** By its name wherever it lies; by its path when the pattern is one for several programs. */
const programTest = ({ text, literal }: PatternWord): ((word: ShellWord) => boolean) => {
  const byPath = !literal && text.includes("/")
  const test = like(byPath ? text : programName(text))
  return (word) => test(byPath ? word.text : programName(word.text))
}

/** Without regard to small and capital letters. */
const like = (text: string): ((word: string) => boolean) => {
  const matches = wildcard(text.toLowerCase().split("*"))
  return (word) => matches(word.toLowerCase())
}

const isOption = (word: { readonly text: string }): boolean => /^-./.test(word.text)

/** File names and addresses, which may stand anywhere among the arguments; other words (subcommands) stand at their place. */
const isPathLike = (word: PatternWord): boolean => /[/.~:*@]/.test(word.text)

/** Whether subcommands come in this order, with options and their values between them: `git -C folder push`. */
const follows = (patterns: ReadonlyArray<PatternWord>, words: ReadonlyArray<ShellWord>): Match => {
  const tests = patterns.map((word) => like(word.text))
  // How many were found, in each way of taking words for values of options; the numbers of those that end in an option apart.
  let [found, afterOption] = [new Set([0]), new Set<number>()]
  for (const word of words) {
    const all = new Set([...found, ...afterOption])
    if (all.has(tests.length)) return "yes"
    if (all.size === 0) return "no"
    if (!word.fixed) return "maybe"
    if (isOption(word)) [found, afterOption] = [new Set(), all]
    else
      [found, afterOption] = [
        new Set([...[...all].filter((at) => tests[at]?.(word.text)).map((at) => at + 1), ...afterOption]),
        new Set()
      ]
  }
  return found.has(tests.length) || afterOption.has(tests.length) ? "yes" : "no"
}

/** Whether a path or address is among the arguments, in any spelling. */
const holds = (pattern: PatternWord, words: ReadonlyArray<ShellWord>, cwd: string): Match => {
  const spellings = (text: string): ReadonlyArray<string> => [text, fullPath(text, cwd)]
  const tests = spellings(pattern.text).map(like)
  const match = (text: string): boolean => spellings(text).some((spelling) => tests.some((test) => test(spelling)))
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
  const matchOne = ({ text, matches }: PatternWord): Match => {
    if (given.some((one) => matches(one) || one.startsWith(`${text}=`))) return "yes"
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
const mentionTest = (name: PatternWord, rest: ReadonlyArray<PatternWord>): ((command: ShellCommand) => boolean) => {
  const words = [name, ...rest.filter((word) => word.literal && !isOption(word))]
  const tests = words.map(({ text }) => new RegExp(`(?<![\\w.-])${literally(text)}(?![\\w.-])`, "gi"))
  return ({ sets, words, inside }) => {
    const runnable = inside.length > 0 || takesOnlyData(words) ? sets : [...sets, ...words.slice(1)]
    const text = runnable.map((word) => word.text).join(" ")
    let from = 0
    return tests.every((test) => {
      test.lastIndex = from
      const hit = test.test(text)
      from = test.lastIndex
      return name.literal && hit
    })
  }
}
