/** `kintsugi channel mcp`: the agent and its tools for MCP clients, over a pipe or over HTTP. */
import type { Command } from "commander"
import { folders, homeOf } from "../../actors/folders.ts"
import type { ServedHttp } from "../mcp/http.ts"
import type { McpService } from "../mcp/serve.ts"
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

interface McpServerOptions extends AgentPart, ListenFlags {
  readonly http?: true
  readonly json?: true
  readonly tools?: string
  /** False after `--no-agent`. */
  readonly agent: boolean
}

export const addMcpChannel = (channel: Command, io: Io, version: string): void => {
  agentOptions(
    channel
      .command("mcp")
      .description("serve the agent and its tools to MCP clients, on standard input and output or over HTTP")
      .option("--http", "listen for streamable HTTP instead (--host and --port do so, too)")
      .option("--host <host>", "address to listen on (default: 127.0.0.1)")
      .option("--port <port>", "port to listen on, 0 for a free one (default: 18801)", portIn)
      .option(
        "--api-key <key>",
        "let in who has this key; may be given again (others see it in the list of processes: KINTSUGI_CHANNELS_MCP_API_KEYS hides it)",
        collect
      )
      .option("--no-auth", "let in every program of this machine")
      .option("--tools <names>", "serve these tools only, by name, with commas between them; none: no tools")
      .option("--no-agent", "serve the tools only, not the agent (run_task); no model is needed then")
      .option("--json", "print {url, health, pid, key} as one line when it listens; key: only one that was made up")
  ).action((options: McpServerOptions) => serve(io, version, options))
}

const serve = async (io: Io, version: string, options: McpServerOptions): Promise<void> => {
  const overHttp = options.http === true || options.host !== undefined || options.port !== undefined
  if (!options.auth && options.apiKey !== undefined)
    throw new CliError(2, "--no-auth lets everybody in, --api-key only some: give one of them")
  if (!overHttp && (options.apiKey !== undefined || !options.auth || options.json === true))
    throw new CliError(2, "keys and --json are for HTTP: add --http")
  const tools = namesIn(options.tools)
  if (!options.agent && tools === false)
    throw new CliError(2, "with --no-agent and --tools none there is nothing to serve")
  // Else the keys could be read in the list of processes, by agents too.
  if (options.apiKey !== undefined) process.title = "kintsugi channel mcp"
  await withService(io, version, options, tools, (service, prepared) =>
    overHttp ? listen(io, service, prepared, options) : pipe(io, service)
  )
}

const namesIn = (text: string | undefined): ReadonlyArray<string> | false | undefined => {
  if (text === undefined) return undefined
  if (text === "none") return false
  const names = text.split(",").map((name) => name.trim())
  if (names.every((name) => /^[\w-]{1,64}$/.test(name))) return names
  throw new CliError(2, "--tools takes names with commas between them, as in --tools read_file,grep")
}

/** @param use Gives the exit code. */
const withService = (
  io: Io,
  version: string,
  options: McpServerOptions,
  tools: ReadonlyArray<string> | false | undefined,
  use: (service: McpService, prepared: Prepared) => Promise<number>
): Promise<void> =>
  withRuntime(
    io,
    options,
    async (prepared) => {
      const { mcpService } = await import("../mcp/serve.ts")
      const { agent } = options
      const served = { agent, onError: debugLog(io), ...(tools !== undefined && { tools }) }
      const service = mcpService(prepared.runtime, version, served)
      return use(service, prepared).finally(service.close)
    },
    options.agent
  )

const pipe = async (io: Io, service: McpService): Promise<number> => {
  const ended = new AbortController()
  const asked = signals(() => ended.abort())
  try {
    const served = service.stdio({ stdin: io.stdin, stdout: io.stdout, signal: ended.signal })
    const code = await Promise.race([served, asked.code])
    await served
    return code
  } finally {
    asked.off()
  }
}

const listen = async (io: Io, service: McpService, prepared: Prepared, options: McpServerOptions): Promise<number> => {
  const { mcp } = prepared.settings.channels
  const { grace } = mcp
  const where = listenOptions(mcp, options)
  const { data } = folders({ env: io.env, home: homeOf(io.env) })
  const serving = await service.http({ ...where, data }).catch((error: unknown) => {
    throw explained(error, where)
  })
  announce(io, serving, prepared, options.json ?? false)
  const asked = signals(
    (again) => void io.stderr.write(`Stops; running requests have ${grace} s. (${again}: at once)\n`)
  )
  const code = await asked.code
  await serving.stop(grace * 1000).finally(asked.off)
  return code
}

const announce = (io: Io, { url, key, isHere, warning }: ServedHttp, { runtime }: Prepared, json: boolean): void => {
  const health = new URL("/health", url).href
  if (json) io.stdout.write(`${JSON.stringify({ url, health, pid: process.pid, ...(key !== undefined && { key }) })}\n`)
  if (runtime.model !== undefined) io.stderr.write(`model: ${runtime.model.id} (${runtime.model.reason})\n`)
  io.stderr.write(`MCP: ${url}\n`)
  if (key !== undefined && !json)
    io.stderr.write(
      `Key, for this run only: ${key}\n  (send it as Authorization: Bearer KEY; channels.mcp.api_keys holds one that stays)\n`
    )
  if (warning !== undefined) io.stderr.write(`Warning: ${warning}.\n`)
  if (!isHere)
    io.stderr.write(
      "Others than this machine can connect, and nothing is encrypted: put a proxy with TLS in front of it.\n"
    )
}
