import { filter, firstValueFrom, take, toArray } from "rxjs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { connect, type ConnectOptions, type RemoteHost } from "../../../channels/connect/connect.ts"
import type { OutFrame } from "../../../channels/wire/frames.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { type FakeServer, fakeServer, nothing, sessionFrame } from "./fake-server.ts"

/** Short pauses: what is waited for on purpose comes soon. */
const times = { firstRetry: 5, longestRetry: 20, open: 2000, answer: 2000 }

let server: FakeServer
const hosts: Array<RemoteHost> = []
beforeEach(async () => {
  server = await fakeServer()
})
afterEach(async () => {
  await server.stop().catch(() => {})
  for (const host of hosts.splice(0)) await host.close()
})

const reach = async (options: ConnectOptions = {}): Promise<RemoteHost> => {
  const host = await connect(`127.0.0.1:${server.port}`, { ...options, times: { ...times, ...options.times } })
  hosts.push(host)
  return host
}

const state = (host: RemoteHost, wanted: string) =>
  firstValueFrom(host.connection.pipe(filter((connection) => connection.state === wanted)))

const text = (delta: string): AgentNotice => ({ type: "agent.text", delta })
const started = (...ids: ReadonlyArray<string>): AgentNotice => ({ type: "agent.started", messages: ids })
const replied = (...ids: ReadonlyArray<string>): AgentNotice => ({
  type: "agent.replied",
  text: "done",
  verified: false,
  messages: ids,
  spent: nothing
})
const message = (id: string) =>
  ({ type: "user.message", id, content: [{ type: "text", text: `say ${id}` }], at: 1 }) as const

const usualAnswer = () => server.answer

describe("a connection that breaks", () => {
  it("is made again, and every event comes once and in order", async () => {
    const host = await reach()
    const session = await host.open()
    const heard = firstValueFrom(session.events.pipe(take(6), toArray()))
    server.tell(started("m"), text("a"))
    server.drop()
    server.tell(text("b"))
    await state(host, "connecting")
    server.tell(text("c"))
    await state(host, "connected")
    await server.got("resume")
    server.drop()
    server.tell(text("d"))
    await server.got("resume", 2)
    server.tell(replied("m"))
    expect((await heard).map((notice) => ("delta" in notice ? notice.delta : notice.type))).toEqual([
      "agent.started",
      "a",
      "b",
      "c",
      "d",
      "agent.replied"
    ])
  })

  it("passes by what comes twice", async () => {
    const session = await (await reach()).open()
    const heard = firstValueFrom(session.events.pipe(take(2), toArray()))
    const frame: OutFrame = { type: "event", seq: 1, at: 1, event: text("once"), session_id: "s1" }
    server.say(frame, frame, { ...frame, seq: 2, event: text("then") })
    expect(await heard).toEqual([text("once"), text("then")])
    server.drop()
    await server.got("resume")
    expect(server.received.at(-1)).toMatchObject({ type: "resume", after: 2 })
  })

  it("says a message again under its id until an event names it, and not after that", async () => {
    const host = await reach()
    const session = await host.open()
    session.send(message("m1"))
    session.send(message("m2"))
    await server.got("message", 2)
    server.tell(started("m1"))
    await firstValueFrom(session.events)
    server.drop()
    await server.got("message", 3)
    server.tell({ type: "agent.queued", id: "m2" })
    await firstValueFrom(session.events)
    server.drop()
    await server.got("resume", 2)
    await server.got("view", 2)
    expect(server.received.filter(({ type }) => type === "message")).toMatchObject([
      { message_id: "m1", content: "say m1", session_id: "s1" },
      { message_id: "m2" },
      { message_id: "m2", content: "say m2" }
    ])
  })

  it("keeps what is said meanwhile, in its order", async () => {
    const host = await reach()
    const session = await host.open()
    await server.stop()
    await state(host, "lost")
    session.send(message("m1"))
    session.send({ type: "user.permissions", mode: "edits" })
    session.send(message("m2"))
    await server.start()
    await server.got("message", 2)
    const types = server.received.map(({ type }) => type)
    const again = ["resume", "message", "permissions", "message", "commands", "view"]
    expect(types.slice(types.indexOf("resume"))).toEqual(again)
  })

  it("is tried until patience ends, and again when something is said", async () => {
    const host = await reach({ times: { patience: 60 } })
    const session = await host.open()
    await server.stop()
    expect(await state(host, "ended")).toMatchObject({ reason: expect.stringContaining("nobody answers at") })
    await server.start()
    session.send(message("m1"))
    await server.got("message")
    expect(host.now().state).toBe("connected")
  })

  it("counts as lost when the far side is silent", async () => {
    const host = await reach({ times: { beat: 20 } })
    const usual = usualAnswer()
    server.answer = (frame) => (frame.type === "ping" ? [] : usual(frame))
    expect(await state(host, "lost")).toMatchObject({ reason: expect.stringContaining("no sign of life") })
  })

  it("tells whoever asked something that it is not known what came of it", async () => {
    const host = await reach()
    const session = await host.open()
    const usual = usualAnswer()
    server.answer = (frame) => (frame.type === "fork" ? [] : usual(frame))
    const fork = session.fork("here")
    await server.got("fork")
    server.drop()
    await expect(fork).rejects.toThrow("it may be done or not")
    await expect(session.tree()).rejects.toThrow(/no connection|before it answered/)
  })
})

