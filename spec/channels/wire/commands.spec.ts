/** Commands of plugins over the wire: listed, told anew, run beside whatever else is said, and typed as messages. */
import { expect, it, vi } from "vitest"
import type { HubParts } from "../../../channels/wire/hub.ts"
import { type Play, played } from "../../actors/played-model.ts"
import { makeOffering } from "../offering.ts"
import { ann, bob, makeClock, makeHalls, operator } from "./hall.ts"

const halls = makeHalls()

const hallWith = async (plays: ReadonlyArray<Play> = [], parts: Partial<Omit<HubParts, "runtime">> = {}) => {
  const offering = makeOffering()
  const model = played(plays)
  const hall = await halls.open(model, parts, { plugins: [offering.plugin] })
  return { ...hall, model, offering }
}

const own = <One extends { readonly plugin: string }>(commands: ReadonlyArray<One>): ReadonlyArray<One> =>
  commands.filter(({ plugin }) => plugin === "offering")

it("are listed, also of a session in which nothing was said", async () => {
  const { connect } = await hallWith()
  const client = connect(ann)
  client.say({ type: "commands", request_id: "r" })
  const told = await client.next("commands")
  expect(told).toMatchObject({ request_id: "r", session_id: expect.any(String) })
  expect(own(told.commands)).toEqual([
    { name: "facts", description: "Shows facts.", argument: "[topic]", plugin: "offering" },
    { name: "hail", description: "Says something.", argument: "", plugin: "offering" },
    { name: "wait", description: "Waits.", argument: "", plugin: "offering" },
    { name: "review", description: "Stands for more.", argument: "[path]", plugin: "offering", said: true }
  ])
})

it("are told again to who watches, at most once a second, and only what is new", async () => {
  const clock = makeClock()
  const { connect, offering } = await hallWith([], { clock })
  const [watcher, other] = [connect(ann), connect(ann)]
  watcher.say({ type: "auth" })
  const { session_id } = await watcher.next("auth_response")
  for (const client of [watcher, other]) client.say({ type: "commands", session_id, watch: client === watcher })
  await Promise.all([watcher.next("commands"), other.next("commands")])
  const none = { name: "one", description: "", run: () => "" }
  offering.offer(none)
  expect(own((await watcher.next("commands")).commands).map(({ name }) => name)).toEqual(["one"])
  offering.offer()
  offering.offer(none)
  clock.pass(1000)
  expect(watcher.all("commands")).toHaveLength(2)
  offering.offer()
  offering.offer({ ...none, name: "two" })
  expect(watcher.all("commands")).toHaveLength(2)
  watcher.take(0)
  clock.pass(1000)
  expect(watcher.all("commands")).toHaveLength(2)
  watcher.take(100)
  clock.pass(1000)
  expect(own((await watcher.next("commands")).commands).map(({ name }) => name)).toEqual(["two"])
  expect(other.all("commands")).toHaveLength(1)
  watcher.say({ type: "commands", session_id, watch: false })
  await watcher.next("commands")
  offering.offer()
  clock.pass(2000)
  expect(watcher.all("commands")).toHaveLength(4)
})

it("show what they show, without a model, and have one result each", async () => {
  const { connect, model, offering } = await hallWith()
  const client = connect(ann)
  client.say({ type: "command", name: "facts", argument: " birds ", command_id: "c1", request_id: "r" })
  const result = await client.next("command_result")
  const { session_id } = result
  expect(result).toEqual({
    type: "command_result",
    name: "facts",
    command_id: "c1",
    request_id: "r",
    session_id,
    show: "**facts** of birds"
  })
  client.say({ type: "ping" })
  await client.next("pong")
  expect([client.all("command_result"), client.all("ok"), client.all("event")].map(({ length }) => length)).toEqual([
    1, 0, 0
  ])
  expect([offering.ran, model.requests]).toEqual([["facts birds"], []])
})

