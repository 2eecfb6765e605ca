import { once } from "node:events"
import { createServer } from "node:http"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import WebSocket, { WebSocketServer } from "ws"
import { connection } from "../../../channels/websocket/connection.ts"
import { defaultLimits, type Limits } from "../../../channels/websocket/limits.ts"
import type { Wire } from "../../../channels/wire/wire.ts"

/** Both ends of a real connection, and what the peer behind it was told. */
const pair = async (more: Partial<Limits> = {}) => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const sockets = new WebSocketServer({ server, maxPayload: 1000 })
  const address = server.address()
  const port = typeof address === "object" ? address?.port : 0
  const [[ours], client] = await Promise.all([
    once(sockets, "connection") as Promise<[WebSocket]>,
    (async () => {
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: more.ping === undefined })
      await once(client, "open")
      return client
    })()
  ])
  onTestFinished(() => {
    client.terminate()
    ours.terminate()
    sockets.close()
    server.close()
  })
  const told: Array<string> = []
  const made = { wire: undefined as Wire | undefined }
  const one = connection({
    socket: ours,
    limits: { ...defaultLimits, ...more },
    join: (wire) => {
      made.wire = wire
      const tell = (what: string) => () => void told.push(what)
      return {
        receive: (text) => void told.push(text),
        drained: tell("drained"),
        gone: tell("gone"),
        stopping: () => {}
      }
    },
    left: () => told.push("left")
  })
  const wire = made.wire
  if (wire === undefined) throw new Error("nobody joined")
  const heard: Array<string> = []
  client.on("message", (data) => heard.push(String(data)))
  const closed = once(client, "close").then(([code, reason]: Array<unknown>) => ({ code, reason: String(reason) }))
  return { ours, client, wire, one, told, heard, closed }
}

const frame = (size: number, id = "") => ({ type: "pong", request_id: id + "ü".repeat(size / 2) }) as const

describe("a connection", () => {
  it("carries texts both ways, whole and in order, whatever their length", async () => {
    const { client, wire, told, heard } = await pair()
    const sent = [frame(10, "a"), frame(1_500_001, "b"), frame(0, "c"), frame(256 * 1024, "d")]
    for (const one of sent) wire.send(one)
    await vi.waitUntil(() => heard.length === sent.length)
    expect(heard.map((text) => JSON.parse(text))).toEqual(sent)
    client.send("hello ü")
    await vi.waitUntil(() => told.length > 0)
    expect(told).toEqual(["hello ü"])
  })

  it("says when it is full, and once when it is free again", async () => {
    const { client, wire, told } = await pair({ free: 10_000 })
    client.pause()
    expect(wire.isFree()).toBe(true)
    for (let n = 0; n < 10; n++) wire.send(frame(1_000_000))
    await new Promise((resolve) => setImmediate(resolve))
    expect(wire.isFree()).toBe(false)
    client.resume()
    await vi.waitUntil(() => wire.isFree())
    expect(told).toEqual(["drained"])
  })

  it("reads nothing from whoever does not read, until it does", async () => {
    const { ours, client, wire, told } = await pair({ pause: 100_000 })
    client.pause()
    for (let n = 0; n < 10; n++) wire.send(frame(1_000_000))
    expect(ours.isPaused).toBe(true)
    client.send("late")
    client.resume()
    await vi.waitUntil(() => told.includes("late"))
    expect(ours.isPaused).toBe(false)
  })

  it("ends whoever has too much waiting", async () => {
    const { client, wire, told, closed } = await pair({ most: 5_000_000 })
    client.pause()
    for (let n = 0; n < 10; n++) wire.send(frame(1_000_000))
    await vi.waitUntil(() => told.includes("left"))
    expect(told).toEqual(["gone", "left"])
    client.resume()
    await closed
    wire.send(frame(1))
    wire.end(1000, "")
  })

  it("ends whoever takes nothing for long, and nobody who takes little", async () => {
    const { client, wire, one, told } = await pair({ stall: 1000 })
    client.pause()
    const before = Date.now()
    for (let n = 0; n < 10; n++) wire.send(frame(1_000_000))
    one.beat(before + 900)
    expect(told).toEqual([])
    one.beat(Date.now() + 1100)
    await vi.waitUntil(() => told.includes("left"))
    const other = await pair({ stall: 1000 })
    other.wire.send(frame(10))
    await vi.waitUntil(() => other.heard.length === 1)
    await vi.waitUntil(() => other.ours.bufferedAmount === 0)
    other.one.beat(Date.now() + 5000)
    expect(other.told).toEqual([])
  })

  it("ends whoever answers no ping, and nobody who says anything", async () => {
    const { client, one, told } = await pair({ ping: 1000 })
    const pings: Array<number> = []
    client.on("ping", () => pings.push(1))
    let now = Date.now()
    const beat = () => one.beat((now += 1001))
    beat()
    beat()
    await vi.waitUntil(() => pings.length === 2)
    client.send("here")
    await vi.waitUntil(() => told.includes("here"))
    beat()
    beat()
    await vi.waitUntil(() => pings.length === 4)
    expect(told).toEqual(["here"])
    beat()
    await vi.waitUntil(() => told.includes("left"))
  })

  it("closes with a reason that fits, and is not harmed by one that does not", async () => {
    const { wire, closed } = await pair()
    wire.end(4401, "ü".repeat(200))
    expect(await closed).toEqual({ code: 4401, reason: "ü".repeat(60) })
  })

  it("cannot be harmed by a frame that cannot be written", async () => {
    const { wire, heard } = await pair()
    const circle: Record<string, unknown> = {}
    circle.self = circle
    wire.send({ type: "health", health: circle })
    wire.send({ type: "health", health: 1n })
    wire.send(frame(0))
    await vi.waitUntil(() => heard.length === 3)
    expect(heard.slice(0, 2).map((text) => JSON.parse(text).code)).toEqual(["internal", "internal"])
  })

  it("answers frames that are no texts, nine times", async () => {
    const { client, heard, closed, told } = await pair()
    for (let n = 0; n < 10; n++) client.send(Buffer.from('{"type":"ping"}'))
    expect(await closed).toEqual({ code: 1003, reason: "frames are JSON texts" })
    expect(heard).toHaveLength(9)
    await vi.waitUntil(() => told.includes("left"))
    expect(told).toEqual(["gone", "left"])
  })
})
