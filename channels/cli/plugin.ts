/** `kintsugi plugin`: which plugins there are, and how they come and go. */
import { Command, Option } from "commander"
import type { Scope } from "./plugin/around.ts"
import type { Io } from "./io.ts"

interface Options {
  readonly json?: true
  readonly global?: true
  readonly local?: true
  readonly name?: string
  readonly javascript?: true
  readonly yes?: true
  readonly plugin?: string
}

export const pluginCommand = (io: Io): Command => {
  const group = new Command("plugin").description("list, find, install, switch, write and check plugins")
  const command = (usage: string, about: string): Command => group.command(usage).description(about)

  command("list", "all plugins, where they come from and how they are")
    .option("--json")
    .action(async ({ json }: Options) => (await import("./plugin/list.ts")).list(io, json))
  command("info <name>", "what a plugin brings, and where it lies")
    .option("--json")
    .action(async (name: string, { json }: Options) => (await import("./plugin/info.ts")).info(io, name, json))
  command("available", "plugins of our own that can be installed")
    .option("--json")
    .action(async ({ json }: Options) => (await import("./plugin/find.ts")).available(io, json))
  command("search [text...]", "ask the npm registry for plugins")
    .option("--json")
    .action(async (words: ReadonlyArray<string>, { json }: Options) =>
      (await import("./plugin/find.ts")).search(io, words, json)
    )
  const yes = "yes to what a plugin for Claude Code would run, without a question"
  scoped(command("install [spec...]", "a package, name@version, git address, tarball or folder; none: what is missing"))
    .option("--plugin <name>", "which one of a marketplace for Claude Code")
    .option("-y, --yes", yes)
    .option("--json")
    .action(async (specs: ReadonlyArray<string>, options: Options) =>
      (await import("./plugin/install.ts")).install(io, specs, scopeOf(options) ?? "global", options)
    )
  scoped(command("update [name...]", "install the newest versions of what is installed"))
    .option("-y, --yes", yes)
    .option("--json")
    .action(async (names: ReadonlyArray<string>, options: Options) =>
      (await import("./plugin/install.ts")).update(io, names, scopeOf(options) ?? "global", options)
    )
  scoped(command("uninstall <name...>", "by the name of the plugin or of its package")).action(
    async (names: ReadonlyArray<string>, options: Options) =>
      (await import("./plugin/install.ts")).uninstall(io, names, scopeOf(options))
  )
  for (const act of ["enable", "disable"] as const)
    scoped(command(`${act} <name...>`, act === "enable" ? "load it again" : "load it no more")).action(
      async (names: ReadonlyArray<string>, options: Options) =>
        (await import("./plugin/switch.ts")).switchPlugins(io, act, names, scopeOf(options) ?? "global")
    )
  command("init [dir]", "write a new plugin that works as it is")
    .option("--name <name>", "default: what the folder is called")
    .option("--javascript", "in place of TypeScript")
    .action(async (dir: string | undefined, options: Options) =>
      (await import("./plugin/init.ts")).init(io, dir ?? ".", options)
    )
  command("doctor [name-or-folder]", "load plugins, try their examples, say what is wrong and what to do")
    .option("--json")
    .action(async (name: string | undefined, { json }: Options) =>
      (await import("./plugin/doctor.ts")).doctor(io, name, json)
    )
  return group
}

const scoped = (command: Command): Command =>
  command
    .addOption(new Option("--global", "for you, in every folder (default)").conflicts("local"))
    .option("--local", "for this folder")

const scopeOf = ({ global: isGlobal, local }: Options): Scope | undefined =>
  local ? "local" : isGlobal ? "global" : undefined
