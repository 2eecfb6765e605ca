/** The command line: which commands there are, and how the process ends. */
import { Command, CommanderError } from "commander"
import { chatOptions, runOptions } from "./agent-options.ts"
import { CliError, type Io } from "./io.ts"

/** Commands with subcommands of their own: their file is only read when they are asked for. */
const groups: ReadonlyArray<{
  readonly name: string
  readonly about: string
  readonly load: (io: Io, whole: () => Promise<Command>, version: string) => Promise<Command>
}> = [
  {
    name: "session",
    about: "list, show, draw, export and delete sessions",
    load: async (io) => (await import("./session.ts")).sessionCommand(io)
  },
  {
    name: "config",
    about: "read and change the configuration",
    load: async (io) => (await import("./config.ts")).configCommand(io)
  },
  {
    name: "plugin",
    about: "list, find, install, switch, write and check plugins",
    load: async (io) => (await import("./plugin.ts")).pluginCommand(io)
  },
  {
    name: "heal",
    about: "list, show, accept and undo what was mended",
    load: async (io) => (await import("./heal.ts")).healCommand(io)
  },
  {
    name: "models",
    about: "list the models that are known",
    load: async (io) => (await import("./models.ts")).modelsCommand(io)
  },
  {
    name: "providers",
    about: "list the providers and where their keys are looked up",
    load: async (io) => (await import("./providers.ts")).providersCommand(io)
  },
  {
    name: "auth",
    about: "store keys of providers, and see which there are",
    load: async (io) => (await import("./auth.ts")).authCommand(io)
  },
  {
    name: "mcp",
    about: "list, try, add and remove MCP servers, log in at them",
    load: async (io) => (await import("./mcp.ts")).mcpCommand(io)
  },
  {
    name: "skills",
    about: "list, show and check skills",
    load: async (io) => (await import("./skills.ts")).skillsCommand(io)
  },
  {
    name: "agents",
    about: "list, show and check agents",
    load: async (io) => (await import("./agents.ts")).agentsCommand(io)
  },
  {
    name: "context",
    about: "show what a new session here begins with: context files, tools, their tokens",
    load: async (io) => (await import("./context.ts")).contextCommand(io)
  },
  {
    name: "hooks",
    about: "list and try commands that are run at events",
    load: async (io) => (await import("./hooks.ts")).hooksCommand(io)
  },
  {
    name: "trust",
    about: "trust a folder's own configuration",
    load: async (io) => (await import("./trust.ts")).trustCommand(io)
  },
  {
    name: "a2a",
    about: "show the cards of other agents, and ask them",
    load: async (io) => (await import("./a2a.ts")).a2aCommand(io)
  },
  {
    name: "channel",
    about: "let clients of other programs talk to the agent: WebSocket, RPC",
    load: async (io, _, version) => (await import("./channel.ts")).channelCommand(io, version)
  },
  {
    name: "acp",
    about: "work in an editor: the Agent Client Protocol on standard input and output",
    load: async (io, _, version) => (await import("./channel-acp.ts")).acpCommand(io, version)
  },
  {
    name: "top",
    about: "watch what runs in your kintsugi processes",
    load: async (io) => (await import("./top.ts")).topCommand(io)
  },
  {
    name: "doctor",
    about: "check what a session needs",
    load: async (io) => (await import("./doctor.ts")).doctorCommand(io)
  },
  {
    name: "completion",
    about: "print a completion script for bash, zsh or fish",
    load: async (io, whole) => (await import("./completion.ts")).completionCommand(io, whole)
  }
]

/** In the place of a command's name: load all groups. */
const everything = "*"

