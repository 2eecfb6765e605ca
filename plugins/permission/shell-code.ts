/** Programs that can be given code, and programs that can be given anything. */
import { programName, shells, type ShellWord } from "./shell-wrapper.ts"

/** Interpreters of other languages, and the options with which code stands in the command line. */
const interpreters: ReadonlyArray<{ readonly name: RegExp; readonly inline: RegExp }> = [
  { name: /^(python|pypy)[\d.]*$/, inline: /^-[a-zA-Z]*c/ },
  { name: /^(node|nodejs|bun|deno)$/, inline: /^(-[a-z]*[ep]|--(eval|print)|eval$)|^(--(import|loader)=)?data:/ },
  { name: /^perl[\d.]*$/, inline: /^-[a-zA-Z0-9]*[eEMm]/ },
  { name: /^ruby[\d.]*$/, inline: /^-[a-zA-Z]*e/ },
  { name: /^php[\d.]*$/, inline: /^-[BERr]/ },
  {
    name: /^(lua|luajit|julia|Rscript|elixir|osascript|pwsh|powershell|tclsh|guile|groovy|scala|t?csh)[\d.]*$/i,
    inline: /^--?(e|c)/i
  },
  // A number of awk programs only print; these could start something.
  { name: /^[gmn]?awk$/, inline: /^(?!-)[^]*(system|getline|(?<!\|)\|(?!\|))/ },
  // The command e, and the flag e of s.
  { name: /^g?sed$/, inline: /^(?!-)[^]*((^|[\s;{}!$\d/])e(\s|$)|[^\w\s\\][\dgimpIMw]*e[\dgimpIMw]*\s*([;}\n]|$))/ }
]

/** Those that wait for their program on standard input when they are given none. */
const readsInput = /^(python|pypy|node(js)?|perl|ruby|php|lua|julia|tclsh|guile|t?csh)[\d.]*$/

/** Those that hand their arguments to a shell, here or on another machine. */
const shellRunners = new Set("at batch parallel runuser screen script sg ssh su tmux watch".split(" "))

/**
 * Whether a command is given code that is not read here.
 *
 * @returns how: in its arguments, or through its standard input.
 */
export const givenCode = (words: ReadonlyArray<ShellWord>): "arguments" | "input" | undefined => {
  const [name = "", ...rest] = words.map((word, at) => (at === 0 ? programName(word.text) : word.text))
  if (shellRunners.has(name)) return "arguments"
  if (!takesOnlyData(words) && rest.some((word) => shells.test(programName(word)))) return "arguments"
  const interpreter = interpreters.find((one) => one.name.test(name))
  if (interpreter === undefined) return undefined
  if (rest.some((word) => interpreter.inline.test(word))) return "arguments"
  const idle = rest.every((word) => word.startsWith("-") && !/^--?(version|help|[vVhm])$/.test(word))
  return readsInput.test(name) && idle ? "input" : undefined
}

/** Programs whose arguments are names and texts, never something to run. */
const plain = new Set(
  "[ basename cat cd chmod cp cut date df diff dirname du echo egrep fgrep file find grep head ls mkdir mv printf pwd realpath rm rmdir sleep stat tail test touch tr true false type uniq wc which".split(
    " "
  )
)
const plainOfGit = new Set(["add", "commit", "diff", "log", "show", "status", "tag"])

/** Whether a command's arguments can only be names and texts, so that a forbidden word among them means nothing. */
export const takesOnlyData = ([name, first]: ReadonlyArray<ShellWord>): boolean =>
  name !== undefined && (plain.has(name.text) || (name.text === "git" && plainOfGit.has(first?.text ?? "")))
