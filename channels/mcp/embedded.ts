/** The MCP server for programs that embed a runtime. */
import type { Runtime } from "../../actors/runtime.ts"
import { version } from "../websocket/embedded.ts"
import type { HttpOptions, ServedHttp } from "./http.ts"
import { type McpOptions, mcpService } from "./serve.ts"

export interface McpHttpOptions extends McpOptions, Omit<HttpOptions, "limits"> {}

export interface McpStdioOptions extends McpOptions {
  /** Default: those of the process. Nothing else may be written to the output. */
  readonly stdin?: NodeJS.ReadableStream
  readonly stdout?: NodeJS.WritableStream
  /** Ends it. */
  readonly signal?: AbortSignal
}

export interface ServedMcp extends Pick<ServedHttp, "url" | "port" | "key">, AsyncDisposable {
  /** Lets nobody in any more and gives running requests `grace` milliseconds (default 8,000). The runtime stays open. */
  readonly stop: (grace?: number) => Promise<void>
}

const usualGrace = 8000

export const serveMcpOver = async (runtime: Runtime, options: McpHttpOptions): Promise<ServedMcp> => {
  const service = mcpService(runtime, version(), options)
  const { url, port, key, stop } = await service.http(options)
  const end = (grace = usualGrace): Promise<void> => stop(grace).finally(service.close)
  return { url, port, key, stop: end, [Symbol.asyncDispose]: () => end(0) }
}

export const serveMcpOnStdio = async (runtime: Runtime, options: McpStdioOptions): Promise<void> => {
  const { stdin = process.stdin, stdout = process.stdout, signal } = options
  const service = mcpService(runtime, version(), options)
  await service.stdio({ stdin, stdout, ...(signal !== undefined && { signal }) }).finally(service.close)
}