describe("a session", () => {
  it("in which nothing was said gives its place to a new one when the server has forgotten it", async () => {
    const host = await reach()
    const session = await host.open()
    const usual = usualAnswer()
    server.answer = (frame) => {
      if (frame.type === "resume")
        return [{ type: "error", code: "no_session", message: "There is none.", request_id: frame.request_id }]
      return frame.type === "open"
        ? [{ ...sessionFrame({ session_id: "s2" }), request_id: frame.request_id }]
        : usual(frame)
    }
    server.drop()
    session.send(message("m1"))
    await server.got("message")
    expect(session.id).toBe("s2")
    expect(server.received.find(({ type }) => type === "message")).toMatchObject({ session_id: "s2" })
  })

  it("tells of a message that the server refuses, and lets whoever waits for its answer go", async () => {
    const session = await (await reach()).open()
    const usual = usualAnswer()
    server.answer = (frame) =>
      frame.type === "message"
        ? [
            {
              type: "error",
              code: "not_configured",
              message: "Configure a model.",
              message_id: frame.message_id,
              session_id: "s1"
            }
          ]
        : usual(frame)
    expect(await session.ask("hello")).toMatchObject({
      type: "agent.failed",
      failure: { code: "not_configured", message: "Configure a model." }
    })
  })

  it("warns of what the server does not do, but for an answer that came too late", async () => {
    const session = await (await reach()).open()
    const usual = usualAnswer()
    server.answer = (frame) =>
      frame.type === "model" || frame.type === "permission"
        ? [
            {
              type: "error",
              code: frame.type === "model" ? "refused" : "not_found",
              message: "No.",
              request_id: frame.request_id
            }
          ]
        : usual(frame)
    const heard = firstValueFrom(session.events)
    session.send({ type: "permission.answered", id: "q", decision: "allow" })
    session.send({ type: "user.model", model: "x/y" })
    expect(await heard).toEqual({ type: "agent.warned", failure: { code: "refused", message: "No." } })
  })

  it("refuses here what is too large for a frame", async () => {
    const session = await (await reach()).open()
    const image = { type: "image", mime: "image/png", data: "A".repeat(17_000_000) } as const
    expect(() => session.send({ ...message("m"), content: [image] })).toThrow("A message may have 16.0 MiB")
    await session.close()
    expect(server.received.some(({ type }) => type === "message")).toBe(false)
  })

  it("leaves when it is closed, and the rest goes on", async () => {
    const host = await reach()
    const session = await host.open()
    await session.close()
    expect(server.received.at(-1)).toMatchObject({ type: "leave", session_id: "s1" })
    expect(() => session.send("more")).toThrow("is closed")
    expect(host.now().state).toBe("connected")
  })

  it("tells when somebody else goes to another point of it", async () => {
    const session = await (await reach()).open()
    const said = { role: "assistant", content: [{ type: "text", text: "old" }], model: "x/y" } as const
    server.tell(started("m"), { type: "agent.said", message: said }, replied("m"))
    await firstValueFrom(session.events.pipe(filter(({ type }) => type === "agent.replied")))
    const renewed = firstValueFrom(session.renewed)
    server.say(sessionFrame({ last: 3, since: 3, transcript: [] }))
    expect(await renewed).toEqual({ moved: true })
    expect(session.view().transcript).toEqual([])
  })

  it("holds a view back that is newer than the events that have come", async () => {
    const session = await (await reach()).open()
    const renewed = firstValueFrom(session.renewed)
    server.say(sessionFrame({ last: 2, since: 2, permissions: "auto" }))
    server.tell(text("a"))
    await firstValueFrom(session.events)
    expect(session.view().permissions).toBe("ask")
    server.tell(text("b"))
    await renewed
    expect(session.view().permissions).toBe("auto")
  })
})