it("say what they say as the user's message, once for one command_id", async () => {
  const { connect, model } = await hallWith(["hello", "again"])
  const client = connect(ann)
  client.say({ type: "command", name: "hail", argument: "Ann", command_id: "c1" })
  expect(await client.next("command_result")).toMatchObject({ command_id: "c1", message_id: "c1", show: "hailing" })
  expect(await client.next("status")).toMatchObject({ status: "processing", message_id: "c1" })
  expect(await client.next("response")).toMatchObject({ content: "hello", message_id: "c1" })
  client.say({ type: "command", name: "hail", argument: "Ann", command_id: "c1" })
  expect(await client.next("command_result")).toMatchObject({ message_id: "c1" })
  expect(await client.next("response")).toMatchObject({ content: "hello", message_id: "c1" })
  expect(model.requests).toHaveLength(1)
  expect(JSON.stringify(model.requests[0]?.messages)).toContain("Hail Ann!")
})

it("that are messages are said as they are typed", async () => {
  const { connect, model, offering } = await hallWith(["one", "two"])
  const client = connect(ann)
  client.say({ type: "command", name: "review", argument: "src", command_id: "c1" })
  expect(await client.next("command_result")).toMatchObject({ command_id: "c1", message_id: "c1" })
  expect(await client.next("response")).toMatchObject({ content: "one", message_id: "c1" })
  client.say({ type: "message", content: "/review", message_id: "m1" })
  expect(await client.next("response")).toMatchObject({ content: "two", message_id: "m1" })
  const said = model.requests.map(({ messages }) => JSON.stringify(messages.at(-1)))
  expect(said[0]).toContain('"/review src"')
  expect(said[1]).toContain('"/review"')
  expect(offering.ran).toEqual([])
})

it("that are typed as messages are run, and what is shown is the response", async () => {
  const { connect, model, offering } = await hallWith(["hello", "plain", "file"])
  const client = connect(ann)
  client.say({ type: "message", content: "/facts of life", message_id: "m1", request_id: "r" })
  expect(await client.next("status")).toMatchObject({ status: "processing", message_id: "m1", request_id: "r" })
  expect(await client.next("response")).toMatchObject({ content: "**facts** of of life", status: "done", cost: 0 })
  client.say({ type: "message", content: "/hail Bo", message_id: "m2" })
  expect(await client.next("command_result")).toMatchObject({ show: "hailing", message_id: "m2" })
  expect(await client.next("response")).toMatchObject({ content: "hello", message_id: "m2" })
  client.say({ type: "message", content: "/unknown thing", message_id: "m3" })
  expect(await client.next("response")).toMatchObject({ content: "plain", message_id: "m3" })
  const files = [{ name: "a.txt", mime: "text/plain", data: "YQ==" }]
  client.say({ type: "message", content: "/facts", message_id: "m4", files })
  expect(await client.next("response")).toMatchObject({ content: "file", message_id: "m4" })
  expect(offering.ran).toEqual(["facts of life", "hail Bo"])
  expect(model.requests).toHaveLength(3)
})

it("go on while other frames are taken, can be stopped, and not too many run at once", async () => {
  const { connect, offering } = await hallWith([], { limits: { commands: 2 } })
  const client = connect(ann)
  client.say({ type: "auth" })
  const { session_id } = await client.next("auth_response")
  for (const command_id of ["c1", "c2", "c3"]) client.say({ type: "command", name: "wait", command_id })
  expect(await client.next("error")).toMatchObject({ code: "too_many", command_id: "c3", message: expect.any(String) })
  client.say({ type: "view", session_id })
  await client.next("session")
  client.say({ type: "command_cancel", command_id: "c1", request_id: "x" })
  expect(await client.next("command_result")).toMatchObject({ command_id: "c1" })
  await vi.waitUntil(() => client.all("ok").some(({ request_id }) => request_id === "x"))
  expect(offering.running()).toBe(1)
  offering.release()
  expect(await client.next("command_result")).toMatchObject({ command_id: "c2", show: "waited" })
  client.say({ type: "command_cancel", command_id: "c2" })
  expect(await client.next("error")).toMatchObject({ code: "not_found" })
})

