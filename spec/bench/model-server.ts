/**
 * A model server for benches, in a process of its own: OpenAI's chat dialect, streamed. It asks for one shell command a
 * reply, checks that each came back computed, and ends with a text. Its parent says `reset` before a run and `report` after.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { json } from "node:stream/consumers"

/** Commands asked for in one run. */
const rounds = 30

interface ChatMessage {
  readonly role: string
  readonly content: unknown
}

export interface ChatBody {
  readonly messages: ReadonlyArray<ChatMessage>
  readonly tools?: ReadonlyArray<unknown>
}

export interface Report {
  /** When each request arrived, milliseconds since the Unix epoch, with fractions. */
  readonly arrivals: Array<number>
  /** When the last byte of each reply was handed to the system. */
  readonly departures: Array<number>
  readonly bodies: Array<ChatBody>
}

const empty = (): Report => ({ arrivals: [], departures: [], bodies: [] })
const now = () => performance.timeOrigin + performance.now()

let report = empty()

const chunk = (delta: unknown, finishReason: string | null = null) =>
  `data: ${JSON.stringify({
    id: "chatcmpl-bench",
    object: "chat.completion.chunk",
    created: 0,
    model: "bench",
    choices: [{ index: 0, delta, finish_reason: finishReason }]
  })}\n\n`

const call = (round: number): ReadonlyArray<string> => {
  const argument = JSON.stringify({ command: `echo $((1000 + ${round}))` })
  const part = (text: string) => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })
  const opening = { index: 0, id: `call_${round}`, type: "function", function: { name: "execute_bash", arguments: "" } }
  return [
    chunk({ role: "assistant", content: null, tool_calls: [opening] }),
    part(argument.slice(0, 10)),
    part(argument.slice(10)),
    chunk({}, "tool_calls")
  ]
}

const farewell = [chunk({ role: "assistant", content: "All " }), chunk({ content: "done." }), chunk({}, "stop")]

/** @returns what the newest answer lacks. */
const complaint = (messages: ReadonlyArray<ChatMessage>, answered: number): string | undefined => {
  const newest = JSON.stringify(messages.at(-1)?.content)
  return answered === 0 || newest.includes(String(999 + answered))
    ? undefined
    : `answer ${answered} is wrong: ${newest}`
}

const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const arrived = now()
  const body = (await json(request)) as ChatBody
  const answered = body.messages.filter(({ role }) => role === "tool").length
  const wrong = complaint(body.messages, answered)
  if (wrong !== undefined) {
    response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error: { message: wrong } }))
    return
  }
  report.arrivals.push(arrived)
  report.bodies.push(body)
  response.writeHead(200, { "content-type": "text/event-stream" })
  for (const piece of answered < rounds ? call(answered) : farewell) response.write(piece)
  response.end("data: [DONE]\n\n", () => report.departures.push(now()))
}

const server = createServer((request, response) => void respond(request, response))

process.on("message", (order) => {
  if (order === "reset") report = empty()
  process.send?.(order === "report" ? report : "ready")
})
process.on("disconnect", () => process.exit())
server.listen(0, "127.0.0.1", () => process.send?.(server.address()))
