/** `kintsugi mcp call`: calls of one server's tools, one after another; Ctrl-C cancels the one that runs on the server. */
import { text as readAll } from "node:stream/consumers"
import type { CallToolResult } from "@modelcontextprotocol/client"
import type { McpClient, McpServers } from "../../../plugins/mcp.ts"
import { answerOf } from "../../../plugins/mcp/answer.ts"
import { progressText } from "../../../plugins/mcp/client.ts"
import { isMcpError } from "../../../plugins/mcp/failure.ts"
import { inquireInTerminal } from "../inquire.ts"
import { CliError, type Io } from "../io.ts"
import { printable } from "../printable.ts"
import { signals } from "../serving.ts"
import { viewOf, withServers } from "./runtime.ts"

export interface CallOptions {
  readonly server: string
  readonly tool: string
  /** Arguments of the first call. */
  readonly input: string | undefined
  /** Further tools, each perhaps with its arguments behind it. */
  readonly then?: ReadonlyArray<string>
  readonly json?: true
}

interface Call {
  readonly tool: string
  readonly input: unknown
}

/** What came of one. */
type Outcome =
  | { readonly tool: string; readonly result: CallToolResult }
  | { readonly tool: string; readonly error: { readonly kind: string; readonly message: string } }

/** All are called, whatever came of those before; the worst of them is the exit code. */
export const callTools = async (io: Io, { server, tool, input, then = [], json }: CallOptions): Promise<void> => {
  const first = { tool, input: readInput(input === "-" ? await readAll(io.stdin) : input, tool) }
  const calls = [first, ...further(then)]
  const code = await withServers(io, async ({ servers }) => {
    viewOf(servers, server)
    const outcomes = await inOrder(io, servers, server, calls, (outcome) => (json ? undefined : tell(io, outcome)))
    if (json) io.stdout.write(`${JSON.stringify(asJson(server, outcomes.done, then.length > 0), null, 2)}\n`)
    return outcomes.code ?? Math.max(0, ...outcomes.done.map(codeOf))
  })
  if (code !== 0) throw new CliError(code, "")
}

/** @throws CliError */
const readInput = (text: string | undefined, tool: string): unknown => {
  if (text === undefined || text.trim() === "") return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below.
  }
  throw new CliError(
    2,
    `the arguments of ${tool} must be a JSON object, for example '{"path": "."}', not ${text.slice(0, 200)}`
  )
}

const further = (words: ReadonlyArray<string>): ReadonlyArray<Call> => {
  const calls: Array<Call> = []
  for (let at = 0; at < words.length; at += 1) {
    const [tool = "", next] = words.slice(at, at + 2)
    const hasInput = next !== undefined && /^\s*[[{]/.test(next)
    calls.push({ tool, input: hasInput ? readInput(next, tool) : {} })
    if (hasInput) at += 1
  }
  return calls
}

const inOrder = async (
  io: Io,
  servers: McpServers,
  server: string,
  calls: ReadonlyArray<Call>,
  tell: (outcome: Outcome) => Promise<void> | undefined
): Promise<{ readonly done: ReadonlyArray<Outcome>; readonly code: number | undefined }> => {
  const stop = new AbortController()
  const asked = signals((again) => io.stderr.write(`\ncancelling the call; ${again} ends at once\n`))
  let code: number | undefined
  void asked.code.then((given) => {
    code = given
    stop.abort()
  })
  const done: Array<Outcome> = []
  try {
    for (const { tool, input } of calls) {
      if (stop.signal.aborted) break
      const outcome = await callOne(servers, server, { tool, input }, clientOf(io, stop.signal))
      done.push(outcome)
      await tell(outcome)
    }
  } finally {
    asked.off()
  }
  return { done, code }
}

const callOne = async (
  servers: McpServers,
  server: string,
  { tool, input }: Call,
  client: McpClient
): Promise<Outcome> => {
  try {
    return { tool, result: await servers.call(server, tool, input, client) }
  } catch (error) {
    if (!isMcpError(error)) throw error
    return { tool, error: { kind: error.kind, message: error.message } }
  }
}

/** There is no model here that a server could ask. */
const clientOf = (io: Io, signal: AbortSignal): McpClient => ({
  session: "mcp-call",
  signal,
  progress: (told) => {
    const text = progressText(told)
    if (text !== "") io.stderr.write(`${printable(text)}\n`)
  },
  ask: (inquiry) => inquireInTerminal(io, inquiry, { signal })
})

const codeOf = (outcome: Outcome): number => {
  if ("result" in outcome) return outcome.result.isError === true ? 1 : 0
  return outcome.error.kind === "login" ? 3 : 2
}

/** Results on standard output, why there is none on standard error. */
const tell = async (io: Io, outcome: Outcome): Promise<void> => {
  if ("error" in outcome) return void io.stderr.write(`kintsugi: ${printable(outcome.error.message)}\n`)
  const { result } = outcome
  const hasText = result.content?.some(({ type }) => type === "text")
  const {
    success,
    data,
    error = ""
  } = await answerOf(hasText ? { ...result, structuredContent: undefined } : result, undefined)
  const text = !success ? error : typeof data === "string" ? data : JSON.stringify(data, null, 2)
  io.stdout.write(`${printable([text, ...imageLines(result)].join("\n"))}\n`)
}

/** A terminal shows no images. */
const imageLines = ({ content = [] }: CallToolResult): ReadonlyArray<string> =>
  content.flatMap((one) => (one.type === "image" ? [`[image, ${one.mimeType}; --json has it]`] : []))

/** Of one call an object, of several a list of them. */
const asJson = (server: string, outcomes: ReadonlyArray<Outcome>, isList: boolean): unknown => {
  const rows = outcomes.map((outcome) =>
    "error" in outcome ? { server, ...outcome } : { server, tool: outcome.tool, isError: false, ...outcome.result }
  )
  return isList ? rows : rows[0]
}
