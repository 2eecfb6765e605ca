/** Clients of a hub: what they say, and what they are answered. */
import { describe, expect, it } from "vitest"
import type { AgentNotice } from "../../../machines/events.ts"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import { defineTool } from "../../../plugins/tool.ts"
import { played } from "../../actors/played-model.ts"
import { plugin, tool } from "../../actors/stage.ts"
import { ann, type Client, makeClock, makeHalls, operator } from "./hall.ts"

const halls = makeHalls()

/** Sends a message and waits for its response. */
const ask = async (client: Client, content: string, more: object = {}) => {
  client.say({ type: "message", content, ...more })
  return client.next("response")
}

const begin = async (client: Client): Promise<string> => {
  client.say({ type: "auth" })
  return (await client.next("auth_response")).session_id ?? ""
}

const events = (client: Client): ReadonlyArray<AgentNotice["type"]> =>
  client.all("event").map(({ event }) => event.type)

/** Waits for the user's word before it says who it is. */
const guarded = plugin("guarded", [
  defineTool({
    name: "guarded",
    description: "A tool.",
    risk: "execute",
    input: { type: "object" },
    execute: () => "done"
  })
])
const wantsIt = { calls: [{ id: "c1", name: "guarded", input: {} }] }

describe("a message", () => {
  it("is answered by a status, events and one response, right before the event that ended its turn", async () => {
    const { connect } = await halls.open(played(["four"]))
    const client = connect(ann)
    const session_id = await begin(client)
    client.say({ type: "message", content: "2+2?", message_id: "m1", request_id: "r1" })
    expect(await client.next("status")).toEqual({
      type: "status",
      status: "processing",
      message_id: "m1",
      request_id: "r1",
      session_id
    })
    const response = await client.next("response")
    expect(response).toMatchObject({ content: "four", status: "done", message_id: "m1", session_id, cost: 0.01 })
    const end = await client.next("event")
    expect(end).toMatchObject({ seq: response.seq, event: { type: "agent.replied", messages: ["m1"] } })
    expect((await client.next("status")).status).toBe("done")
    expect(client.all("response")).toHaveLength(1)
    expect(client.all("event").map(({ seq }) => seq)).toEqual(client.all("event").map((_, n) => n + 1))
  })

  it("begins a session by itself where none is open", async () => {
    const { connect, hub } = await halls.open(played(["hello"]))
    const client = connect(ann)
    expect(await ask(client, "hi")).toMatchObject({ content: "hello" })
    expect(hub.counts()).toEqual({ peers: 1, sessions: 1, turns: 0 })
  })

  it("that is said twice at once, by two clients, is said once", async () => {
    const model = played(["once", "twice"])
    const { connect } = await halls.open(model)
    const [one, two] = [connect(ann), connect(ann)]
    const session_id = await begin(one)
    for (const client of [one, two]) client.say({ type: "message", content: "go", message_id: "m1", session_id })
    for (const client of [one, two]) expect((await client.next("response")).content).toBe("once")
    two.say({ type: "message", content: "go", message_id: "m1", session_id, request_id: "again" })
    expect(await two.next("status", ({ request_id }) => request_id === "again")).toMatchObject({ status: "done" })
    expect(await two.next("response")).toMatchObject({ content: "once", message_id: "m1" })
    expect(model.requests).toHaveLength(1)
  })

  it("that is worked on is answered by its state when it is said again", async () => {
    const model = played(["stalls"])
    const { connect } = await halls.open(model)
    const client = connect(ann)
    client.say({ type: "message", content: "go", message_id: "m1" })
    await model.stalled
    client.say({ type: "message", content: "go", message_id: "m1", request_id: "again" })
    expect(await client.next("status", ({ request_id }) => request_id === "again")).toMatchObject({
      status: "processing"
    })
    client.say({ type: "cancel", request_id: "c" })
    expect(await client.next("ok")).toMatchObject({ request_id: "c" })
    expect(await client.next("response")).toMatchObject({ status: "cancelled", message_id: "m1" })
    expect(model.requests).toHaveLength(1)
  })

  it("may have the ids of nobody else, and must hold something", async () => {
    const { connect } = await halls.open(played([]))
    const client = connect(ann)
    client.say({ type: "message", content: "x", message_id: "background:1" })
    expect(await client.next("error")).toMatchObject({ code: "bad_frame", message_id: "background:1" })
    client.say({ type: "message", content: "" })
    expect(await client.next("error")).toMatchObject({ code: "bad_frame", message: "message.content: it is empty" })
  })

  it("that failed says why", async () => {
    const { connect } = await halls.open(undefined)
    const client = connect(ann)
    const response = await ask(client, "hi")
    expect(response).toMatchObject({ status: "failed", content: "" })
    expect(response.error?.message).not.toBe("")
  })

  it("brings pictures to the model and other files to where its tools can read them", async () => {
    const model = played(["seen"])
    const { connect } = await halls.open(model)
    const client = connect(ann)
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    const note = Buffer.from("remember the milk").toString("base64")
    const files = [
      { name: "dot.png", mime: "image/png", data: png },
      { name: "../../note.txt", mime: "text/plain", data: note }
    ]
    await ask(client, "look", { files })
    const [said] = model.requests[0]?.messages ?? []
    expect(said?.content).toContainEqual({ type: "image", mime: "image/png", data: png, name: "dot.png" })
    const text = JSON.stringify(said?.content)
    expect(text).toMatch(/received\/[^/ ]*note\.txt/)
    expect(text).not.toContain("..")
  })
})

