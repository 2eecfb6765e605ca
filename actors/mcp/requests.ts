/** What servers may ask of us while a request of ours runs, and what we declare of it. */
import { pathToFileURL } from "node:url"
import {
  type Client,
  type ClientCapabilities,
  type CreateMessageRequestParams,
  type CreateMessageResult,
  type ElicitRequestParams,
  type ElicitResult,
  ProtocolError,
  ProtocolErrorCode
} from "@modelcontextprotocol/client"
import { elicited, inquiryOf, Unaskable } from "../../plugins/mcp/elicitation.ts"
import { Refused } from "../../plugins/mcp/sampling.ts"
import type { McpClient } from "../../plugins/mcp.ts"

export interface ServerRequests {
  readonly capabilities: ClientCapabilities
  /** Called with a fresh client, before it connects. */
  readonly serve: (client: Client, at: RequestsAt) => void
}

export interface RequestsAt {
  /** Name of the server. */
  readonly server: string
  /** Absolute. */
  readonly cwd: string
  /**
   * Whose request it belongs to, to be called at the beginning of a handler, before anything is awaited: exact over HTTP and for
   * results that require input; else the only one that can be meant, as soon as that is clear. None: it is to be declined.
   */
  readonly caller: () => Promise<McpClient | undefined>
  readonly log: (message: string) => void
}

/** Older servers ask by requests of their own, those of 2026-07-28 by results that the SDK takes to the same handlers. */
export const serverRequests: ServerRequests = {
  capabilities: { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} },
  serve: (client, given) => {
    const hasRoom = pacer()
    const at = { ...given, log: (message: string) => void (hasRoom() && given.log(message)) }
    client.setRequestHandler("elicitation/create", ({ params }) => elicit(at, params))
    client.setRequestHandler("sampling/createMessage", ({ params }) => sample(at, params))
    client.setRequestHandler("roots/list", () => ({ roots: [{ uri: pathToFileURL(at.cwd).href }] }))
    client.setNotificationHandler("notifications/message", ({ params }) =>
      at.log(`MCP server ${at.server} says (${params.level}): ${line(params.data)}`)
    )
  }
}

/** Lines of our log in a minute about one server: more would push all else out. */
const mostLines = 200

/** @returns whether there is room for one more. */
const pacer = (): (() => boolean) => {
  let since = -Infinity
  let count = 0
  return () => {
    const now = performance.now()
    if (now - since > 60_000) [since, count] = [now, 0]
    return ++count <= mostLines
  }
}

/** Characters of a server's own log that one entry of ours keeps. */
const longest = 2_000

/** A stranger's words stay one line. */
const line = (data: unknown): string => (JSON.stringify(data) ?? "nothing").slice(0, longest)

const elicit = async ({ server, caller, log }: RequestsAt, params: ElicitRequestParams): Promise<ElicitResult> => {
  const whose = await caller()
  const ask = whose?.ask
  if (whose === undefined || ask === undefined) {
    log(`MCP server ${server} wanted to ask the user something while nobody could be asked; it was declined`)
    return { action: "decline" }
  }
  try {
    const inquiry = inquiryOf(server, params)
    const excess = admit(whose, server, log)
    if (excess !== undefined) throw new ProtocolError(ProtocolErrorCode.InvalidRequest, excess)
    return elicited(inquiry, await ask(inquiry).finally(() => answered(whose)))
  } catch (error) {
    throw error instanceof Unaskable ? new ProtocolError(ProtocolErrorCode.InvalidParams, error.message) : error
  }
}

const sample = async (
  { server, caller, log }: RequestsAt,
  params: CreateMessageRequestParams
): Promise<CreateMessageResult> => {
  const whose = await caller()
  const ask = whose?.sample
  if (whose === undefined || ask === undefined) {
    log(`MCP server ${server} wanted an answer of a model while nobody could be asked; it was refused`)
    throw refusal("nobody can be asked")
  }
  const excess = admit(whose, server, log)
  if (excess !== undefined) throw refusal(excess)
  try {
    return await ask(params, server).finally(() => answered(whose))
  } catch (error) {
    throw error instanceof Refused ? refusal(error.message) : error
  }
}

/** Questions of one call: all, and those that wait for their answers at a time. */
const most = { all: 100, open: 4 }

interface Asked {
  all: number
  open: number
}

const calls = new WeakMap<McpClient, Asked>()

/** Nobody is asked without end. @returns why the call may not ask now; else it counts. */
const admit = (whose: McpClient, server: string, log: RequestsAt["log"]): string | undefined => {
  const asked: Asked = calls.get(whose) ?? { all: 0, open: 0 }
  calls.set(whose, asked)
  // What is refused counts as well, so that the log is not flooded instead.
  if (++asked.all === most.all + 1) log(`MCP server ${server} asks too much in one call; the rest is refused`)
  if (asked.all > most.all) return `one call may ask ${most.all} times at most`
  if (asked.open >= most.open) return `at most ${most.open} questions may be open at once`
  asked.open++
  return undefined
}

const answered = (whose: McpClient): void => {
  const asked = calls.get(whose)
  if (asked !== undefined) asked.open--
}

/** -1 stands in the specification's example of a user's refusal (client/sampling, "Error Handling"). */
const refusal = (message: string): ProtocolError => new ProtocolError(-1, `sampling was refused: ${message}`)
