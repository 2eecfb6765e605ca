/** A model on the loopback interface that takes its time: it works through the tasks of a conversation, three steps each. */
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import { setTimeout as pause } from "node:timers/promises"
import { fields } from "../../../llm/wire-value.ts"
import { chat, type Script } from "../../llm/dialects/speakers.ts"

export interface SlowModel extends AsyncDisposable {
  readonly port: number
  readonly requests: () => number
}

/** @param pace Milliseconds between two pieces of a text. */
export const slowModel = async (pace: number): Promise<SlowModel> => {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    json(request)
      .then((body) => stream(response, chat.say(replyTo(body, requests)), pace))
      // The server that asked was killed.
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

/** Of text one piece at a time; calls and the end at once. */
const stream = async (response: ServerResponse, whole: string, pace: number): Promise<void> => {
  response.writeHead(200, { "content-type": "text/event-stream" })
  for (const event of whole.split(/(?<=\n\n)/)) {
    if (response.destroyed) return
    response.write(event)
    if (/"content":"[^"]/.test(event)) await pause(pace)
  }
  response.end()
}

const usage = { input: 100, output: 10, cacheRead: 0, cacheWrite: 0 }

/** Steps of a task, each with what it leaves behind. */
export const stepsOf = (task: string): ReadonlyArray<NonNullable<Script["calls"]>> => [
  [bash(`${task}.0`)],
  [bash(`${task}.1`), file(`${task}.2`)]
]

const bash = (token: string) => ({
  id: token,
  name: "execute_bash",
  json: JSON.stringify({ command: `echo ${token} >> notes/${token}; sleep 0.15` })
})

const file = (token: string) => ({
  id: token,
  name: "write_file",
  json: JSON.stringify({ path: `files/${token}`, content: token })
})

/** What comes next in the conversation: the first step of the first task that was not taken yet. */
const replyTo = (body: unknown, request: number): Script => {
  const { messages } = fields(body)
  const text = JSON.stringify((Array.isArray(messages) ? messages : []).filter((one) => fields(one).role !== "system"))
  const tasks = [...new Set([...text.matchAll(/task (\w+)!/g)].map(([, task = ""]) => task))]
  for (const task of tasks) {
    for (const calls of stepsOf(task)) {
      if (calls.some(({ id }) => text.includes(marker(id)))) continue
      // Of one conversation ids must be unique, also when a reply is asked for again.
      const made = calls.map((call) => ({ ...call, id: `call_${call.id.replaceAll(".", "_")}_${request}` }))
      return { text: `I go on with ${task}, one step after the other.`, calls: made, usage }
    }
  }
  return { text: `All of it is done: ${tasks.join(", ")}.`, usage }
}

/** Stands in the conversation once the call with this token was made. */
const marker = (token: string): string => (token.endsWith(".2") ? `files/${token}` : `notes/${token};`)
