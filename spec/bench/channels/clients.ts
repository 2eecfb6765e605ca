/**
 * Many clients of a WebSocket channel, in a process of their own: each has a session, says so many messages with a pause of
 * chance length before each, and counts what comes back.
 */
import { once } from "node:events"
import { setTimeout } from "node:timers/promises"
import { WebSocket } from "ws"

export interface Order {
  readonly url: string
  readonly key: string
  readonly clients: number
  readonly turns: number
  /** Milliseconds between the end of a turn and the next message, on average. */
  readonly pause: number
}

export interface Turn {
  readonly said: string
  /** Milliseconds from the message to its response. */
  readonly took: number
}

export interface Outcome {
  readonly turns: ReadonlyArray<Turn>
  /** What went wrong, a line each: no answer, two answers, another's answer, a gap in the numbers. */
  readonly complaints: ReadonlyArray<string>
}

/** Milliseconds that an answer may take. */
const patience = 60_000

interface Frame {
  readonly type: string
  readonly success?: boolean
  readonly seq?: number
  readonly content?: string
  readonly message_id?: string
  readonly message?: string
}

const client = async ({ url, key }: Order, complain: (text: string) => void) => {
  const socket = new WebSocket(url)
  const waiting = new Map<string, (frame: Frame) => void>()
  let last = 0
  const entered = Promise.withResolvers<void>()
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Frame
    if (frame.type === "auth_response")
      return frame.success ? entered.resolve() : entered.reject(new Error("not let in"))
    if (frame.type === "error") return complain(`error: ${frame.message}`)
    if (frame.type === "event") {
      if (frame.seq !== last + 1) complain(`event ${frame.seq} came after ${last}`)
      last = frame.seq ?? last
    }
    if (frame.type !== "response") return
    const take = waiting.get(frame.message_id ?? "")
    if (take === undefined) return complain(`an answer nobody waits for: ${frame.message_id}`)
    waiting.delete(frame.message_id ?? "")
    take(frame)
  })
  const ended = Promise.withResolvers<void>()
  socket.on("close", (code, reason) => {
    if (code !== 1000) complain(`closed with ${code} ${String(reason)}`)
    entered.reject(new Error(`closed with ${code} ${String(reason)}`))
    ended.resolve()
  })
  socket.on("error", (error) => entered.reject(error))
  await once(socket, "open")
  socket.send(JSON.stringify({ type: "auth", api_key: key }))
  await entered.promise
  const ask = async (said: string): Promise<Turn> => {
    const answered = new Promise<Frame>((resolve) => waiting.set(said, resolve))
    const began = performance.now()
    socket.send(JSON.stringify({ type: "message", content: said, message_id: said }))
    const frame = await Promise.race([answered, ended.promise, setTimeout(patience, undefined, { ref: false })])
    if (frame === undefined) complain(`no answer to ${said}`)
    else if (!frame.content?.startsWith(`You said: ${said}.`)) complain(`${said} was answered with ${frame.content}`)
    return { said, took: performance.now() - began }
  }
  return { ask, close: () => socket.close(1000) }
}

/** Half of it to half as much again, so that no client is far behind the others. */
const about = (mean: number): number => (0.5 + Math.random()) * mean

/** @returns once all is said; the sockets stay open, idle, until this process ends. */
const work = async (order: Order): Promise<Outcome> => {
  const complaints: Array<string> = []
  const all = await inBatches(order.clients, () => client(order, (text) => complaints.push(text)))
  const turns = await Promise.all(
    all.map(async ({ ask }, n) => {
      const mine: Array<Turn> = []
      for (let turn = 0; turn < order.turns; turn++) {
        await setTimeout(about(order.pause))
        mine.push(await ask(`client ${order.clients}-${n} turn ${turn}`))
      }
      return mine
    })
  )
  return { turns: turns.flat(), complaints }
}

/** A hundred at a time, as a kernel's queue of connections likes it. */
const inBatches = async <Made>(count: number, make: () => Promise<Made>): Promise<ReadonlyArray<Made>> => {
  const made: Array<Made> = []
  while (made.length < count)
    made.push(...(await Promise.all(Array.from({ length: Math.min(100, count - made.length) }, make))))
  return made
}

process.on("message", (order: Order) => {
  work(order).then(
    (outcome) => process.send?.(outcome),
    (error: Error) => process.send?.({ turns: [], complaints: [error.message] })
  )
})
process.on("disconnect", () => process.exit())
