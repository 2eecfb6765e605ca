/** A provider on the loopback interface that speaks Chat Completions, plays a script and fails when a fault is armed. */
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import { setImmediate } from "node:timers/promises"
import type { WireFault } from "./faults.ts"

export interface ScriptedCall {
  readonly id: string
  readonly name: string
  readonly input: object
}

export type Reply = { readonly calls: ReadonlyArray<ScriptedCall> } | { readonly text: string }

export interface TransportOptions {
  /** The same for the same turn and round, however often it is asked for. */
  readonly reply: (turn: number, round: number) => Reply
  /** The fault that this request meets. */
  readonly fault: (turn: number, round: number) => WireFault | undefined
}

export interface Transport {
  readonly url: string
  /** Requests so far. */
  readonly requests: () => number
  /** Lets go of connections that nobody uses now. */
  readonly rest: () => void
  readonly close: () => Promise<void>
}

interface Asked {
  readonly turn: number
  readonly round: number
}

interface Message {
  readonly role: string
  readonly content?: unknown
}

/**
 * The turn stands last in the newest user message, which may hold older ones that were never replied to; each reply since
 * then was one round.
 */
const askedOf = (messages: ReadonlyArray<Message>): Asked => {
  const at = messages.findLastIndex(({ role }) => role === "user")
  const turn = [...JSON.stringify(messages[at]?.content).matchAll(/task (\d+)/g)].at(-1)?.[1]
  const round = messages.slice(at + 1).filter(({ role }) => role === "assistant").length
  return { turn: Number(turn), round }
}

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: "chatcmpl-chaos",
    object: "chat.completion.chunk",
    created: 0,
    model: "chaos",
    choices: [{ index: 0, delta, finish_reason: finish }]
  })}\n\n`

const eventsOf = (reply: Reply): ReadonlyArray<string> => {
  if ("text" in reply) return [chunk({ role: "assistant", content: reply.text }), chunk({}, "stop"), "data: [DONE]\n\n"]
  const calls = reply.calls.flatMap(({ id, name, input }, index) => {
    const text = JSON.stringify(input)
    const half = Math.floor(text.length / 2)
    const part = (piece: string) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })
    const opening = { index, id, type: "function", function: { name, arguments: "" } }
    return [chunk({ tool_calls: [opening] }), part(text.slice(0, half)), part(text.slice(half))]
  })
  return [chunk({ role: "assistant", content: "On it." }), ...calls, chunk({}, "tool_calls"), "data: [DONE]\n\n"]
}

const refused = (response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify({ error: { message: "broken on purpose", type: "server_error" } }))
}

/** Half of what it has to say. */
const begin = async (response: ServerResponse, events: ReadonlyArray<string>): Promise<void> => {
  response.writeHead(200, { "content-type": "text/event-stream" })
  for (const event of events.slice(0, Math.ceil(events.length / 2))) response.write(event)
  // It must have left before the socket goes.
  await new Promise<void>((resolve) => response.write("", () => resolve()))
  await setImmediate()
}

const misbehave: Readonly<Record<WireFault, (response: ServerResponse, events: ReadonlyArray<string>) => unknown>> = {
  dropped: (response) => response.destroy(),
  truncated: async (response, events) => {
    await begin(response, events)
    response.destroy()
  },
  stalled: begin,
  rate_limited: (response) => refused(response, 429, { "retry-after": "1" }),
  overloaded: (response) => refused(response, 500, {}),
  malformed: async (response, events) => {
    await begin(response, events)
    response.end('data: {"choices": [{"delta": \n\n')
  },
  empty: (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end()
}

export const openTransport = async ({ reply, fault }: TransportOptions): Promise<Transport> => {
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    response.on("error", () => {})
    const answer = async () => {
      const { messages } = (await json(request)) as { readonly messages: ReadonlyArray<Message> }
      const { turn, round } = askedOf(messages)
      const events = eventsOf(reply(turn, round))
      const met = fault(turn, round)
      if (met !== undefined) return misbehave[met](response, events)
      response.writeHead(200, { "content-type": "text/event-stream" })
      for (const event of events) response.write(event)
      return response.end()
    }
    answer().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo // of a server that listens on a port
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests: () => requests,
    rest: () => server.closeIdleConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
