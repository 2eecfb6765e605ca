/**
 * What an MCP server offers: tools, prompts and resources in MCP's own terms, written once for every revision of it. Revisions
 * differ in how a client is asked something while its request runs; here that is one function.
 */
import type {
  CallToolResult,
  GetPromptResult,
  LoggingLevel,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplateType,
  Tool
} from "@modelcontextprotocol/server"
import type { Observable } from "rxjs"
import type { User } from "../wire/wire.ts"

/** What a client may be asked while its request runs, as it goes over the wire. */
export interface ClientRequest {
  readonly method: "elicitation/create" | "sampling/createMessage" | "roots/list"
  readonly params: Readonly<Record<string, unknown>>
}

/** What a client has declared that it can be asked for. */
export interface Abilities {
  readonly elicitation?: { readonly form?: unknown; readonly url?: unknown } | undefined
  readonly sampling?: object | undefined
  readonly roots?: object | undefined
}

/** Whose request it is, and the way back to them while it runs. */
export interface Caller {
  readonly user: User
  /** Aborted when they take it back, or are gone. */
  readonly signal: AbortSignal
  /** What may be asked of them. */
  readonly can: Abilities
  /** Not told when they did not ask for it. `done` must grow; `total` when it is known. */
  readonly progress: (told: { readonly done: number; readonly total?: number; readonly message?: string }) => void
  readonly log: (level: LoggingLevel, data: unknown) => void
  /**
   * Asks several things at once, each by a key of its own; resolves to the results by key, which are as the client gave them and
   * nothing more was looked at than their kind. Rejects when they cannot be asked, are gone, or give no answer in time.
   *
   * @param signal Aborts when the answers are no longer wanted.
   */
  readonly ask: (
    requests: Readonly<Record<string, ClientRequest>>,
    signal?: AbortSignal
  ) => Promise<Readonly<Record<string, unknown>>>
}

export interface ServedTool {
  /** As it is listed; its `inputSchema` goes out as it stands. */
  readonly definition: Tool
  /** What is wrong with the arguments is for the tool to say. A throw is answered as a failure of the tool. */
  readonly call: (args: Readonly<Record<string, unknown>>, caller: Caller) => Promise<CallToolResult>
}

export interface ServedPrompt {
  readonly definition: Prompt
  readonly get: (args: Readonly<Record<string, string>>, caller: Caller) => Promise<GetPromptResult>
  /** Values that an argument may have which begin so. Default: none are known. */
  readonly complete?: (argument: string, value: string) => ReadonlyArray<string> | Promise<ReadonlyArray<string>>
}

export interface ServedResource {
  readonly definition: Resource
  readonly read: (caller: Caller) => Promise<ReadResourceResult>
}

export interface ServedTemplate {
  readonly definition: ResourceTemplateType
  /** @returns `undefined` when it is not one of its addresses. */
  readonly read: (uri: string, caller: Caller) => Promise<ReadResourceResult | undefined>
}

/** What has changed: a list, or what stands behind an address. */
export type Change = "tools" | "prompts" | "resources" | { readonly uri: string }

/** What there is for a user. */
export type Listed<Item> = (user: User) => ReadonlyArray<Item> | Promise<ReadonlyArray<Item>>

/** Lists are asked for anew at each request, for whoever asks, and should keep their order. */
export interface Offer {
  readonly tools?: Listed<ServedTool>
  readonly prompts?: Listed<ServedPrompt>
  readonly resources?: Listed<ServedResource>
  readonly templates?: Listed<ServedTemplate>
  readonly changes?: Observable<Change>
}

/** A request that is refused by the protocol, with a code of JSON-RPC or of MCP. */
export class RpcError extends Error {
  override readonly name = "RpcError"
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

export const invalidParams = -32_602
const missingCapability = -32_021

/** @throws RpcError when the client has not declared that it can be asked for it. */
export const needs = ({ can }: Pick<Caller, "can">, capability: "elicitation" | "sampling" | "roots"): void => {
  if (can[capability] !== undefined) return
  const requiredCapabilities = { [capability]: {} }
  throw new RpcError(missingCapability, `the client has not declared ${capability}`, { requiredCapabilities })
}
