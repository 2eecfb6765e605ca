/** Flags of plugins on the command line: offered beside ours, which win, and handed on as they were given. */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { Command, Option } from "commander"
import { folders, homeOf } from "../../actors/folders.ts"
import type { PluginFlag } from "../../plugins/extensions.ts"
import { chatOptions, runOptions } from "./agent-options.ts"
import type { Io } from "./io.ts"
import { oneLine, printable } from "./printable.ts"

export type FlagOfPlugin = PluginFlag & { readonly plugin: string }

export type FlagValues = Readonly<Record<string, string | boolean>>

/** Names that `chat` or `run` has an option of, and what every command has. */
const ownFlags = (): ReadonlySet<string> => {
  const commands = [chatOptions(new Command()), runOptions(new Command())]
  const names = commands.flatMap(({ options }) => options.map(({ long }) => (long ?? "").slice("--".length)))
  return new Set([...names, "help", "version"])
}

interface Sorted {
  readonly usable: ReadonlyArray<FlagOfPlugin>
  /** Why the others are ignored, a line each. */
  readonly clashes: ReadonlyArray<string>
}

export const sortFlags = (flags: ReadonlyArray<FlagOfPlugin>): Sorted => {
  const own = ownFlags()
  const problems = flags.map((flag, at) => problemOf(flag, own, flags.slice(0, at)))
  return {
    usable: flags.filter((_, at) => problems[at] === undefined),
    clashes: flags.flatMap(({ name, plugin }, at) => {
      const problem = problems[at]
      return problem === undefined
        ? []
        : [printable(oneLine(`--${name} of plugin ${plugin} is ignored: ${problem}`, 200))]
    })
  }
}

const problemOf = (
  { name }: FlagOfPlugin,
  own: ReadonlySet<string>,
  before: ReadonlyArray<FlagOfPlugin>
): string | undefined => {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return "it is no name of a flag"
  // Commander would read it as the opposite of another flag.
  if (name.startsWith("no-")) return "a name that begins with no- is the opposite of a flag"
  if (own.has(name)) return "kintsugi has a flag of this name"
  const first = before.find((other) => other.name === name)
  return first === undefined ? undefined : `plugin ${first.plugin} has a flag of this name`
}

/** Adds to a command what the plugins that are known offer. @returns reads their values out of the parsed options. */
export const offerFlags = (command: Command, flags: ReadonlyArray<FlagOfPlugin>) => {
  const { usable, clashes } = sortFlags(flags)
  const offered = usable.map((flag) => ({ name: flag.name, options: optionsOf(flag) }))
  for (const option of offered.flatMap(({ options }) => options)) command.addOption(option)
  if (clashes.length > 0) command.addHelpText("after", `\n${clashes.join("\n")}`)
  return (parsed: Readonly<Record<string, unknown>>): FlagValues =>
    Object.fromEntries(
      offered.flatMap(({ name, options: [option] }) => {
        const value = option && parsed[option.attributeName()]
        return typeof value === "string" || typeof value === "boolean" ? [[name, value]] : []
      })
    )
}

/** One that is on by default can be switched off, too. */
const optionsOf = ({ name, type, description, plugin, default: given }: FlagOfPlugin): ReadonlyArray<Option> => {
  const about = printable(oneLine(`${description} (plugin ${plugin})`, 200))
  const written = [type === "string" ? `--${name} <value>` : `--${name}`, ...(given === true ? [`--no-${name}`] : [])]
  return written.map((flags) => new Option(flags, about).helpGroup("Options of plugins:"))
}

/** Of the folder that a command line names. Never fails. */
export const flagsFor = async (io: Io, argv: ReadonlyArray<string>): Promise<ReadonlyArray<FlagOfPlugin>> => {
  const place = { cwd: resolve(io.cwd, folderIn(argv) ?? "."), env: io.env, home: homeOf(io.env) }
  // What finds plugins costs a fifth of the time that --help takes: it is not loaded where there are none.
  const homes = [join(place.cwd, ".kintsugi", "plugins"), join(folders(place).config, "plugins")]
  if (!homes.some((folder) => existsSync(folder))) return []
  return (await import("../../actors/plugin/known-flags.ts")).knownFlags(place)
}

const folderIn = (argv: ReadonlyArray<string>): string | undefined => {
  const at = argv.findIndex((word) => /^(-C|--cd)/.test(word))
  const word = argv[at] ?? ""
  if (word === "-C" || word === "--cd") return argv[at + 1]
  return word.startsWith("--cd=") ? word.slice("--cd=".length) : word.startsWith("-C") ? word.slice(2) : undefined
}