describe("a server that cannot be used", () => {
  const refused = (answer: ReadonlyArray<OutFrame>, options: ConnectOptions = {}) => {
    server.answer = () => answer
    return connect(`127.0.0.1:${server.port}`, { ...options, times })
  }

  it("is not there", async () => {
    await server.stop()
    await expect(connect(`127.0.0.1:${server.port}`, { times })).rejects.toThrow(
      /nobody answers at .* \(ECONNREFUSED\)/
    )
  })

  it("does not take the key, and does not show it", async () => {
    const answer: OutFrame = { type: "auth_response", success: false, error: "nobody has it" }
    await expect(refused([answer], { apiKey: "sesame-sesame-sesame" })).rejects.toThrow(
      /^127\.0\.0\.1:\d+ does not take the key: nobody has it$/
    )
    await expect(refused([answer])).rejects.toMatchObject({
      code: "no_key",
      message: expect.stringContaining("set KINTSUGI_API_KEY")
    })
  })

  it("is none of ours", async () => {
    await expect(refused([{ type: "pong" }])).rejects.toThrow("is no WebSocket channel of kintsugi")
    server.answer = () => []
    void server.got("auth", 2).then(() => server.say("hello!"))
    await expect(connect(`127.0.0.1:${server.port}`, { times })).rejects.toThrow("is no WebSocket channel of kintsugi")
  })

  it("speaks another format", async () => {
    await expect(refused([{ type: "auth_response", success: true, protocol: 7 }])).rejects.toThrow("message format 7")
  })

  it("says nothing", async () => {
    server.answer = () => []
    await expect(connect(`127.0.0.1:${server.port}`, { times: { ...times, open: 30 } })).rejects.toThrow(
      "does not answer"
    )
  })

  it("says what we do not know: that is passed by", async () => {
    const session = await (await reach()).open()
    const heard = firstValueFrom(session.events)
    server.say("{", "[]", `{"type":"constructor"}`, `{"type":"event","seq":1}`, `{"type":"later","x":1}`)
    server.say(`{"type":"event","seq":1,"at":1,"session_id":"s1","event":{"type":"agent.text"}}`)
    server.tell(text("a"))
    expect(await heard).toEqual(text("a"))
  })

  it("keeps the key away from everything but its greeting", async () => {
    const host = await reach({ apiKey: "sesame-sesame-sesame" })
    await (await host.open()).close()
    const [first, ...rest] = server.received
    expect(first).toEqual({ type: "auth", api_key: "sesame-sesame-sesame" })
    expect(JSON.stringify(rest)).not.toContain("sesame")
    expect(JSON.stringify(host)).not.toContain("sesame")
  })
})