describe("several clients", () => {
  it("see the same turn, each from where it stands", async () => {
    const { connect } = await halls.open(played(["one", "two"]))
    const first = connect(ann)
    const session_id = await begin(first)
    await ask(first, "a", { message_id: "m1" })
    const second = connect(ann)
    second.say({ type: "open", session_id, request_id: "o" })
    const seen = await second.next("session")
    expect(seen).toMatchObject({ session_id, request_id: "o", title: "a", state: "idle" })
    expect(seen.transcript).toHaveLength(2)
    expect(seen.since).toBe(seen.last)
    await ask(second, "b", { message_id: "m2" })
    await first.next("response", ({ message_id }) => message_id === "m2")
    await first.next("event", ({ event }) => event.type === "agent.replied" && event.messages.includes("m2"))
    await second.next("event", ({ event }) => event.type === "agent.replied")
    const later = first.all("event").filter(({ seq }) => seq > seen.last)
    expect(second.all("event")).toEqual(later)
    const third = connect(ann)
    third.say({ type: "resume", session_id, after: 0, request_id: "r" })
    expect(await third.next("resumed")).toMatchObject({ after: 0, last: later.at(-1)?.seq, request_id: "r" })
    await third.next("event", ({ seq }) => seq === later.at(-1)?.seq)
    expect(third.all("event")).toEqual(first.all("event"))
    expect(third.all("response").map(({ message_id }) => message_id)).toEqual(["m1", "m2"])
  })

  it("of one who asks for more than there is hear so", async () => {
    const { connect } = await halls.open(played(["one"]))
    const client = connect(ann)
    const session_id = await begin(client)
    await ask(client, "a")
    client.say({ type: "resume", session_id, after: 1000 })
    expect(await client.next("error")).toMatchObject({ code: "bad_frame", message: expect.stringContaining("after") })
  })

  it("lose nothing when one of them goes: the turn goes on", async () => {
    const model = played([wantsIt, "done"])
    const { connect } = await halls.open(model, {}, { plugins: [guarded] })
    const first = connect(ann)
    const session_id = await begin(first)
    first.say({ type: "message", content: "go", message_id: "m1" })
    const question = await first.next("permission")
    expect(question).toMatchObject({ tool: "guarded", risk: "execute", session_id, preview: {} })
    first.peer.gone()
    const second = connect(ann)
    second.say({ type: "auth", session_id, after: 0 })
    expect(await second.next("permission")).toEqual(question)
    second.say({ type: "permission", id: "another", decision: "allow" })
    expect(await second.next("error")).toMatchObject({ code: "not_found" })
    second.say({ type: "permission", id: question.id, decision: "allow" })
    expect(await second.next("response")).toMatchObject({ content: "done", message_id: "m1" })
    expect(second.all("permission")).toHaveLength(1)
    second.say({ type: "permission", id: question.id, decision: "allow" })
    expect(await second.next("error")).toMatchObject({ code: "not_found" })
    expect(second.all("status").map(({ status }) => status)).toEqual(["thinking", "acting", "thinking", "done"])
  })

  it("are asked what a running tool wants to know; what does not fit is said, and asked on", async () => {
    const inquiry: Inquiry = {
      from: "spec",
      message: "Who?",
      fields: [{ name: "name", type: "text", required: true }]
    }
    const asks = tool("asks", async (_, { ask }) => JSON.stringify(await ask(inquiry)))
    const model = played([{ calls: [{ id: "c1", name: "asks", input: {} }] }, "done"])
    const settings = { permissions: { mode: "auto" } } as const
    const { connect } = await halls.open(model, {}, { plugins: [plugin("asking", [asks])], settings })
    const client = connect(ann)
    await begin(client)
    client.say({ type: "message", content: "go", message_id: "m1" })
    const { id, inquiry: asked } = await client.next("permission")
    expect(asked).toEqual(inquiry)
    const problems: ReadonlyArray<[Readonly<Record<string, string | number>>, RegExp]> = [
      [{ name: " " }, /name is required; the question stays open/],
      [{ nam: "x" }, /name is required/]
    ]
    for (const [content, message] of problems) {
      client.say({ type: "permission", id, decision: "allow", content, request_id: "r" })
      expect(await client.next("error")).toMatchObject({ code: "bad_frame", message, request_id: "r" })
    }
    client.say({ type: "permission", id, decision: "allow", content: { name: "Ada" } })
    expect(await client.next("response")).toMatchObject({ content: "done" })
    const told = client.all("event").flatMap(({ event }) => (event.type === "agent.settled" ? [event.answer.data] : []))
    expect(told).toEqual([JSON.stringify({ action: "accept", content: { name: "Ada" } })])
  })

  it("follow what they opened until they leave it", async () => {
    const { connect } = await halls.open(played(["one", "two"]))
    const [one, two] = [connect(ann), connect(ann)]
    const session_id = await begin(one)
    await ask(one, "a")
    two.say({ type: "open", session_id })
    await two.next("session")
    two.say({ type: "leave", session_id, request_id: "l" })
    expect(await two.next("closed")).toEqual({ type: "closed", session_id, request_id: "l" })
    await ask(one, "b")
    expect(two.all("event")).toEqual([])
    two.say({ type: "view" })
    expect((await two.next("error")).code).toBe("no_session")
  })
})