it("that nobody brings, of other users' sessions, or under an id of the agent's are refused", async () => {
  const { connect, offering } = await hallWith()
  const client = connect(ann)
  client.say({ type: "command", name: "nothing", command_id: "c1", request_id: "r" })
  expect(await client.next("error")).toMatchObject({ code: "not_found", command_id: "c1", request_id: "r" })
  client.say({ type: "command", name: "hail", command_id: "background:1" })
  expect(await client.next("error")).toMatchObject({ code: "bad_frame" })
  client.say({ type: "message", content: "/facts" })
  const { session_id } = await client.next("response")
  const stranger = connect(bob)
  for (const frame of [{ type: "commands" }, { type: "command", name: "facts" }]) {
    stranger.say({ ...frame, session_id })
    expect(await stranger.next("error")).toMatchObject({ code: "no_session" })
  }
  stranger.say({ type: "command_cancel", session_id, command_id: "c1" })
  expect(await stranger.next("error")).toMatchObject({ code: "not_found" })
  expect(offering.ran).toEqual(["facts"])
})

it("run no code for guests where the server only lets look", async () => {
  const { connect, offering } = await hallWith(["said"], { place: { cwd: "/", permissions: "plan" } })
  const [guest, owner] = [connect(ann), connect(operator)]
  guest.say({ type: "auth" })
  await guest.next("auth_response")
  guest.say({ type: "commands" })
  expect(own((await guest.next("commands")).commands).map(({ name }) => name)).toEqual(["review"])
  guest.say({ type: "command", name: "facts", command_id: "c1" })
  expect(await guest.next("error")).toMatchObject({ code: "not_allowed", command_id: "c1" })
  guest.say({ type: "message", content: "/facts", message_id: "m1" })
  expect(await guest.next("error")).toMatchObject({ code: "not_allowed", message_id: "m1" })
  guest.say({ type: "message", content: "/review", message_id: "m2" })
  expect(await guest.next("response")).toMatchObject({ content: "said", message_id: "m2" })
  owner.say({ type: "command", name: "facts" })
  expect(await owner.next("command_result")).toMatchObject({ show: "**facts** of all" })
  expect(offering.ran).toEqual(["facts"])
})

it("asked for in a session in which nothing is said leave none behind", async () => {
  const clock = makeClock()
  const { connect, runtime } = await hallWith(["hello"], { clock })
  const [looker, talker, later] = [connect(ann), connect(ann), connect(ann)]
  talker.say({ type: "message", content: "hi" })
  const { session_id } = await talker.next("response")
  looker.say({ type: "commands" })
  const looked = await looker.next("commands")
  later.say({ type: "sessions" })
  expect((await later.next("sessions")).sessions.map(({ id }) => id)).toEqual([session_id])
  later.say({ type: "auth", session_id: "latest" })
  expect(await later.next("auth_response")).toMatchObject({ session_id })
  looker.peer.gone()
  clock.pass(60_000)
  await vi.waitUntil(async () => (await runtime.list({ owner: ann.owner })).length === 1)
  later.say({ type: "message", content: "/facts", session_id: looked.session_id })
  expect(await later.next("response")).toMatchObject({ content: "**facts** of all", session_id: looked.session_id })
})

it("are counted as unanswered until they are done, also when the client goes", async () => {
  const { connect, offering, hub } = await hallWith(["heard"])
  const client = connect(ann)
  client.say({ type: "command", name: "wait" })
  await vi.waitUntil(() => offering.running() === 1)
  let isAnswered = false
  void client.peer.answered().then(() => (isAnswered = true))
  client.say({ type: "ping" })
  await client.next("pong")
  expect(isAnswered).toBe(false)
  offering.release()
  await client.peer.answered()
  expect(client.all("command_result")).toHaveLength(1)
  client.say({ type: "command", name: "wait" })
  await vi.waitUntil(() => offering.running() === 1)
  await hub.stop(0)
  expect(offering.running()).toBe(0)
})
