/** `kintsugi acp`, or `kintsugi channel acp`: the agent in an editor, over the Agent Client Protocol. */
import { rmSync } from "node:fs"
import { Command, Option } from "commander"
import { folders, homeOf, journalFile, outputFolder } from "../../actors/folders.ts"
import type { Journal } from "../../actors/journal.ts"
import { keyFileIn } from "../../actors/keys/key-file.ts"
import { openKeyStore } from "../../actors/keys/key-store.ts"
import { modes } from "../../plugins/permission.ts"
import type { Acp, AcpParts } from "../acp/serve.ts"
import type { Output } from "../acp/stdio.ts"
import type { HealthSource } from "../health/handler.ts"
import { blindness } from "./blindness.ts"
import { CliError, type Io } from "./io.ts"
import { lookable } from "./lookable.ts"
import { listModels } from "./models.ts"
import { howToConfigure, prepare } from "./runtime.ts"
import { type AgentPart, debugLog, signals } from "./serving.ts"

export const addAcpChannel = (channel: Command, io: Io, version: string): void => {
  channel.addCommand(acpCommand(io, version))
}

export const acpCommand = (io: Io, version: string): Command => {
  const acp = new Command("acp")
    .description("work in an editor: the Agent Client Protocol on standard input and output")
    .option("-m, --model <id>", "provider/model of new sessions")
    .addOption(new Option("--permissions <mode>", "what may be done without asking").choices([...modes]))
    .action((options: AgentPart) => serve(io, version, options))
  acp
    .command("login")
    .description("store a key, as kintsugi auth login does: for editors that offer a terminal for it")
    .argument("[provider]", "its id, as in kintsugi providers")
    .action(async (provider: string | undefined) => (await import("./auth-login.ts")).login(io, provider, []))
  return acp
}

const serve = async (io: Io, version: string, options: AgentPart): Promise<void> => {
  const { serveAcp } = await import("../acp/serve.ts")
  if (io.stdin.isTTY === true)
    io.stderr.write("An editor starts this and speaks JSON-RPC with it; to talk to the agent here: kintsugi chat\n")
  const { output, restore } = ownOutput(io)
  const journal = lazyJournal(io)
  const acp = serveAcp({ ...partsOf(io, options, journal.open), input: io.stdin, output, version })
  const looked = lookable(io, healthIn(acp))
  const asked = signals(() => acp.stop())
  try {
    const code = await Promise.race([acp.ended, asked.code])
    await acp.ended
    if (typeof code === "number") throw new CliError(code, "")
  } finally {
    asked.off()
    looked.close()
    journal.close()
    restore()
  }
}

type World = Omit<AcpParts, "input" | "output" | "version">

const partsOf = (io: Io, options: AgentPart, journal: () => Promise<Journal>): World => {
  const { data } = folders({ env: io.env, home: homeOf(io.env) })
  return {
    journal,
    open: async (cwd, servers) => {
      const { runtime, notices, settings } = await prepare({ ...io, cwd }, options, (configured) => ({
        ...configured,
        mcp: { ...configured.mcp, servers: { ...configured.mcp.servers, ...servers } }
      }))
      const how = "The option model, or -m, chooses another"
      return { runtime, notices, blindness: (view, content) => blindness(view, content, settings.llm, how) }
    },
    isReady: async () => {
      const { runtime } = await prepare(io, options)
      await runtime.close()
      return runtime.model !== undefined
    },
    forget: (ids) => forget(data, ids),
    models: (cwd) => listModels({ ...io, cwd }),
    howToLogin: () => howToConfigure(openKeyStore(keyFileIn(data)), io.env),
    login: { args: ["login"], command: [process.execPath, ...process.argv.slice(1, 2), "auth", "login"] },
    log: debugLog(io)
  }
}

/** What prints to standard output, a plugin or a library, would break the protocol: it goes to standard error. */
const ownOutput = ({ stdout, stderr }: Io): { readonly output: Output; readonly restore: () => void } => {
  const { write } = stdout
  stdout.write = ((...printed: Parameters<typeof write>) => stderr.write(...printed)) as typeof write
  const output: Output = {
    write: (text) => write.call(stdout, text),
    on: (event, heard) => stdout.on(event, heard),
    off: (event, heard) => stdout.off(event, heard)
  }
  return { output, restore: () => void (stdout.write = write) }
}

/** Sessions of every folder, read when an editor first asks for them. */
const lazyJournal = (io: Io) => {
  let opened: Promise<Journal> | undefined
  const open = async (): Promise<Journal> => {
    const { openJournal } = await import("../../actors/journal/sqlite-journal.ts")
    return openJournal(journalFile({ env: io.env, home: homeOf(io.env) }))
  }
  return {
    open: () => (opened ??= open()),
    close: () => void opened?.then((journal) => journal.close()).catch(() => {})
  }
}

/** Of the folder that was worked in first. */
const healthIn = ({ places }: Acp): HealthSource => ({
  health: () => {
    const [runtime] = places.runtimes()
    if (runtime === undefined) throw new Error("no session is open")
    return runtime.health()
  }
})

const forget = async (data: string, ids: ReadonlyArray<string>): Promise<void> => {
  const { forgetSessions } = await import("../../actors/store/forget.ts")
  forgetSessions(data, ids)
  for (const id of ids) rmSync(outputFolder(data, id), { recursive: true, force: true })
}