describe("a client that comes in the middle of a turn", () => {
  it("is sent what was streamed of the reply that is not there yet", async () => {
    const model = played(["stalls"])
    const { connect } = await halls.open(model)
    const [first, second] = [connect(ann), connect(ann)]
    const session_id = await begin(first)
    first.say({ type: "message", content: "go" })
    await first.next("event", ({ event }) => event.type === "agent.text")
    second.say({ type: "open", session_id })
    expect(await second.next("session")).toMatchObject({ state: "thinking", since: 1, last: 2 })
    expect(await second.next("event")).toMatchObject({ seq: 2, event: { delta: "I was about to" } })
    second.say({ type: "cancel" })
    await second.next("response")
  })

  it("and leaves at once keeps nothing open", async () => {
    const clock = makeClock()
    const { connect, hub } = await halls.open(played(["one", "two"]), { clock })
    const [first, second] = [connect(ann), connect(ann)]
    const session_id = await begin(first)
    await ask(first, "a")
    first.peer.gone()
    clock.pass(61_000)
    expect(hub.counts().sessions).toBe(0)
    second.say({ type: "open", session_id })
    second.say({ type: "message", content: "b", session_id })
    second.peer.gone()
    await second.peer.answered()
    const third = connect(ann)
    third.say({ type: "resume", session_id, after: 0 })
    expect(await third.next("response", ({ content }) => content === "two")).toBeDefined()
    third.peer.gone()
    clock.pass(61_000)
    expect(hub.counts().sessions).toBe(0)
  })
})

describe("a slow reader", () => {
  it("is sent no more than it takes, and gets all of it in order when it takes more", async () => {
    const { connect } = await halls.open(played(["one", "two"]))
    const [slow, quick] = [connect(ann), connect(ann)]
    const session_id = await begin(slow)
    quick.say({ type: "resume", session_id, after: 0 })
    await quick.next("resumed")
    slow.take(0)
    await ask(quick, "a")
    await ask(quick, "b")
    await quick.next("event", ({ event }) => event.type === "agent.replied")
    expect(slow.frames).toHaveLength(1)
    slow.take(3)
    await slow.next("event")
    // Time enough for more, if it were sent.
    await new Promise((resolve) => setImmediate(resolve))
    // One event brings at most a response, itself and a status with it.
    expect(slow.frames.length).toBeLessThanOrEqual(1 + 3 + 2)
    slow.take(Infinity)
    const last = quick.all("event").at(-1)?.seq
    await slow.next("event", ({ seq }) => seq === last)
    expect(slow.all("event")).toEqual(quick.all("event"))
  })

  it("who is far behind gets no streamed pieces, but all else", async () => {
    const { connect } = await halls.open(played(["one", "two"]), { limits: { lag: 2 } })
    const client = connect(ann)
    const session_id = await begin(client)
    await ask(client, "a")
    await ask(client, "b")
    const all = events(client)
    const late = connect(ann)
    late.say({ type: "resume", session_id, after: 0 })
    const last = client.all("event").at(-1)?.seq
    await late.next("event", ({ seq }) => seq === last)
    expect(all).toContain("agent.text")
    expect(events(late)).toEqual(all.filter((type, n) => type !== "agent.text" || n + 1 >= all.length - 2))
    expect(events(late)).not.toEqual(all)
  })
})

