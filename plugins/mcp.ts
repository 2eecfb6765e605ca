/**
 * MCP servers as the gateway plugin, the command line and programs that embed us see them. `actors/mcp/` keeps them alive: each is a
 * supervised actor of the runtime, begun in the background, tried again when it ends, whatever the others do.
 */
import type {
  CallToolResult,
  CreateMessageRequestParams,
  CreateMessageResult,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplateType,
  Tool
} from "@modelcontextprotocol/client"
import type { Observable } from "rxjs"
import type { Inquiry, InquiryReply } from "./inquiry.ts"

/**
 * idle: not begun, since nothing needed it yet · connecting · ready · waiting: it failed or ended, and is tried again at `retryAt` ·
 * login: it wants a login that only the user can do (`kintsugi mcp login`) · disabled: by the configuration · untrusted: the folder
 * that names it is not trusted, so that it is not run · broken: its configuration cannot be used, `error` says where and why.
 */
export type McpStatus = "idle" | "connecting" | "ready" | "waiting" | "login" | "disabled" | "untrusted" | "broken"

/** One server as it is now. Everything but `name` and `status` may be a stranger's words. */
export interface McpServerView {
  /** As configured; of a file that cannot be read at all, the file's name. */
  readonly name: string
  readonly status: McpStatus
  /** Where it is configured: absolute path of a `.mcp.json`, `configuration` (`mcp.servers` of config.yaml) or `embedder`. */
  readonly source: string
  /** `stdio`, `http` or `sse`. */
  readonly transport: string
  /** Command line or address, without secrets. */
  readonly target: string
  /** Why it is not ready, with the last lines of its standard error; present unless it never failed. */
  readonly error?: string
  /** What else is to be known: which other definition it hides, what it writes that it must not. */
  readonly note?: string
  /** Milliseconds since the Unix epoch. */
  readonly retryAt?: number
  /** Revision that was agreed on: `2025-11-25`, `2026-07-28`, …; while ready, as all that follows. */
  readonly protocol?: string
  readonly title?: string
  readonly version?: string
  readonly instructions?: string
  /** All pages of them, those that are well-formed; from its last life, or of an earlier process, while it is not ready. */
  readonly tools: ReadonlyArray<Tool>
  /** Tools that are left out, and why. */
  readonly refused: ReadonlyArray<{ readonly tool: string; readonly reason: string }>
  readonly prompts: ReadonlyArray<Prompt>
  readonly resources: ReadonlyArray<Resource>
  readonly templates: ReadonlyArray<ResourceTemplateType>
}

/** What a server may want of whoever uses it, while a request of theirs runs. */
export interface McpClient {
  /** Id of the session that asks. */
  readonly session: string
  /** Cancels the request on the server. */
  readonly signal: AbortSignal
  /** What it says while it works; `fraction` 0 to 1, absent when unknown. */
  readonly progress: (told: { readonly message?: string; readonly fraction?: number }) => void
  /** Elicitation. Absent: it is declined. */
  readonly ask?: (inquiry: Inquiry) => Promise<InquiryReply>
  /** Sampling, after consent. Absent: it is refused. */
  readonly sample?: (request: CreateMessageRequestParams, server: string) => Promise<CreateMessageResult>
}

/** Why a server did not answer; its message says what happened and what to do, with the server's last words on standard error. */
export class McpError extends Error {
  override readonly name = "McpError"
  readonly kind: "no_server" | "not_ready" | "login" | "timeout" | "ended" | "refused" | "cancelled"
  constructor(kind: McpError["kind"], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export interface McpServers {
  /** In the order of the configuration. Cheap and synchronous. The same array while nothing changed. */
  readonly list: () => ReadonlyArray<McpServerView>
  /** Told the name of each server that changed: status, tools, prompts, resources. */
  readonly changes: Observable<string>
  /** Begins those that are idle; returns at once. */
  readonly begin: () => void
  /** Resolves when no server is connecting any more, or after so many milliseconds. Never rejects. */
  readonly settled: (within: number) => Promise<void>
  /**
   * Calls a tool. A server that is connecting, or is to be tried again, is waited for within the time of the call.
   * Rejects with a McpError; a tool's own failure is a result with `isError`.
   */
  readonly call: (server: string, tool: string, input: unknown, client: McpClient) => Promise<CallToolResult>
  readonly prompt: (
    server: string,
    prompt: string,
    args: Readonly<Record<string, string>>,
    client: McpClient
  ) => Promise<GetPromptResult>
  readonly read: (server: string, uri: string, client: McpClient) => Promise<ReadResourceResult>
  /** Tries a server at once, its back-off forgotten; one that is ready is begun anew. */
  readonly restart: (server: string) => Promise<void>
}