export const program = async (io: Io, version: string, argv: ReadonlyArray<string>): Promise<Command> => {
  const kintsugi = new Command("kintsugi")
    .description("An agent that codes. What breaks is contained, mended where it can be, and every mend is shown.")
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError("(see kintsugi --help)")
    .action(async () => (await import("./begin.ts")).begin(io, version))

  const chat = chatOptions(kintsugi.command("chat").description("talk with the agent in this folder"))
  const run = runOptions(kintsugi.command("run").description("do one task and stop"))
  const flagsIn = await pluginFlags(io, argv, [chat, run])
  chat.action(async (options) => {
    if (options.apiKey !== undefined && options.connect === undefined)
      throw new CliError(2, "--api-key is the key of a server; say which with --connect")
    return options.connect === undefined
      ? (await import("./chat.ts")).chatCommand(io, version, { ...options, flags: flagsIn(options) })
      : (await import("./connect.ts")).connectCommand(io, version, options)
  })
  run.action(async (task, options) =>
    (await import("./run.ts")).runCommand(io, task, { ...options, flags: flagsIn(options) })
  )
  kintsugi
    .command("demo")
    .description("offline rehearsal: the model is scripted, all else is real")
    .action(async () => (await import("./demo.ts")).demoCommand(io))

  for (const { name, about, load } of groups) {
    kintsugi.addCommand(
      argv[0] === name || argv[0] === everything
        ? await load(io, () => program(io, version, [everything]), version)
        : new Command(name).description(about)
    )
  }
  return quiet(kintsugi, io)
}

/** Those of plugins are looked up when one may be meant, or all are to be shown. */
const pluginFlags = async (io: Io, [name, ...words]: ReadonlyArray<string>, commands: ReadonlyArray<Command>) => {
  const command = commands.find((one) => one.name() === name)
  const known = new Set(command?.options.map(({ long }) => long))
  const mayBeTheirs = (word: string): boolean => /^--[a-z]/.test(word) && !known.has(word.split("=", 1)[0])
  if (command === undefined || !words.some((word) => word === "-h" || mayBeTheirs(word))) return () => ({})
  const { flagsFor, offerFlags } = await import("./plugin-flags.ts")
  return offerFlags(command, await flagsFor(io, words))
}

/** Commander never ends the process and writes where it is told. */
const quiet = (command: Command, io: Io): Command => {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text)
  })
  command.commands.forEach((child) => quiet(child, io))
  return command
}

/** Runs one command line. @returns the exit code of DESIGN's table; never throws. */
export const run = async (argv: ReadonlyArray<string>, io: Io, version: string): Promise<number> => {
  try {
    await (await program(io, version, argv)).parseAsync([...argv], { from: "user" })
    return 0
  } catch (error) {
    // It may quote what strangers have written: names in a repository, what a server said.
    const say = async (text: string): Promise<boolean> =>
      io.stderr.write(`kintsugi: ${(await import("./printable.ts")).printable(text)}\n`)
    if (error instanceof CommanderError) {
      if (error.code === "commander.unknownOption" && (argv[0] === "chat" || argv[0] === "run"))
        io.stderr.write(
          `An option of a plugin is known once the plugin has run here; see: kintsugi ${argv[0]} --help\n`
        )
      return error.exitCode === 0 ? 0 : 2
    }
    if (error instanceof CliError) {
      if (error.message !== "") await say(error.message)
      return error.exitCode
    }
    if (isConfigError(error)) {
      await say(error.message)
      return 2
    }
    const text =
      error instanceof Error ? (io.env.KINTSUGI_DEBUG === undefined ? error.message : error.stack) : String(error)
    await say(String(text))
    return 1
  }
}

/** By name: the class lives in a file that most commands never load. */
const isConfigError = (error: unknown): error is Error => error instanceof Error && error.name === "ConfigError"

/** Runs the process's own command line and ends it, everything flushed. */
export const start = async (version: string): Promise<void> => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // Whoever read us has seen enough (`kintsugi … | head`), or the terminal is gone.
      if (error.code === "EPIPE" || error.code === "EIO") process.exit(0)
      throw error
    })
  }
  const { stdout, stderr, stdin, env } = process
  const code = await run(process.argv.slice(2), { stdout, stderr, stdin, env, cwd: process.cwd() }, version)
  await Promise.all([flushed(stdout), flushed(stderr)])
  process.exit(code)
}

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write("", () => resolve()))