describe("a session", () => {
  it("is kept as soon as something is said in it, and not before", async () => {
    const { connect } = await halls.open(played(["one"]))
    const client = connect(ann)
    const session_id = await begin(client)
    client.say({ type: "sessions" })
    expect((await client.next("sessions")).sessions).toEqual([])
    client.say({ type: "open", session_id })
    expect(await client.next("session")).toMatchObject({ session_id, last: 0, transcript: [], spent: { cost: 0 } })
    client.say({ type: "tree" })
    expect((await client.next("tree")).nodes).toEqual([])
    client.say({ type: "fork" })
    expect((await client.next("error")).code).toBe("refused")
    await ask(client, "first words")
    client.say({ type: "sessions" })
    const [found] = (await client.next("sessions")).sessions
    expect(found).toMatchObject({ id: session_id, title: "first words", messages: 1, state: "idle" })
  })

  it("is forgotten with its id when nobody said anything in it for an hour", async () => {
    const clock = makeClock()
    const { connect } = await halls.open(played(["one"]), { clock })
    const first = connect(ann)
    const session_id = await begin(first)
    first.peer.gone()
    clock.pass(3_599_000)
    const second = connect(ann)
    second.say({ type: "auth", session_id })
    expect(await second.next("auth_response")).toMatchObject({ success: true, session_id })
    second.peer.gone()
    clock.pass(3_601_000)
    const third = connect(ann)
    third.say({ type: "auth", session_id, request_id: "r" })
    expect(await third.next("auth_response")).not.toHaveProperty("session_id")
    expect(await third.next("error")).toMatchObject({ code: "no_session", request_id: "r", session_id })
  })

  it("is closed when nobody looks and nothing runs, and opened again when somebody does", async () => {
    const clock = makeClock()
    const { connect, hub } = await halls.open(played(["one", "two"]), { clock })
    const first = connect(ann)
    const session_id = await begin(first)
    await ask(first, "a")
    clock.pass(120_000)
    expect(hub.counts().sessions).toBe(1)
    first.peer.gone()
    clock.pass(59_000)
    expect(hub.counts().sessions).toBe(1)
    clock.pass(2000)
    expect(hub.counts().sessions).toBe(0)
    const second = connect(ann)
    second.say({ type: "auth", session_id: "latest" })
    expect(await second.next("auth_response")).toMatchObject({ session_id })
    expect(await ask(second, "b")).toMatchObject({ content: "two", session_id })
  })

  it("has a tree that all of its clients move in", async () => {
    const { connect } = await halls.open(played(["one", "two"]))
    const [one, two] = [connect(ann), connect(ann)]
    const session_id = await begin(one)
    await ask(one, "a")
    one.say({ type: "fork", label: "here" })
    expect(await one.next("point")).toMatchObject({ node: { label: "here" }, session_id })
    await ask(one, "b")
    two.say({ type: "open", session_id })
    await two.next("session")
    two.say({ type: "switch", to: "here", request_id: "s" })
    expect(await two.next("point")).toMatchObject({ node: { label: "here" }, request_id: "s" })
    for (const client of [one, two])
      expect((await client.next("session", ({ transcript }) => transcript?.length === 2)).session_id).toBe(session_id)
    one.say({ type: "tree" })
    expect((await one.next("tree")).nodes).toHaveLength(4)
    one.say({ type: "switch", to: "nowhere", request_id: "n" })
    expect((await one.next("error")).request_id).toBe("n")
  })

  it("takes another model, other permissions, and is cleared and summed up", async () => {
    const { connect } = await halls.open(played(["one", "summary"]))
    const client = connect(ann)
    await begin(client)
    await ask(client, "a")
    client.say({ type: "permissions", mode: "plan", request_id: "p" })
    expect(await client.next("ok")).toMatchObject({ request_id: "p" })
    expect(await client.next("event")).toMatchObject({ event: { type: "agent.changed", permissions: "plan" } })
    client.say({ type: "model", model: "played/none" })
    expect(await client.next("event")).toMatchObject({ event: { type: "agent.warned" } })
    client.say({ type: "compact" })
    await client.next("event", ({ event }) => event.type === "agent.compacted" || event.type === "agent.warned")
    client.say({ type: "clear" })
    expect(await client.next("event")).toMatchObject({ event: { type: "agent.changed", cleared: true } })
    client.say({ type: "view", transcript: false })
    const seen = await client.next("session")
    expect(seen).toMatchObject({ permissions: "plan" })
    expect(seen).not.toHaveProperty("transcript")
  })

  it("gives a file that its agent sends, right before the event that tells of it", async () => {
    const model = played([{ calls: [{ id: "c1", name: "send_file", input: { path: "a.txt" } }] }, "sent"])
    const { connect, runtime } = await halls.open(model, {}, { settings: { permissions: { mode: "auto" } } })
    const { writeFile } = await import("node:fs/promises")
    await writeFile(`${runtime.health().cwd}/a.txt`, "hello")
    const client = connect(ann)
    await ask(client, "send it")
    const at = client.frames.findIndex(({ type }) => type === "file")
    expect(client.frames[at]).toMatchObject({ name: "a.txt", data: Buffer.from("hello").toString("base64") })
    expect(client.frames[at + 1]).toMatchObject({ type: "event", event: { type: "agent.settled" } })
  })
})

