/** `kintsugi chat --connect`: the terminal interface as a client of a running server, whose agent works in its own folder. */
import { join } from "node:path"
import { loadConfig } from "../../actors/config.ts"
import { folders, homeOf } from "../../actors/folders.ts"
import type { ConnectOptions, RemoteHost } from "../connect/connect.ts"
import { CliError, type Io } from "./io.ts"
import { printable } from "./printable.ts"
import { askHidden, isInteractive } from "./prompt.ts"
import { receivedIn } from "./received.ts"
import { type AgentOptions, resumed } from "./runtime.ts"

interface RemoteOptions extends AgentOptions {
  readonly connect: string
  readonly apiKey?: string
}

export const connectCommand = async (io: Io, version: string, options: RemoteOptions): Promise<void> => {
  if (!io.stdin.isTTY || !io.stdout.isTTY) throw new CliError(2, "chat needs a terminal, also with --connect")
  if (options.cd !== undefined)
    throw new CliError(2, "-C has no place with --connect: the agent works in the folder of its server")
  const { env, cwd } = io
  const received = receivedIn(join(folders({ env, home: homeOf(env) }).data, "received"))
  const [{ settings, notices }, host] = await Promise.all([
    loadConfig({ cwd, env, home: homeOf(env) }),
    reach(io, options)
  ])
  try {
    const { chat } = await import("../terminal/chat.ts")
    await chat({
      open: async (id) => {
        const session = await opened(host, options, id)
        received.follow(session)
        return session
      },
      resume: resumed(options),
      sessions: () => host.list({ limit: 50 }),
      models: async () => (await host.models()).map(({ id, note = "" }) => ({ id, note })),
      health: host.health,
      heals: host.heals,
      release: host.close,
      ui: settings.ui,
      elsewhere: { name: host.name, connection: host.connection, told: received.told },
      command: `kintsugi chat --connect ${printable(options.connect)}`,
      notes: [...notices, ...notesOf(host, options)],
      version,
      cwd
    })
  } finally {
    await host.close()
  }
}

/** Asks for a key where one is wanted and none is known; what is typed is not shown. */
const reach = async (io: Io, { connect: address, apiKey }: RemoteOptions): Promise<RemoteHost> => {
  const { connect } = await import("../connect/connect.ts")
  const { AddressError } = await import("../connect/address.ts")
  const known = apiKey ?? (io.env.KINTSUGI_API_KEY?.trim() || undefined)
  const attempt = (options: ConnectOptions): Promise<RemoteHost> =>
    connect(address, options).catch((error: Error & { readonly code?: string }) => {
      if (error instanceof AddressError) throw new CliError(2, error.message)
      if (error.code === "no_key" && isInteractive(io)) return askKey()
      throw new CliError(error.code === "no_key" || error.code === "wrong_key" ? 2 : 1, printable(error.message))
    })
  const askKey = async (): Promise<RemoteHost> => {
    const typed = await askHidden(io, `key of ${printable(address)} (not shown): `)
    if (typed === "") throw new CliError(2, "no key was given")
    return attempt({ apiKey: typed })
  }
  return attempt(known === undefined ? {} : { apiKey: known })
}

/** What the command line says of the session holds from here on. */
const opened = async (host: RemoteHost, { model, permissions }: RemoteOptions, resume: string | undefined) => {
  const session = await host.open(resume === undefined ? {} : { resume }).catch((error: Error) => {
    throw new CliError(1, printable(error.message))
  })
  if (model !== undefined) session.send({ type: "user.model", model })
  if (permissions !== undefined) session.send({ type: "user.permissions", mode: permissions })
  return session
}

const notesOf = ({ name, user, isOpen }: RemoteHost, { apiKey }: RemoteOptions): ReadonlyArray<string> => [
  `at ${name}${user === undefined ? "" : ` as ${user}`}: the agent works there, in its folder; keys and widgets of its plugins are not here`,
  ...(isOpen ? [`what is said goes to ${name} unencrypted; wss:// does not`] : []),
  ...(apiKey === undefined
    ? []
    : ["a key on the command line can be seen by others on this machine; KINTSUGI_API_KEY cannot"])
]
