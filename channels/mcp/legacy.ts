/**
 * Revisions up to 2025-11-25, on `@modelcontextprotocol/sdk`, whose line they are: a handshake, a session, and requests of the server
 * to its client while a call runs.
 */
import { Server } from "@modelcontextprotocol/sdk/server/index.js"
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js"
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  CreateMessageResultSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListRootsResultSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
  type ServerResult,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema
} from "@modelcontextprotocol/sdk/types.js"
import type { User } from "../wire/wire.ts"
import type { Caller, Change, ClientRequest } from "./offer.ts"
import type { Served } from "./served.ts"

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

/** Milliseconds that a client's user has for an answer. */
const patience = 10 * 60_000

/** One connection's server, not yet connected. */
export const legacyServer = ({ shop, info, instructions, log }: Served, user: User): Server => {
  const server = new Server(info, {
    capabilities: shop.capabilities,
    ...(instructions !== undefined && { instructions })
  })
  const onerror = (error: Error): void => log(`mcp: ${error.message}`)
  /** Addresses whose changes the client wants to hear of. */
  const watched = new Set<string>()
  const callerOf = (extra: Extra): Caller => caller(server, user, extra)
  server.setRequestHandler(ListToolsRequestSchema, async () => sent(await shop.listTools(user)))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) =>
    sent(await shop.callTool(params, callerOf(extra)))
  )
  if (shop.capabilities.prompts !== undefined) {
    server.setRequestHandler(ListPromptsRequestSchema, async () => sent(await shop.listPrompts(user)))
    server.setRequestHandler(GetPromptRequestSchema, async ({ params }, extra) =>
      sent(await shop.getPrompt(params, callerOf(extra)))
    )
    server.setRequestHandler(CompleteRequestSchema, async ({ params }) => sent(await shop.complete(params, user)))
  }
  if (shop.capabilities.resources !== undefined) {
    server.setRequestHandler(ListResourcesRequestSchema, async () => sent(await shop.listResources(user)))
    server.setRequestHandler(ListResourceTemplatesRequestSchema, async () => sent(await shop.listTemplates(user)))
    server.setRequestHandler(ReadResourceRequestSchema, async ({ params }, extra) =>
      sent(await shop.readResource(params, callerOf(extra)))
    )
    server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
      if (watched.size < mostWatched) watched.add(uri)
      return {}
    })
    server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
      watched.delete(uri)
      return {}
    })
  }
  const changes = shop.changes.subscribe((change) => void tell(server, change, watched).catch(() => {}))
  return Object.assign(server, { onerror, onclose: () => changes.unsubscribe() })
}

/** Addresses that one client may watch. */
const mostWatched = 1000

const tell = async (server: Server, change: Change, watched: ReadonlySet<string>): Promise<void> => {
  if (change === "tools") return server.sendToolListChanged()
  if (change === "prompts") return server.sendPromptListChanged()
  if (change === "resources") return server.sendResourceListChanged()
  if (watched.has(change.uri)) await server.sendResourceUpdated(change)
}

/** The boundary between the types of the two SDKs, which say the same of a result. */
const sent = (result: object): ServerResult => result as ServerResult

const caller = (server: Server, user: User, extra: Extra): Caller => {
  const { signal, _meta: meta, sendNotification } = extra
  const token = meta?.progressToken
  // Whoever is gone hears nothing.
  const notify = (notification: ServerNotification): void => void sendNotification(notification).catch(() => {})
  return {
    user,
    signal,
    can: server.getClientCapabilities() ?? {},
    progress: ({ done, total, message }) => {
      if (token === undefined || signal.aborted) return
      const told = { ...(total !== undefined && { total }), ...(message !== undefined && { message }) }
      notify({ method: "notifications/progress", params: { progressToken: token, progress: done, ...told } })
    },
    log: (level, data) => {
      if (!signal.aborted) notify({ method: "notifications/message", params: { level, data, logger: "kintsugi" } })
    },
    ask: async (requests, withdrawn = signal) => {
      const wanted = AbortSignal.any([signal, withdrawn])
      const answers = Object.entries(requests).map(
        async ([name, request]) => [name, await asked(extra, request, wanted)] as const
      )
      return Object.fromEntries(await Promise.all(answers))
    }
  }
}

const results = {
  "elicitation/create": ElicitResultSchema,
  "sampling/createMessage": CreateMessageResultSchema,
  "roots/list": ListRootsResultSchema
} as const

const asked = ({ sendRequest }: Extra, { method, params }: ClientRequest, signal: AbortSignal): Promise<unknown> => {
  // The boundary: what is asked is ours, and written as the specification has it.
  const request = { method, params } as ServerRequest
  return sendRequest(request, results[method], { signal, timeout: patience, resetTimeoutOnProgress: true })
}