describe("the end of the hub", () => {
  it("tells everybody, begins nothing new and lets what runs end", async () => {
    const model = played([wantsIt, "done"])
    const { connect, hub } = await halls.open(model, {}, { plugins: [guarded] })
    const client = connect(ann)
    client.say({ type: "message", content: "go", message_id: "m1" })
    const question = await client.next("permission")
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
    const before = timers()
    const stopped = hub.stop(60_000)
    // A turn that only waits for an answer would not keep the process alive until it is suspended.
    expect(timers()).toBe(before + 1)
    expect(await client.next("stopping")).toEqual({ type: "stopping", grace: 60_000 })
    client.say({ type: "message", content: "more", message_id: "m2" })
    expect(await client.next("error")).toMatchObject({ code: "stopping", message_id: "m2" })
    client.say({ type: "permission", id: question.id, decision: "allow" })
    await stopped
    expect(client.all("response")).toMatchObject([{ message_id: "m1", status: "done" }])
    expect(client.ended()?.code).toBe(1012)
    expect(hub.counts()).toEqual({ peers: 0, sessions: 0, turns: 0 })
  })

  it("suspends what runs too long; the next one goes on with it", async () => {
    const data = await halls.folder()
    const cwd = await halls.folder()
    const first = played(["stalls"])
    const one = await halls.open(first, {}, { data, cwd })
    const client = one.connect(ann)
    const session_id = await begin(client)
    client.say({ type: "message", content: "go", message_id: "m1" })
    await first.stalled
    await one.hub.stop(0)
    expect(client.ended()?.code).toBe(1012)
    expect(client.all("response")).toEqual([])
    await one.runtime.close()
    const two = await halls.open(played(["at last"]), {}, { data, cwd })
    const again = two.connect(ann)
    again.say({ type: "auth", session_id, after: client.all("event").at(-1)?.seq })
    expect(await again.next("response")).toMatchObject({ content: "at last", message_id: "m1" })
    await again.next("event")
    const both = [...client.all("event"), ...again.all("event")]
    expect(both.map(({ seq }) => seq)).toEqual(both.map((_, n) => n + 1))
  })
})

describe("a session that is held", () => {
  it("by another process is told as such", async () => {
    const data = await halls.folder()
    const cwd = await halls.folder()
    const one = await halls.open(played(["one"]), {}, { data, cwd })
    const two = await halls.open(played(["two"]), {}, { data, cwd })
    const client = one.connect(operator)
    const session_id = await begin(client)
    await ask(client, "a")
    const other = two.connect(operator)
    other.say({ type: "open", session_id })
    expect(await other.next("error")).toMatchObject({ code: "session_held", session_id })
  })
})
