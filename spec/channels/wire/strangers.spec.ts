/** Who may what: keys, strangers, other users, too much of anything, and garbage. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { inFrames } from "../../../channels/wire/frames.ts"
import type { HealthNode } from "../../../actors/health.ts"
import { defineTool } from "../../../plugins/tool.ts"
import { played } from "../../actors/played-model.ts"
import { plugin } from "../../actors/stage.ts"
import { ann, bob, type Client, makeClock, makeHalls, operator } from "./hall.ts"

const halls = makeHalls()

const begun = async (client: Client, content: string): Promise<string> => {
  client.say({ type: "message", content })
  return (await client.next("response")).session_id
}

describe("a client that nobody knows", () => {
  it("says who it is first", async () => {
    const { connect } = await halls.open(played(["hi"]))
    const client = connect()
    client.say({ type: "ping", request_id: "p" })
    expect(await client.next("error")).toMatchObject({ code: "not_authenticated", request_id: "p" })
    client.say({ type: "auth", api_key: "key-of-ann", request_id: "a" })
    expect(await client.next("auth_response")).toMatchObject({
      success: true,
      user: "ann",
      operator: false,
      request_id: "a"
    })
    expect(client.ended()).toBeUndefined()
  })

  it("is ended when its key is wrong, which is not repeated to it", async () => {
    const { connect } = await halls.open(played([]))
    for (const api_key of ["a-wrong-secret", "__proto__", "", undefined]) {
      const client = connect()
      client.say({ type: "auth", api_key })
      expect(client.all("auth_response")).toMatchObject([{ success: false }])
      expect(client.ended()?.code).toBe(4401)
      expect(JSON.stringify(client.frames)).not.toContain("a-wrong-secret")
      client.say({ type: "auth", api_key: "key-of-ann" })
      expect(client.frames).toHaveLength(1)
    }
  })

  it("is ended when it goes on with other things, and when it says nothing", async () => {
    const clock = makeClock()
    const { connect, hub } = await halls.open(played([]), { clock })
    const [chatty, silent, known] = [connect(), connect(), connect(ann)]
    for (let n = 0; n < 5; n += 1) chatty.say({ type: "sessions" })
    expect(chatty.ended()?.code).toBe(4401)
    clock.pass(9999)
    expect(silent.ended()).toBeUndefined()
    clock.pass(1)
    expect(silent.ended()?.code).toBe(4401)
    expect(known.ended()).toBeUndefined()
    expect(hub.counts().peers).toBe(1)
  })

  it("does not become another on the way", async () => {
    const { connect } = await halls.open(played([]))
    const client = connect(ann)
    client.say({ type: "auth", api_key: "key-of-bob" })
    expect(await client.next("auth_response")).toMatchObject({ success: false })
    client.say({ type: "auth", api_key: "key-of-ann" })
    expect(await client.next("auth_response")).toMatchObject({ success: true, user: "ann" })
  })
})

describe("another user's session", () => {
  it("cannot be told from one that does not exist, whatever is asked", async () => {
    const { connect } = await halls.open(played(["secret", "again"]))
    const [hers, his] = [connect(ann), connect(bob)]
    const session_id = await begun(hers, "my secret")
    const frames = [
      { type: "auth" },
      { type: "open" },
      { type: "resume", after: 0 },
      { type: "message", content: "hi" },
      { type: "cancel" },
      { type: "permission", id: "q", decision: "allow" },
      { type: "leave" },
      { type: "view" },
      { type: "tree" },
      { type: "fork" },
      { type: "switch", to: "1" },
      { type: "compact" },
      { type: "clear" },
      { type: "model", model: "played/one" },
      { type: "permissions", mode: "auto" }
    ]
    for (const id of [session_id, "000000000000"]) {
      for (const frame of frames) his.say({ ...frame, session_id: id, request_id: frame.type })
      await his.next("error", ({ request_id }) => request_id === "permissions")
    }
    const told = his.all("error").map(({ session_id: _, ...rest }) => rest)
    expect(told).toHaveLength(28)
    expect(told.slice(0, 14)).toEqual(told.slice(14))
    expect(told.every(({ code }) => code === "no_session")).toBe(true)
    his.say({ type: "sessions" })
    expect((await his.next("sessions")).sessions).toEqual([])
    his.say({ type: "open", session_id: "latest" })
    expect((await his.next("error")).code).toBe("no_session")
    expect(JSON.stringify(his.frames)).not.toContain("secret")
    hers.say({ type: "view" })
    expect((await hers.next("session")).transcript).toHaveLength(2)
  })

  it("and other files of the machine are not read by choosing them as a script", async () => {
    const { connect, runtime } = await halls.open(played(["a", "b"]))
    const [his, own] = [connect(bob), connect(operator)]
    for (const client of [his, own]) await begun(client, "hello")
    for (const model of ["scripted//etc/passwd", "scripted/../x.yaml", "scripted/x.yaml"]) {
      his.say({ type: "model", model })
      expect(await his.next("error")).toMatchObject({ code: "not_allowed" })
    }
    for (const model of ["scripted/rehearsal", runtime.model?.id]) {
      his.say({ type: "model", model, request_id: model })
      expect(await his.next("ok")).toMatchObject({ request_id: model })
    }
    own.say({ type: "model", model: "scripted//dev/zero" })
    const { event } = await own.next("event", ({ event }) => event.type === "agent.warned")
    expect(event).toMatchObject({ failure: { message: expect.stringContaining("it is no file") } })
  })

  it("is not reached by the beginning of its id", async () => {
    const { connect } = await halls.open(played(["one"]))
    const client = connect(ann)
    const session_id = await begun(client, "hi")
    client.say({ type: "open", session_id: session_id.slice(0, 9) })
    expect((await client.next("error")).code).toBe("no_session")
  })

  it("that was not begun yet is nobody else's either", async () => {
    const { connect } = await halls.open(played(["hers"]))
    const [hers, his] = [connect(ann), connect(bob)]
    hers.say({ type: "auth" })
    const { session_id } = await hers.next("auth_response")
    his.say({ type: "message", content: "mine now", session_id })
    expect((await his.next("error")).code).toBe("no_session")
    hers.say({ type: "message", content: "mine", session_id })
    expect(await hers.next("response")).toMatchObject({ content: "hers", session_id })
  })

  it("does not show in health, nor do failures", async () => {
    const broken = defineTool({
      name: "broken",
      description: "Breaks.",
      risk: "read",
      input: { type: "object" },
      execute: () => {
        throw new TypeError("the secret of ann")
      }
    })
    const model = played([{ calls: [{ id: "c1", name: "broken", input: {} }] }, "told", "hi"])
    const { connect } = await halls.open(model, {}, { plugins: [plugin("breaks", [broken])] })
    const [hers, his, ours] = [connect(ann), connect(bob), connect(operator)]
    const her = await begun(hers, "go")
    const hisown = await begun(his, "hi")
    for (const client of [his, ours]) client.say({ type: "health" })
    const [seen, whole] = [(await his.next("health")).health, (await ours.next("health")).health]
    const agents = (node: HealthNode): ReadonlyArray<string> => [
      ...(node.kind === "agent" ? [node.id] : []),
      ...node.children.flatMap(agents)
    ]
    const treeIn = (health: unknown) => (health as { readonly tree: HealthNode }).tree // as published
    expect(agents(treeIn(seen))).toEqual([hisown])
    expect(agents(treeIn(whole)).toSorted()).toEqual([her, hisown].toSorted())
    expect(JSON.stringify(whole)).toContain("the secret of ann")
    expect(JSON.stringify(seen)).not.toContain("the secret of ann")
    expect(JSON.stringify(seen)).not.toContain("kintsugi-hall")
  })
})

describe("what all users share", () => {
  it("is changed by the machine's own user only", async () => {
    const { connect } = await halls.open(played([]))
    const [hers, ours] = [connect(ann), connect(operator)]
    const frames = [
      { type: "heal_accept", id: "s123456789" },
      { type: "heal_undo", id: "s123456789" },
      { type: "revive", plugin: "none" }
    ]
    for (const frame of frames) {
      hers.say(frame)
      expect((await hers.next("error")).code).toBe("not_allowed")
      ours.say(frame)
      expect((await ours.next("error")).code).toBe("not_found")
    }
    hers.say({ type: "heals" })
    expect(await hers.next("heals")).toEqual({ type: "heals", heals: [] })
    hers.say({ type: "models" })
    expect((await hers.next("models")).models).toEqual([{ id: "played/one", name: "One" }])
  })

  it("is watched: told when it has changed, at most once a second", async () => {
    const clock = makeClock()
    const { connect } = await halls.open(played(["one"]), { clock })
    const [watching, working] = [connect(operator), connect(operator)]
    watching.say({ type: "health", watch: true })
    await watching.next("health")
    clock.pass(1000)
    expect(watching.all("health")).toHaveLength(1)
    await begun(working, "hi")
    clock.pass(1000)
    expect(watching.all("health")).toHaveLength(2)
    await watching.next("health")
    watching.say({ type: "health", watch: false })
    await watching.next("health")
    working.peer.gone()
    clock.pass(100_000)
    expect(watching.all("health")).toHaveLength(3)
  })
})

describe("too much", () => {
  it("of frames is refused, forgiven, and in the end not borne", async () => {
    const clock = makeClock()
    const limits = { burst: 3, framesPerSecond: 1, patience: 5 }
    const { connect } = await halls.open(played([]), { clock, limits })
    const [flood, other] = [connect(ann), connect(bob)]
    const ping = (n: number): void => {
      for (let sent = 0; sent < n; sent += 1) flood.say({ type: "ping" })
    }
    ping(5)
    expect(flood.frames.map(({ type }) => type)).toEqual(["pong", "pong", "pong", "error", "error"])
    expect(flood.all("error")[0]?.code).toBe("too_many")
    clock.pass(1000)
    ping(5)
    expect(flood.ended()).toBeUndefined()
    ping(2)
    expect(flood.ended()?.code).toBe(1008)
    other.say({ type: "ping" })
    expect(await other.next("pong")).toBeDefined()
  })

  it("of sessions on one connection is refused", async () => {
    const { connect } = await halls.open(played([]), { limits: { followed: 2 } })
    const client = connect(ann)
    for (let n = 0; n < 3; n += 1) client.say({ type: "open", request_id: `o${n}` })
    expect(await client.next("error")).toMatchObject({ code: "too_many", request_id: "o2" })
    expect(client.all("session")).toHaveLength(2)
  })

  it("of turns at once is refused", async () => {
    const model = played(["stalls", "free"])
    const { connect } = await halls.open(model, { limits: { turns: 1 } })
    const [one, two, other] = [connect(ann), connect(ann), connect(bob)]
    one.say({ type: "message", content: "a" })
    await model.stalled
    two.say({ type: "message", content: "b", message_id: "m" })
    expect(await two.next("error")).toMatchObject({ code: "too_many", message_id: "m" })
    expect(await begun(other, "c")).toBeDefined()
  })

  it("of questions without taking the answers waits, and then is refused", async () => {
    const hall = await halls.open(played([]), { limits: { inFlight: 4, patience: 3 } })
    const client = hall.connect(ann)
    client.take(0)
    for (let n = 0; n < 4; n += 1) client.say({ type: "sessions" })
    // Time enough for answers that did not wait.
    for (let n = 0; n < 4; n += 1) await hall.runtime.list()
    for (let n = 0; n < 3; n += 1) client.say({ type: "sessions" })
    expect(client.frames.map(({ type }) => type)).toEqual(["error", "error", "error"])
    client.say({ type: "sessions" })
    expect(client.ended()?.code).toBe(1008)
  })

  it("of new ids is forgotten, the oldest first", async () => {
    const { connect } = await halls.open(played(["one"]), { limits: { reserved: 2 } })
    const ids: Array<string> = []
    for (let n = 0; n < 5; n += 1) {
      const client = connect(ann)
      client.say({ type: "auth" })
      ids.push((await client.next("auth_response")).session_id ?? "")
      client.peer.gone()
    }
    const client = connect(ann)
    client.say({ type: "resume", session_id: ids[0], after: 0 })
    expect((await client.next("error")).code).toBe("no_session")
    client.say({ type: "resume", session_id: ids[4], after: 0 })
    expect(await client.next("resumed")).toMatchObject({ session_id: ids[4], last: 0 })
  })
})

describe("a frame that is none", () => {
  it.each([
    ["", "JSON object"],
    ["[]", "JSON object"],
    ["null", "JSON object"],
    ['"auth"', "JSON object"],
    ["{}", "type:"],
    ['{"type":"constructor"}', "type:"],
    ['{"type":"__proto__"}', "type:"],
    ['{"type":["message"]}', "type:"],
    ['{"type":"message"}', "message.content:"],
    ['{"type":"message","content":{"text":"x"}}', "message.content:"],
    ['{"type":"message","content":"x","message_id":""}', "message.message_id:"],
    ['{"type":"message","content":"x","files":[{"name":"a","mime":"b/c","data":"%%"}]}', "message.files.0.data:"],
    ['{"type":"resume","session_id":"x","after":-1}', "resume.after:"],
    ['{"type":"resume","session_id":"x","after":1e400}', "resume.after:"],
    ['{"type":"permission","id":"q","decision":"yes"}', "permission.decision:"],
    ['{"type":"open","session_id":7}', "open.session_id:"]
  ])("is answered by what is wrong with it: %s", async (text, words) => {
    const { connect } = shared ?? (shared = await halls.open(played([])))
    const client = connect(ann)
    client.say(text)
    expect(client.all("error")).toMatchObject([{ code: "bad_frame", message: expect.stringContaining(words) }])
  })

  let shared: Awaited<ReturnType<typeof halls.open>> | undefined

  it("never throws, is always answered, and harms nobody", async () => {
    const limits = { burst: 1e6, framesPerSecond: 1e6, inFlight: 1e6 }
    const { connect } = await halls.open(played([]), { limits })
    const [wild, calm] = [connect(ann), connect(bob)]
    const field = fc.oneof(
      fc.constantFrom("latest", "", "000000000000", null, -1, "constructor", {}, []),
      fc.jsonValue({ maxDepth: 2 })
    )
    const names = ["session_id", "after", "id", "decision", "to", "mode", "limit", "plugin", "__proto__", "content"]
    const frame = fc
      .tuple(fc.constantFrom(...Object.keys(inFrames), "x"), fc.dictionary(fc.constantFrom(...names), field))
      .filter(([type]) => type !== "model" && type !== "message")
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(frame, fc.string(), fc.json()), { minLength: 1, maxLength: 12 }),
        async (all) => {
          const before = wild.frames.length
          for (const one of all)
            wild.say(typeof one === "string" ? one : JSON.stringify({ ...one[1], type: one[0], request_id: "r" }))
          await wild.peer.answered()
          expect(wild.frames.length - before).toBeGreaterThanOrEqual(all.length)
          calm.say({ type: "ping" })
          await calm.next("pong")
        }
      ),
      { numRuns: 60 }
    )
    expect(wild.ended()).toBeUndefined()
    expect(wild.all("error").filter(({ code }) => code === "internal")).toEqual([])
  })
})

describe("a server that only lets look", () => {
  it("goes on to, whatever its users ask for", async () => {
    const place = { cwd: "/", permissions: "plan" } as const
    const { connect } = await halls.open(played(["a", "b"]), { place }, { settings: { permissions: { mode: "plan" } } })
    const [his, own] = [connect(bob), connect(operator)]
    for (const client of [his, own]) {
      await begun(client, "hello")
      client.say({ type: "permissions", mode: "plan", request_id: "same" })
      await client.next("ok")
      client.say({ type: "permissions", mode: "auto", request_id: "more" })
    }
    expect(await his.next("error")).toMatchObject({ code: "not_allowed", request_id: "more" })
    expect(await own.next("ok")).toMatchObject({ request_id: "more" })
  })
})

describe("a plugin that fails at what one user says", () => {
  it("tells the others that it does, and nothing of what was said", async () => {
    const secret = "hers alone"
    const parse = defineTool({
      name: "parse",
      description: "Fails.",
      risk: "read",
      input: { type: "object" },
      execute: () => {
        throw new TypeError(`cannot parse ${secret}`)
      }
    })
    const call = (id: string) => ({ calls: [{ id, name: "parse", input: {} }] })
    const plays = ["hello", ...Array.from({ length: 6 }, (_, n) => call(`c${n}`)), "over"]
    const few = { max: 1, seconds: 60 }
    const { connect } = await halls.open(
      played([...plays, call("d"), "over"]),
      {},
      {
        plugins: [plugin("parser", [parse])],
        settings: { permissions: { mode: "auto" }, healing: { tool_restarts: few, plugin_restarts: few } }
      }
    )
    const [his, hers, late] = [connect(bob), connect(ann), connect(bob)]
    await begun(his, "hello")
    await begun(hers, "parse it")
    await his.next("event", ({ event }) => event.type === "agent.plugin" && event.state === "quarantined")
    await begun(late, "parse mine")
    late.say({ type: "view" })
    const { notices } = await late.next("session")
    expect(notices.join()).toContain("parser is quarantined")
    expect(JSON.stringify([his.frames, late.frames])).not.toContain(secret)
    expect(JSON.stringify(hers.frames)).toContain(secret)
  })
})
