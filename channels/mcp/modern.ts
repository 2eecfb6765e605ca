/**
 * Revision 2026-07-28, on `@modelcontextprotocol/server`: no handshake and no session, each request says who asks for what, and what
 * the client is asked goes out as `input_required` while the work waits (see parked.ts).
 */
import {
  type CallToolResult,
  type GetPromptResult,
  type InputRequests,
  inputRequired,
  type InputRequiredResult,
  type LoggingLevel,
  type McpServerFactory,
  type ReadResourceResult,
  Server,
  type ServerContext
} from "@modelcontextprotocol/server"
import type { User } from "../wire/wire.ts"
import { type Caller, invalidParams, RpcError } from "./offer.ts"
import { type CarPark, carPark, type Leg, type ParkLimits } from "./parked.ts"
import type { Served } from "./served.ts"
import { isParams } from "./shop.ts"

/** Makes the server of each request, or of each connection. */
export interface Modern {
  readonly serverFor: (user: User) => Awaited<ReturnType<McpServerFactory>>
  /** Ends what waits for its client. */
  readonly close: () => void
}

type Result = CallToolResult | GetPromptResult | ReadResourceResult

export const modern = (served: Served, limits?: ParkLimits): Modern => {
  const parked = carPark<Result>(limits)
  return { serverFor: (user) => server(served, parked, user), close: parked.close }
}

const server = ({ shop, info, instructions, log }: Served, parked: CarPark<Result>, user: User): Server => {
  const options = { capabilities: shop.capabilities, ...(instructions !== undefined && { instructions }) }
  const one = Object.assign(new Server(info, options), { onerror: (error: Error) => log(`mcp: ${error.message}`) })
  const serve = <Some extends Result>(
    context: ServerContext,
    name: unknown,
    work: (caller: Caller) => Promise<Some>
  ): Promise<Some | InputRequiredResult> => {
    const whose = { user, request: JSON.stringify([context.mcpReq.method, name]) }
    // Found by its method, so it is of its kind.
    return rounds(parked, whose, context, work) as Promise<Some | InputRequiredResult>
  }
  one.setRequestHandler("tools/list", () => shop.listTools(user))
  one.setRequestHandler("tools/call", ({ params }, context) =>
    serve(context, params.name, (caller) => shop.callTool({ ...params }, caller))
  )
  if (shop.capabilities.prompts !== undefined) {
    one.setRequestHandler("prompts/list", () => shop.listPrompts(user))
    one.setRequestHandler("prompts/get", ({ params }, context) =>
      serve(context, params.name, (caller) => shop.getPrompt({ ...params }, caller))
    )
    one.setRequestHandler("completion/complete", ({ params }) => shop.complete({ ...params }, user))
  }
  if (shop.capabilities.resources !== undefined) {
    one.setRequestHandler("resources/list", () => shop.listResources(user))
    one.setRequestHandler("resources/templates/list", () => shop.listTemplates(user))
    one.setRequestHandler("resources/read", ({ params }, context) =>
      serve(context, params.uri, (caller) => shop.readResource({ ...params }, caller))
    )
  }
  return one
}

const rounds = async (
  parked: CarPark<Result>,
  whose: Parameters<CarPark<Result>["begin"]>[0],
  context: ServerContext,
  work: (caller: Caller) => Promise<Result>
): Promise<Result | InputRequiredResult> => {
  const leg = legOf(context)
  const state = context.mcpReq.requestState<string>()
  const round = await (state === undefined ? parked.begin(whose, leg, work) : parked.resume(whose, leg, state))
  if (round === undefined)
    throw new RpcError(
      invalidParams,
      "nothing waits under this requestState: it was used, ran out, or was never given; call again without it"
    )
  if ("result" in round) return round.result
  // The boundary: what is asked is ours, and written as the specification has it.
  return inputRequired({ inputRequests: round.wanted.requests as InputRequests, requestState: round.wanted.state })
}

const levels: ReadonlyArray<LoggingLevel> = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency"
]

const legOf = ({ mcpReq }: ServerContext): Leg => {
  const { signal, inputResponses, _meta: meta, envelope } = mcpReq
  const token = meta?.progressToken
  const said: Readonly<Record<string, unknown>> = { ...envelope }
  const can = said["io.modelcontextprotocol/clientCapabilities"]
  const least = levels.findIndex((level) => level === said["io.modelcontextprotocol/logLevel"])
  // Whoever is gone hears nothing.
  const notify = (method: string, params: Readonly<Record<string, unknown>>): void =>
    void mcpReq.notify({ method, params: { ...params } }).catch(() => {})
  return {
    signal,
    responses: isParams(inputResponses) ? inputResponses : {},
    can: isParams(can) ? can : {},
    progress: ({ done, total, message }) => {
      if (token === undefined) return
      const told = { ...(total !== undefined && { total }), ...(message !== undefined && { message }) }
      notify("notifications/progress", { progressToken: token, progress: done, ...told })
    },
    log: (level, data) => {
      if (least < 0 || levels.indexOf(level) < least) return
      notify("notifications/message", { level, data, logger: "kintsugi" })
    }
  }
}
