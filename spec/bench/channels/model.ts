/**
 * A model for the channels' bench, in a process of its own: OpenAI's chat dialect, twenty pieces over about a second. It
 * keeps how long it took itself for each message, so that the rest of a turn's time is ours.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { json } from "node:stream/consumers"
import { setTimeout } from "node:timers/promises"

interface Body {
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: unknown }>
}

/** Milliseconds from a request's arrival to the reply's end, by the text of the message that it answers. */
export type Took = Record<string, number>

const pieces = 20
/** Milliseconds between two pieces. */
const pause = 50

const took: Took = {}

const chunk = (delta: unknown, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: "chatcmpl-bench",
    object: "chat.completion.chunk",
    created: 0,
    model: "bench",
    choices: [{ index: 0, delta, finish_reason: finish }]
  })}\n\n`

const textOf = (content: unknown): string =>
  typeof content === "string" ? content : JSON.stringify(content).replace(/^.*"text":"|".*$/g, "")

const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const began = performance.now()
  const { messages } = (await json(request)) as Body
  const said = textOf(messages.findLast(({ role }) => role === "user")?.content)
  response.writeHead(200, { "content-type": "text/event-stream" })
  for (let piece = 0; piece < pieces; piece++) {
    await setTimeout(pause)
    response.write(chunk({ content: piece === 0 ? `You said: ${said}.` : " And so on." }))
  }
  response.end(`${chunk({}, "stop")}data: [DONE]\n\n`)
  took[said] = performance.now() - began
}

const server = createServer((request, response) => void respond(request, response))

process.on("message", () => process.send?.(took))
process.on("disconnect", () => process.exit())
server.listen(0, "127.0.0.1", () => process.send?.(server.address()))
