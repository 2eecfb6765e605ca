import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { mountRuntime } from "../../../channels/websocket/embedded.ts"
import { serveWebSocket } from "../../../channels/websocket/serve.ts"
import { as, connect, get, keys, serve, upgrade, raw } from "./served.ts"

describe("the server", () => {
  it("answers a message once, to all of one user who look at the session", async () => {
    const at = await serve()
    const [ann, tab] = [await at.connect(), await at.connect({})]
    ann.say({ type: "message", content: "hello", message_id: "m1" })
    const { session_id, ...response } = await ann.next("response")
    expect(response).toMatchObject({ content: "You said: hello", status: "done", message_id: "m1" })
    tab.say({ type: "auth", api_key: keys.ann, session_id })
    expect(await tab.next("auth_response")).toMatchObject({ success: true, session_id, user: "ann", operator: false })
    tab.say({ type: "message", content: "again", message_id: "m2" })
    for (const one of [ann, tab])
      expect(await one.next("response", ({ message_id }) => message_id === "m2")).toMatchObject({ session_id })
  })

  it("needs no key where it was said, and then all are the machine's own user", async () => {
    const at = await serve({ requireAuth: false })
    expect(at.serving.key).toBe(undefined)
    for (const options of [{}, as(keys.ann), as("anything at all")]) {
      const one = await at.connect(options)
      one.say({ type: "auth" })
      expect(await one.next("auth_response")).toMatchObject({ success: true, operator: true })
    }
  })

  it("makes up a key when it has none, for the machine's own user", async () => {
    const at = await serve({ keys: [] })
    const one = await at.connect(as(at.serving.key ?? ""))
    one.say({ type: "sessions" })
    expect(await one.next("sessions")).toMatchObject({ sessions: [] })
    await expect(at.connect(as(keys.ann))).rejects.toThrow("401")
  })

  it("shows the console where there is one, and says what there is elsewhere", async () => {
    const at = await serve({
      console: (request, response) => {
        if (request.url !== "/") return false
        response.end("the console")
        return true
      }
    })
    expect(await get(at.port, "/")).toMatchObject({ code: 200, body: "the console" })
    expect(await get(at.port, "/other")).toMatchObject({ code: 404, body: expect.stringContaining("/health") })
    expect(await get(at.port, "/ws")).toMatchObject({ code: 426, headers: { upgrade: "websocket" } })
    expect(await get(at.port, "/health", { method: "POST" })).toMatchObject({
      code: 405,
      headers: { allow: "GET, HEAD" }
    })
    expect(await get(at.port, "/health", { method: "HEAD" })).toMatchObject({ code: 200, body: "" })
  })

  it("says that it is not ready when the runtime cannot say how it is", async () => {
    const broken = () => {
      throw new Error("in /secret/folder")
    }
    const at = await serve({ health: { health: broken } })
    const { code, body } = await get(at.port, "/health")
    expect(code).toBe(503)
    expect(JSON.parse(body)).toEqual({ status: "stopping", sessions: 0, turns: 0, plugins: {} })
  })

  it("tells whoever shows a key with the connection that it counts, and whoever shows it later once", async () => {
    const at = await serve()
    const early = await at.connect()
    const { session_id } = await early.next("auth_response", ({ success, user }) => success && user === "ann")
    early.say({ type: "message", content: "hello", message_id: "m1" })
    expect(await early.next("response")).toMatchObject({ message_id: "m1", session_id })
    const late = await at.connect({})
    late.say({ type: "auth", api_key: keys.ann })
    late.say({ type: "ping" })
    await late.next("pong")
    await late.next("auth_response")
    expect(late.frames.filter(({ type }) => type === "auth_response")).toHaveLength(1)
  })

  it("agrees to its own protocol's name and to no other", async () => {
    const at = await serve()
    const offering = (offered: string) =>
      raw(at.port, `${upgrade({ Authorization: `Bearer ${keys.ann}`, "Sec-WebSocket-Protocol": offered })}\x88`)
    const heads = [offering("mqtt, kintsugi"), offering("mqtt")]
    for (const one of await Promise.all([at.connect(), at.connect()])) one.socket.close()
    await at.serving.stop(0)
    expect(await heads[0]).toMatch(/^HTTP\/1\.1 101 [^]*Sec-WebSocket-Protocol: kintsugi\r\n/)
    expect(await heads[1]).toMatch(/^HTTP\/1\.1 101 /)
    expect(await heads[1]).not.toMatch(/mqtt/)
  })

  it("does not open where it must not, and leaves nothing open", async () => {
    const at = await serve()
    const parts = { hub: at.hub, health: at.runtime }
    await expect(serveWebSocket({ ...parts, host: "0.0.0.0" })).rejects.toThrow(/needs a key/)
    await expect(serveWebSocket({ ...parts, host: "0.0.0.0", keys: ["short"] })).rejects.toThrow(/16 characters/)
    await expect(serveWebSocket({ ...parts, port: at.port })).rejects.toMatchObject({ code: "EADDRINUSE" })
  })
})

describe("a server that stops", () => {
  it("lets what runs end, tells everybody, lets nobody new in, and closes", async () => {
    const at = await serve()
    const ann = await at.connect()
    ann.say({ type: "message", content: "hold", message_id: "m1" })
    await ann.next("event", ({ event }) => event.type === "agent.acting")
    const stopped = at.serving.stop(60_000)
    expect(await ann.next("stopping")).toMatchObject({ grace: 60_000 })
    expect(await get(at.port, "/health")).toMatchObject({ code: 503, body: expect.stringContaining('"stopping"') })
    await expect(at.connect()).rejects.toThrow("503: the server stops")
    ann.say({ type: "message", content: "hello", request_id: "new" })
    expect(await ann.next("error")).toMatchObject({ code: "stopping", request_id: "new" })
    at.release()
    expect(await ann.next("response")).toMatchObject({ message_id: "m1", status: "done", content: "held" })
    expect(await ann.closed).toMatchObject({ code: 1012 })
    await stopped
    await expect(get(at.port, "/health")).rejects.toThrow(/ECONNREFUSED/)
  })

  it("waits no longer than it was told, also for clients that do not go", async () => {
    const at = await serve()
    const ann = await at.connect()
    ann.say({ type: "message", content: "hold" })
    await ann.next("event", ({ event }) => event.type === "agent.acting")
    const deaf = await at.connect()
    deaf.socket.pause()
    await at.serving.stop(0)
    expect(await ann.closed).toMatchObject({ code: 1012 })
    expect(ann.frames.filter(({ type }) => type === "response")).toEqual([])
  })
})

it("hung on a server of somebody's own it counts whomever a proxy brings by itself, too", async () => {
  const { runtime } = await serve()
  const users = Object.entries(keys).map(([name, key]) => ({ name, key }))
  const mounted = await mountRuntime(runtime, { keys: users, proxies: ["127.0.0.1"], limits: { perAddress: 1 } })
  const server = createServer().on("upgrade", mounted.upgrade).listen(0, "127.0.0.1")
  onTestFinished(async () => {
    await mounted.stop(0)
    server.close()
  })
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // it listens on TCP
  const from = (address: string) => connect(port, { headers: { ...as(keys.ann).headers, "x-forwarded-for": address } })
  await from("192.0.2.1")
  await expect(from("192.0.2.1")).rejects.toThrow("503")
  await from("192.0.2.2")
})
