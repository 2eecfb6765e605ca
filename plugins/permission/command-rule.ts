/** What "always" adds for a shell command: the narrowest pattern that is still of use tomorrow. */
import { allows, isHarmless } from "./command-allow.ts"
import { readCommandPattern } from "./command-pattern.ts"
import type { ShellCommand, ShellLine } from "./shell-command.ts"
import type { ShellWord } from "./shell-wrapper.ts"

/** Commands called again and again with other arguments, which then matter little; `?` is any word. All others are taken word by word. */
const families: ReadonlyArray<ReadonlyArray<string>> = [
  "bun run ?",
  "bun test",
  "bundle exec rspec",
  "cargo bench",
  "cargo build",
  "cargo check",
  "cargo clippy",
  "cargo doc",
  "cargo fmt",
  "cargo run",
  "cargo test",
  "deno check",
  "deno lint",
  "deno test",
  "dotnet build",
  "dotnet test",
  "eslint",
  "git add",
  "git blame",
  "git commit",
  "git diff",
  "git log",
  "git ls-files",
  "git rev-parse",
  "git show",
  "git status",
  "go build",
  "go fmt",
  "go test",
  "go vet",
  "jest",
  "ls",
  "mypy",
  "npm run ?",
  "npm test",
  "npx eslint",
  "npx jest",
  "npx oxlint",
  "npx tsc",
  "npx vitest",
  "pnpm run ?",
  "pnpm test",
  "pytest",
  "python -m mypy",
  "python -m pytest",
  "python -m unittest",
  "python3 -m mypy",
  "python3 -m pytest",
  "python3 -m unittest",
  "rspec",
  "ruff check",
  "tsc",
  "uv run mypy",
  "uv run pytest",
  "vitest",
  "yarn run ?",
  "yarn test"
].map((family) => family.split(" "))

/** @param text The line as it stands. What is not one plain command comes back as exactly this text (`=…`). */
export const commandPatternFor = (line: ShellLine, text: string, cwd: string): string => {
  const commands = line.commands.filter((command) => !isHarmless(command, cwd)).flatMap(unwrapped)
  const suits = (pattern: string): boolean => {
    const read = readCommandPattern(pattern)
    return typeof read !== "string" && allows([read], line, text, cwd)
  }
  const [command] = commands
  return (command === undefined ? [] : patternsOf(command)).find(suits) ?? `=${text}`
}

const unwrapped = (command: ShellCommand): ReadonlyArray<ShellCommand> =>
  command.transparent ? command.inside.flatMap(unwrapped) : [command]

/** Its family, and the command word by word; none with a word that cannot stand in a pattern as it is. */
const patternsOf = ({ sets, words }: ShellCommand): ReadonlyArray<string> => {
  const family = families.find((one) => one.every((part, at) => isPart(part, words[at])))
  const start = family === undefined ? [] : [[...sets, ...words.slice(0, family.length), { text: "*", fixed: true }]]
  return [...start, [...sets, ...words]]
    .filter((pattern, at) => pattern.every((word) => isPlain(word) || (at < start.length && word.text === "*")))
    .map((pattern) => pattern.map((word) => word.text).join(" "))
}

const isPart = (part: string, word: ShellWord | undefined): boolean =>
  word !== undefined && (part === "?" ? !word.text.startsWith("-") : part === word.text)

const isPlain = ({ text, fixed }: ShellWord): boolean => fixed && /^[\w@%+=:,./-]+$/.test(text)
