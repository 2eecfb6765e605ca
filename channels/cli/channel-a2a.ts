/** `kintsugi channel a2a`: the agent as a peer of other agents. */
import type { Command } from "commander"
import { folders, homeOf } from "../../actors/folders.ts"
import type { A2aServed } from "../a2a/embedded.ts"
import { CliError, type Io } from "./io.ts"
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

interface A2aChannelOptions extends AgentPart, ListenFlags {
  readonly json?: true
}

export const addA2aChannel = (channel: Command, io: Io, version: string): void => {
  agentOptions(
    channel
      .command("a2a")
      .description("serve the agent to other agents: A2A 1.0 and 0.3, over JSON-RPC and HTTP+JSON, and GET /health")
      .option("--host <host>", "address to listen on (default: 127.0.0.1)")
      .option("--port <port>", "port to listen on, 0 for a free one (default: 18800)", portIn)
      .option(
        "--api-key <key>",
        "let in who has this bearer token; may be given again (others see it in the list of processes: KINTSUGI_CHANNELS_A2A_TOKEN hides it)",
        collect
      )
      .option("--no-auth", "let in every program of this machine")
      .option(
        "--json",
        "print {url, card, jsonrpc, rest, health, pid, key} as one line when it listens; key: only one that was made up"
      )
  ).action((options: A2aChannelOptions) => serve(io, version, options))
}

const serve = (io: Io, version: string, options: A2aChannelOptions): Promise<void> => {
  if (!options.auth && options.apiKey !== undefined)
    throw new CliError(2, "--no-auth lets everybody in, --api-key only some: give one of them")
  // Else the keys could be read in the list of processes, by agents too.
  if (options.apiKey !== undefined) process.title = "kintsugi channel a2a"
  return withRuntime(io, options, async (prepared) => {
    const { grace } = prepared.settings.channels.a2a
    const serving = await listening(prepared, io, version, options)
    announce(io, serving, prepared, options.json ?? false)
    const asked = signals((again) => {
      const { tasks } = serving.counts()
      const wait = tasks === 0 ? "" : `; ${tasks} open ${tasks === 1 ? "task has" : "tasks have"} ${grace} s`
      io.stderr.write(`Stops${wait}. (${again}: at once)\n`)
    })
    const code = await asked.code
    await serving.stop(grace * 1000).finally(asked.off)
    return code
  })
}

const listening = async (
  { runtime, settings }: Prepared,
  io: Io,
  version: string,
  flags: A2aChannelOptions
): Promise<A2aServed> => {
  const { serveA2a } = await import("../server.ts")
  const { a2a } = settings.channels
  const { token, url } = a2a
  const named = token === undefined ? [] : [{ name: "a2a", key: token }]
  const where = listenOptions({ ...a2a, api_keys: [...named, ...a2a.api_keys] }, flags)
  try {
    return await serveA2a({
      ...where,
      runtime,
      version,
      privatePush: a2a.private_push,
      data: folders({ env: io.env, home: homeOf(io.env) }).data,
      onError: debugLog(io),
      ...(url !== undefined && { url: url.replace(/\/+$/, "") })
    })
  } catch (error) {
    // Most likely because of another one of us.
    if (error instanceof Error && error.name === "StoreError")
      throw new CliError(1, `${error.message}; is another kintsugi channel a2a at work in this folder?`)
    throw explained(error, where)
  }
}

const announce = (io: Io, serving: A2aServed, { runtime }: Prepared, json: boolean): void => {
  const { url, card, jsonrpc, rest, key, isHere, warning } = serving
  const { id, reason } = runtime.model ?? { id: "", reason: "" }
  if (json) {
    const told = {
      url,
      card,
      jsonrpc,
      rest,
      health: `${url}/health`,
      pid: process.pid,
      ...(key !== undefined && { key })
    }
    io.stdout.write(`${JSON.stringify(told)}\n`)
  }
  io.stderr.write(`model: ${id} (${reason})\nAgent card: ${card}\nA2A: ${jsonrpc} (JSON-RPC), ${rest} (HTTP+JSON)\n`)
  if (key !== undefined && !json)
    io.stderr.write(
      `Bearer token, for this run only: ${key}\n  (channels.a2a.token holds one that stays; see: kintsugi channel a2a --help)\n`
    )
  if (warning !== undefined) io.stderr.write(`Warning: ${warning}.\n`)
  if (!isHere)
    io.stderr.write(
      "Others than this machine can connect, and nothing is encrypted: put a proxy with TLS in front of it (channels.a2a.url).\n"
    )
}
