/** `kintsugi channel`: the agent for clients of other programs, over sockets or over a pipe. */
import { Command } from "commander"
import { folders, homeOf } from "../../actors/folders.ts"
import type { Settings } from "../../actors/settings.ts"
import type { ServeOptions, Serving } from "../websocket/serve.ts"
import type { Hub } from "../wire/hub.ts"
import { addAcpChannel } from "./channel-acp.ts"
import { addA2aChannel } from "./channel-a2a.ts"
import { addMcpChannel } from "./channel-mcp.ts"
import { CliError, type Io } from "./io.ts"
import { listModels } from "./models.ts"
import type { Prepared } from "./runtime.ts"
import {
  agentOptions,
  type AgentPart,
  collect,
  debugLog,
  explained,
  type ListenFlags,
  listenOptions,
  portIn,
  signals,
  withRuntime
} from "./serving.ts"

interface WebSocketOptions extends AgentPart, ListenFlags {
  readonly json?: true
}

export const channelCommand = (io: Io, version: string): Command => {
  const channel = new Command("channel").description("let clients of other programs talk to the agent")
  agentOptions(
    channel
      .command("websocket")
      .description("serve WebSockets, a web console and GET /health")
      .option("--host <host>", "address to listen on (default: 127.0.0.1)")
      .option("--port <port>", "port to listen on, 0 for a free one (default: 8080)", portIn)
      .option(
        "--api-key <key>",
        "let in who has this key; may be given again (others see it in the list of processes: KINTSUGI_CHANNELS_WEBSOCKET_API_KEYS hides it)",
        collect
      )
      .option("--no-auth", "let in every program of this machine")
      .option(
        "--json",
        "print {url, ws, console, health, pid, key} as one line when it listens; key: only one that was made up"
      )
  ).action((options: WebSocketOptions) => webSocket(io, version, options))
  agentOptions(
    channel.command("rpc").description("speak the same messages as JSON lines on standard input and output")
  ).action((options: AgentPart) => rpc(io, version, options))
  addMcpChannel(channel, io, version)
  addA2aChannel(channel, io, version)
  addAcpChannel(channel, io, version)
  return channel
}

const webSocket = async (io: Io, version: string, options: WebSocketOptions): Promise<void> => {
  if (!options.auth && options.apiKey !== undefined)
    throw new CliError(2, "--no-auth lets everybody in, --api-key only some: give one of them")
  // Else the keys could be read in the list of processes, by agents too.
  if (options.apiKey !== undefined) process.title = "kintsugi channel websocket"
  await opened(io, version, options, async (hub, prepared) => {
    const { grace } = prepared.settings.channels.websocket
    const serving = await listening(hub, prepared, io, options)
    announce(io, serving, prepared, options.json ?? false)
    const asked = signals((again) => {
      const { turns } = hub.counts()
      const wait = turns === 0 ? "" : `; ${turns} running ${turns === 1 ? "turn has" : "turns have"} ${grace} s`
      io.stderr.write(`Stops${wait}. (${again}: at once)\n`)
    })
    const code = await asked.code
    await serving.stop(grace * 1000).finally(asked.off)
    return code
  })
}

const rpc = (io: Io, version: string, options: AgentPart): Promise<void> =>
  opened(io, version, options, async (hub, { settings }) => {
    const { serveRpc } = await import("../rpc.ts")
    const asked = signals(() => void hub.stop(settings.channels.websocket.grace * 1000))
    const ended = serveRpc({ hub, stdin: io.stdin, stdout: io.stdout })
    const code = await Promise.race([ended, asked.code])
    await ended.finally(asked.off)
    return code
  })

/** A runtime with a hub, as long as `serve` takes. @param serve Gives the exit code. */
const opened = (
  io: Io,
  version: string,
  options: AgentPart,
  serve: (hub: Hub, prepared: Prepared) => Promise<number>
): Promise<void> =>
  withRuntime(io, options, async (prepared) => {
    const { runtime, settings, cwd } = prepared
    const { openHub } = await import("../wire/hub.ts")
    const models = async (filter = "") =>
      (await listModels({ ...io, cwd })).filter(({ id }) => id.toLowerCase().includes(filter.toLowerCase()))
    const place = { cwd, permissions: settings.permissions.mode }
    return serve(openHub({ runtime, version, place, models, log: debugLog(io) }), prepared)
  })

const listening = async (
  hub: Hub,
  { runtime, settings }: Prepared,
  io: Io,
  flags: WebSocketOptions
): Promise<Serving> => {
  const [{ serveWebSocket }, { consoleHandler }] = await Promise.all([
    import("../websocket/serve.ts"),
    import("../web/handler.ts")
  ])
  const options = serveOptions(settings.channels.websocket, flags)
  const { data } = folders({ env: io.env, home: homeOf(io.env) })
  try {
    return await serveWebSocket({ ...options, hub, health: runtime, data, console: consoleHandler() })
  } catch (error) {
    throw await explained(error, options)
  }
}

const serveOptions = (settings: Settings["channels"]["websocket"], flags: WebSocketOptions) =>
  ({
    ...listenOptions(settings, flags),
    limits: { connections: settings.max_connections, perAddress: settings.max_connections_per_address }
  }) satisfies Partial<ServeOptions>

const announce = (io: Io, { url, key, isHere, warning }: Serving, { runtime }: Prepared, json: boolean): void => {
  const ws = `${url.replace("http", "ws")}/ws`
  const { id, reason } = runtime.model ?? { id: "", reason: "" }
  if (json) {
    const told = {
      url,
      ws,
      console: `${url}/`,
      health: `${url}/health`,
      pid: process.pid,
      ...(key !== undefined && { key })
    }
    io.stdout.write(`${JSON.stringify(told)}\n`)
  }
  const withKey = key === undefined || json ? "" : `#key=${key}`
  io.stderr.write(`model: ${id} (${reason})\n`)
  io.stderr.write(`WebSocket: ${ws}\nConsole: ${url}/${withKey}\n`)
  if (withKey !== "")
    io.stderr.write(
      `Key, for this run only: ${key}\n  (channels.websocket.api_keys holds one that stays; see: kintsugi channel websocket --help)\n`
    )
  if (warning !== undefined) io.stderr.write(`Warning: ${warning}.\n`)
  if (!isHere)
    io.stderr.write(
      "Others than this machine can connect, and nothing is encrypted: put a proxy with TLS in front of it.\n"
    )
}
