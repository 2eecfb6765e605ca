/** What the commands that serve have in common: their options, a runtime for as long as they serve, how they are asked to end. */
import { type Command, Option } from "commander"
import { modes } from "../../plugins/permission.ts"
import type { Settings } from "../../actors/settings.ts"
import { CliError, type Io } from "./io.ts"
import { lookable } from "./lookable.ts"
import { type AgentOptions, prepare, type Prepared, requireModel } from "./runtime.ts"

export type AgentPart = Pick<AgentOptions, "model" | "permissions" | "cd">

export const agentOptions = (command: Command): Command =>
  command
    .option("-m, --model <id>", "provider/model of new sessions")
    .addOption(new Option("--permissions <mode>", "what may be done without asking").choices([...modes]))
    .option("-C, --cd <dir>", "work in this folder")

export const collect = (key: string, before: ReadonlyArray<string> = []): ReadonlyArray<string> => [...before, key]

export const portIn = (text: string): number => {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new CliError(2, `--port takes a number from 0 to 65535, not ${text}`)
}

export interface ListenFlags {
  readonly host?: string
  readonly port?: number
  readonly apiKey?: ReadonlyArray<string>
  /** False after `--no-auth`. */
  readonly auth: boolean
}

type Listened = Pick<
  Settings["channels"]["websocket"],
  "host" | "port" | "api_keys" | "require_auth" | "allowed_origins" | "proxies"
>

/** Flags stand above the configuration. */
export const listenOptions = (settings: Listened, flags: ListenFlags) => ({
  host: flags.host ?? settings.host,
  port: flags.port ?? settings.port,
  keys: flags.apiKey ?? settings.api_keys,
  requireAuth: flags.auth && (settings.require_auth || flags.apiKey !== undefined),
  allowedOrigins: settings.allowed_origins,
  proxies: settings.proxies
})

/**
 * A runtime, as long as `serve` takes.
 *
 * @param serve Gives the exit code. @param needsModel False where nothing that is served asks one.
 */
export const withRuntime = async (
  io: Io,
  options: AgentPart,
  serve: (prepared: Prepared) => Promise<number>,
  needsModel = true
): Promise<void> => {
  const prepared = await prepare(io, options)
  const { runtime, notices } = prepared
  const looked = lookable(io, runtime)
  try {
    for (const notice of notices) io.stderr.write(`${notice}\n`)
    if (needsModel) requireModel(prepared, io)
    const code = await serve(prepared)
    if (code !== 0) throw new CliError(code, "")
  } finally {
    await runtime.close()
    looked.close()
  }
}

export const debugLog =
  ({ env, stderr }: Io) =>
  (message: string): void => {
    if (env.KINTSUGI_DEBUG !== undefined) stderr.write(`${message}\n`)
  }

/** What is wrong with an address can be mended by whoever started us; a taken port may be free the next moment. */
export const explained = (
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number }
): unknown => {
  if (!(error instanceof Error)) return error
  if (error.name === "AccessError") return new CliError(2, error.message)
  const code = "code" in error ? error.code : undefined
  if (code === "EADDRINUSE")
    return new CliError(
      1,
      `port ${port} of ${host} is taken: stop who has it, or choose another with --port (0: a free one)`
    )
  if (code === "EADDRNOTAVAIL")
    return new CliError(2, `${host} is no address of this machine: listen on 127.0.0.1, or on one of its own`)
  if (code === "EACCES")
    return new CliError(2, `this user may not listen on port ${port}: choose one above 1023 with --port`)
  return error
}

const heard = ["SIGINT", "SIGTERM", "SIGHUP"] as const
type Heard = (typeof heard)[number]

/** As a shell tells that a signal ended a process. */
const exitCodes: Readonly<Record<Heard, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

export interface Asked {
  /** Resolves to the exit code when the process is asked to end. */
  readonly code: Promise<number>
  readonly off: () => void
}

/** Asked again, the process ends at once: what is left open is ended with it, and read from the journal at the next start. */
export const signals = (tell: (again: string) => void): Asked => {
  const first = Promise.withResolvers<number>()
  let isAsked = false
  const hear = (name: Heard): void => {
    if (isAsked) process.exit(exitCodes[name])
    isAsked = true
    tell(name === "SIGINT" ? "Ctrl-C again" : "again")
    first.resolve(exitCodes[name])
  }
  for (const name of heard) process.on(name, hear)
  return {
    code: first.promise,
    off: () => {
      for (const name of heard) process.off(name, hear)
    }
  }
}
