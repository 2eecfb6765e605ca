/** What is served to MCP clients: the agent as a tool, the tools of a session, what an embedder adds; over a pipe or over HTTP. */
import { NEVER, type Observable } from "rxjs"
import type { SessionHost } from "../../actors/session-host.ts"
import type { HealthSource } from "../health/handler.ts"
import { agentOffer } from "./agent-tool.ts"
import type { HttpOptions, ServedHttp } from "./http.ts"
import type { Offer } from "./offer.ts"
import { sessionToolsOffer } from "./session-tools.ts"
import type { Served, ServerInfo } from "./served.ts"
import { shopOf } from "./shop.ts"
import type { StdioParts } from "./stdio.ts"

/** A runtime, as far as this channel needs one. */
export interface McpHost extends Pick<SessionHost, "open">, HealthSource {
  readonly cwd: string
  readonly mcp?: { readonly changes: Observable<unknown> }
}

export interface McpOptions {
  /** The agent as the tool `run_task`. Default true. */
  readonly agent?: boolean
  /** The tools of a session: their names, or false for none. Default: all that mean something without a task. */
  readonly tools?: ReadonlyArray<string> | false
  /** Tools, prompts and resources beside them; they stand before what Kintsugi brings, of one name the first counts. */
  readonly offers?: ReadonlyArray<Offer>
  /** What clients are told of the server. Default: Kintsugi, and its version. */
  readonly info?: ServerInfo
  /** For the client's model: what the server is good for. */
  readonly instructions?: string
  /** Told of bugs; never what a client said. */
  readonly onError?: (message: string) => void
}

export interface McpService {
  /** Resolves to the exit code when the input has ended and everything is written. */
  readonly stdio: (parts: Omit<StdioParts, "served">) => Promise<number>
  readonly http: (options?: HttpOptions) => Promise<ServedHttp>
  /** Closes the sessions that it has opened; the runtime stays open. */
  readonly close: () => Promise<void>
}

export const mcpService = (host: McpHost, version: string, options: McpOptions = {}): McpService => {
  const { agent = true, tools, offers = [], onError = () => {} } = options
  const news = host.mcp?.changes ?? NEVER
  const own =
    tools === false ? undefined : sessionToolsOffer({ host, news, ...(tools !== undefined && { only: tools }) })
  const shop = shopOf([...offers, ...(agent ? [agentOffer(host, host.cwd)] : []), ...(own === undefined ? [] : [own])])
  const { info = { name: "kintsugi", title: "Kintsugi", version }, instructions } = options
  const served: Served = { shop, info, log: onError, ...(instructions !== undefined && { instructions }) }
  return {
    stdio: async (parts) => (await import("./stdio.ts")).serveOnStdio({ ...parts, served }),
    http: async (options = {}) => (await import("./http.ts")).serveOnHttp({ ...options, served, health: host }),
    close: async () => own?.close()
  }
}
