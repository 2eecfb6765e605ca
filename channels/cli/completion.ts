/** `kintsugi completion`: scripts that complete commands and options in bash, zsh and fish, made from the commands themselves. */
import { Argument, Command } from "commander"
import type { Io } from "./io.ts"

const shells = ["bash", "zsh", "fish"] as const

type Shell = (typeof shells)[number]

/** @param everything Makes the whole command tree, all groups loaded. */
export const completionCommand = (io: Io, everything: () => Promise<Command>): Command =>
  new Command("completion")
    .description("print a completion script: add `source <(kintsugi completion bash)` to ~/.bashrc")
    .addArgument(new Argument("<shell>").choices(shells))
    .action(async (shell: Shell) => {
      const places = placesOf(await everything())
      io.stdout.write(
        shell === "fish"
          ? fish(places)
          : shell === "zsh"
            ? `autoload -U +X bashcompinit && bashcompinit\n${bash(places)}`
            : bash(places)
      )
    })

interface Word {
  readonly text: string
  readonly about: string
}

/** What may follow a line of commands, such as `kintsugi session`. */
interface Place {
  /** Names of commands, without `kintsugi` itself. */
  readonly path: ReadonlyArray<string>
  readonly words: ReadonlyArray<Word>
}

const placesOf = (command: Command, path: ReadonlyArray<string> = []): ReadonlyArray<Place> => {
  const commands = command.commands.map((child) => ({ text: child.name(), about: child.description() }))
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => ({ text: long ?? short ?? "", about: description }))
  const below = command.commands.flatMap((child) => placesOf(child, [...path, child.name()]))
  return [{ path, words: [...commands, ...options, { text: "--help", about: "display help" }] }, ...below]
}

const bash = (places: ReadonlyArray<Place>): string => {
  const cases = places.map(
    ({ path, words }) => `    "${path.join(" ")}") words="${words.map(({ text }) => text).join(" ")}" ;;`
  )
  return `_kintsugi() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _kintsugi kintsugi
`
}

const fish = (places: ReadonlyArray<Place>): string => {
  const line = (path: ReadonlyArray<string>, { text, about }: Word): string => {
    const when =
      path.length === 0
        ? "__fish_use_subcommand"
        : path.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ")
    const what = text.startsWith("--") ? `-l ${text.slice(2)}` : `-a ${text}`
    return `complete -c kintsugi -n '${when}' ${what} -d '${about.replaceAll("'", "\\'")}'`
  }
  return `${places.flatMap(({ path, words }) => words.map((word) => line(path, word))).join("\n")}\n`
}
