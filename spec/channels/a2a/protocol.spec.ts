import { request } from "node:http"
import { text } from "node:stream/consumers"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest"
import { call, client, functionPeer, keys, type Peer, rpc, saying, stateOf, taskIn } from "./peer.ts"

/** Mistakes of callers are answered to them, and nobody else is bothered. */
let printed: ReadonlyArray<MockInstance>
beforeEach(() => void (printed = [vi.spyOn(console, "error"), vi.spyOn(console, "warn"), vi.spyOn(console, "log")]))
afterEach(() => {
  for (const one of printed) {
    const said = one.mock.calls.map(String)
    one.mockRestore()
    if (said.length > 0) throw new Error(`printed: ${said.join("\n")}`)
  }
})

const echo = (more = {}): Promise<Peer> => functionPeer(({ text: said }) => `You said: ${said}`, more)

const send = (said: string, more = {}) => ({
  message: { messageId: "m", role: "ROLE_USER", parts: [{ text: said }], ...more }
})

const info = (reason: string) => [
  { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "a2a-protocol.org" }
]

describe("the card", () => {
  const get = async (peer: Peer, headers: Record<string, string> = {}, method = "GET") => {
    const response = await fetch(peer.card, { headers, method })
    return { response, card: method === "GET" && response.status === 200 ? await response.json() : undefined }
  }

  it("is there for everybody, in the form of the version that is asked for, and may be kept for a while", async () => {
    const peer = await echo({ name: "Echo" })
    const { response, card } = await get(peer, { "a2a-version": "1.0" })
    expect(card).toMatchObject({
      name: "Echo",
      capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true },
      supportedInterfaces: [
        { url: peer.jsonrpc, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
        { url: peer.rest, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
        { url: peer.jsonrpc, protocolBinding: "JSONRPC", protocolVersion: "0.3" },
        { url: peer.rest, protocolBinding: "HTTP+JSON", protocolVersion: "0.3" }
      ],
      securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: "Bearer" } } }
    })
    const { headers } = response
    expect([headers.get("vary"), headers.get("cache-control")]).toEqual(["A2A-Version", "public, max-age=300"])
    const etag = headers.get("etag") ?? ""
    expect(
      (await get(peer, { "a2a-version": "1.0", "if-none-match": etag, "cache-control": "max-age=0" })).response.status
    ).toBe(304)
    const older = await get(peer)
    expect(older.card).toMatchObject({ url: peer.jsonrpc, preferredTransport: "JSONRPC", security: [{ bearer: [] }] })
    expect(older.response.headers.get("vary")).toBe("A2A-Version")
    expect(older.response.headers.get("etag")).not.toBe(etag)
    expect((await get(peer, {}, "HEAD")).response.status).toBe(200)
    expect((await get(peer, {}, "POST")).response.status).toBe(405)
  })

  it("says where it is reached: by the name that was used, or as it was told", async () => {
    const peer = await echo()
    const at = new URL(peer.card)
    at.hostname = "localhost"
    expect(await (await fetch(at)).json()).toMatchObject({ url: `http://localhost:${peer.port}/a2a/jsonrpc` })
    const proxied = await echo({ url: "https://agents.example.com" })
    expect((await get(proxied)).card).toMatchObject({ url: "https://agents.example.com/a2a/jsonrpc" })
  })

  it("tells the model only to those who may come in, and nobody of a page of elsewhere gets in", async () => {
    const peer = await echo({ requireAuth: false, keys: [] })
    expect((await get(peer)).card).not.toHaveProperty("security")
    const answer = await rpc(peer, call("GetExtendedAgentCard", undefined))
    expect(answer.body.result).toMatchObject({ name: "Kintsugi" })
    const page = await rpc(peer, call("ListTasks"), { headers: { origin: "https://evil.example" } })
    expect(page).toMatchObject({ status: 403, body: { error: { code: -32_000 } } })
  })
})

describe("versions", () => {
  it.each([
    ["1.0", "SendMessage"],
    ["1.0.7", "SendMessage"],
    [" 1.0 ", "SendMessage"],
    ["1", "SendMessage"]
  ])("%j is 1.0", async (version, method) => {
    const { body } = await rpc(await echo(), call(method, send("hello")), { version })
    expect(body.result).toMatchObject({ task: { status: { state: "TASK_STATE_COMPLETED" } } })
  })

  it.each(["", "0.3", "0.3.0"])("%j is 0.3", async (version) => {
    const message = { kind: "message", messageId: "m", role: "user", parts: [{ kind: "text", text: "hello" }] }
    const { body } = await rpc(await echo(), call("message/send", { message }), { version })
    expect(body.result).toMatchObject({ kind: "task", status: { state: "completed" } })
  })

  it.each(["2.0", "1.1", "0.2.9", "x", "1.0.0.0", "-1", "99999.0"])("%j is not spoken", async (version) => {
    const peer = await echo()
    expect(await rpc(peer, call("SendMessage", send("hello"), "a"), { version })).toMatchObject({
      status: 200,
      body: { id: "a", error: { code: -32_009, data: info("VERSION_NOT_SUPPORTED") } }
    })
    const headers = { authorization: `Bearer ${keys.ann}`, "a2a-version": version }
    const response = await fetch(`${peer.rest}/tasks`, { headers })
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { details: info("VERSION_NOT_SUPPORTED") } }
    ])
  })

  it("may stand in the address, and whoever forgets it with the words of 1.0 is told", async () => {
    const peer = await echo()
    const at = { jsonrpc: `${peer.jsonrpc}?A2A-Version=1.0` }
    expect((await rpc(at, call("SendMessage", send("hello")), { version: "" })).body).toHaveProperty("result")
    const { body } = await rpc(peer, call("SendMessage", send("hello")), { version: "" })
    expect(body.error).toMatchObject({ code: -32_601, message: expect.stringContaining("A2A-Version: 1.0") })
  })
})

describe("what is wrong is answered in the protocol's own form", () => {
  it.each([
    ["{", -32_700],
    ["", -32_700],
    ["[]", -32_600],
    ["3", -32_600],
    ["null", -32_600],
    [{ jsonrpc: "1.0", id: 1, method: "ListTasks", params: {} }, -32_600],
    [{ id: 1, method: "ListTasks", params: {} }, -32_600],
    [{ jsonrpc: "2.0", id: {}, method: "ListTasks", params: {} }, -32_600],
    [{ jsonrpc: "2.0", id: 1, method: 7, params: {} }, -32_600],
    [{ jsonrpc: "2.0", id: 1, method: "Nonsense", params: {} }, -32_601],
    [{ jsonrpc: "2.0", id: 1, method: "ListTasks", params: [] }, -32_602],
    [call("SendMessage", {}), -32_602],
    [call("SendMessage", send("")), -32_602],
    [call("SendMessage", send("x", { messageId: "" })), -32_602],
    [call("SendMessage", send("x", { role: "ROLE_AGENT" })), -32_602],
    [call("SendMessage", send("x", { contextId: "c".repeat(201) })), -32_602],
    [call("SendMessage", { ...send("x"), configuration: { historyLength: -1 } }), -32_602],
    [call("GetTask", { id: "" }), -32_602],
    [call("GetTask", { id: "none" }), -32_001],
    [call("CancelTask", { id: "none" }), -32_001],
    [call("SubscribeToTask", { id: "none" }), -32_001],
    [call("ListTasks", { pageSize: 0 }), -32_602],
    [call("ListTasks", { status: "NONSENSE" }), -32_602],
    [call("ListTasks", { statusTimestampAfter: "yesterday" }), -32_602],
    [call("GetTaskPushNotificationConfig", { taskId: "none", id: "c" }), -32_001]
  ])("%j", async (body, code) => {
    const answer = await rpc(await echo(), body)
    expect(answer).toMatchObject({
      status: 200,
      body: { jsonrpc: "2.0", error: { code, message: expect.any(String) } }
    })
    expect(answer.type).toContain("application/json")
  })

  it("also a body of another kind, and one that is too large, whether or not it says so before", async () => {
    const peer = await echo({ limits: { body: 1024 * 1024 } })
    const xml = await rpc(peer, "<a/>", { headers: { "content-type": "text/xml" } })
    expect(xml.body.error).toMatchObject({ code: -32_005 })
    const large = JSON.stringify(call("SendMessage", send("x".repeat(1024 * 1024))))
    const problem = {
      status: 413,
      body: { id: null, error: { code: -32_600, message: "a request has at most 1 MiB" } }
    }
    expect(await rpc(peer, large)).toMatchObject(problem)
    expect(await chunked(peer.jsonrpc, large)).toMatchObject(problem)
    expect(await chunked(`${peer.rest}/message:send`, large)).toMatchObject({
      status: 413,
      body: { error: { code: 413, message: "a request has at most 1 MiB" } }
    })
    expect((await rpc(peer, call("SendMessage", send("small")))).body).toHaveProperty("result")
  })

  it.each([
    ["GET", "/tasks/none", "", 404, "TASK_NOT_FOUND"],
    ["POST", "/tasks/none:cancel", "", 404, "TASK_NOT_FOUND"],
    ["POST", "/message:send", "{", 400, "INVALID_PARAMS"],
    ["POST", "/message:send", "{}", 400, "INVALID_PARAMS"],
    ["GET", "/tasks?pageSize=0", "", 400, "INVALID_PARAMS"],
    ["GET", "/tenant/tasks", "", 404, "TASK_NOT_FOUND"],
    ["GET", "/nothing", "", 404, "TASK_NOT_FOUND"]
  ])("%s %s %s over HTTP+JSON", async (method, path, body, code, reason) => {
    const { rest } = await echo()
    const headers = { authorization: `Bearer ${keys.ann}`, "a2a-version": "1.0", "content-type": "application/json" }
    const response = await fetch(`${rest}${path}`, { method, headers, ...(body !== "" && { body }) })
    expect([response.status, await response.json()]).toMatchObject([code, { error: { code, details: info(reason) } }])
    expect(response.headers.get("content-type")).toContain("application/a2a+json")
  })

  it.each([
    ["GET", "/message:send", "POST"],
    ["GET", "/tasks/none:cancel", "POST"],
    ["PUT", "/tasks", "GET, HEAD"],
    ["DELETE", "/tasks/none", "GET, HEAD"],
    ["PATCH", "/v1/tasks/none/pushNotificationConfigs/one", "GET, HEAD, DELETE"]
  ])("%s %s over HTTP+JSON, with the methods that there are", async (method, path, allow) => {
    const { rest } = await echo()
    const headers = { authorization: `Bearer ${keys.ann}`, "a2a-version": "1.0" }
    const response = await fetch(`${rest}${path}`, { method, headers })
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow])
    expect(await response.json()).toMatchObject({ error: { code: 405, status: "UNIMPLEMENTED" } })
  })

  it("with the name of what is wrong, and nothing of a task is kept on the way", async () => {
    const { rest } = await echo()
    const stranger = await fetch(`${rest}/tasks`)
    expect(await stranger.json()).toMatchObject({ error: { code: 401, status: "UNAUTHENTICATED" } })
    const { headers } = await fetch(`${rest}/tasks`, {
      headers: { authorization: `Bearer ${keys.ann}`, "a2a-version": "1.0" }
    })
    expect([headers.get("cache-control"), headers.get("etag")]).toEqual(["no-store", null])
  })

  it("whatever stands in a request, and nothing is lost by it", async () => {
    const peer = await echo()
    const old = { kind: "message", messageId: "m", role: "user", taskId: "t", contextId: "c" }
    const push = {
      id: "c",
      url: "http://127.0.0.1:9/",
      token: "t",
      authentication: { scheme: "Bearer", credentials: "c" }
    }
    const valid: ReadonlyArray<readonly [string, object]> = [
      [
        "SendMessage",
        { ...send("x"), configuration: { historyLength: 1, acceptedOutputModes: ["a/b"], returnImmediately: true } }
      ],
      [
        "SendMessage",
        { message: { ...send("").message, parts: [{ raw: "AA==", filename: "f" }, { data: 1 }, { url: "u" }] } }
      ],
      ["GetTask", { id: "none", historyLength: 1 }],
      [
        "ListTasks",
        { contextId: "c", status: "TASK_STATE_WORKING", pageSize: 1, pageToken: "", includeArtifacts: true }
      ],
      ["CreateTaskPushNotificationConfig", { taskId: "none", ...push }],
      [
        "message/send",
        { message: { ...old, parts: [{ kind: "text", text: "x" }] }, configuration: { blocking: true } }
      ],
      [
        "message/send",
        {
          message: {
            ...old,
            parts: [
              { kind: "file", file: { bytes: "AA==" } },
              { kind: "data", data: {} }
            ]
          }
        }
      ],
      ["tasks/get", { id: "none", historyLength: 1 }],
      ["tasks/pushNotificationConfig/set", { taskId: "none", pushNotificationConfig: push }]
    ]
    const damaged = fc
      .tuple(fc.constantFrom(...valid), fc.nat(), fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined)))
      .map(([[method, params], nth, value]) => [method, damage(params, nth, value)] as const)
    await fc.assert(
      fc.asyncProperty(damaged, async ([method, params]) => {
        const version = method.includes("/") ? "0.3" : "1.0"
        const { status, body } = await rpc(peer, call(method, params), { version })
        expect(status).toBe(200)
        expect(body).toMatchObject({ jsonrpc: "2.0", id: 1 })
        expect("result" in body !== "error" in body).toBe(true)
        expect(body.error?.code).not.toBe(-32_603)
      }),
      { numRuns: 100 }
    )
    expect(peer.logged).toEqual([])
    expect((await rpc(peer, call("SendMessage", send("still here")))).body).toHaveProperty("result")
  })
})

describe("callers", () => {
  it("need a key, which is not said again", async () => {
    const peer = await echo()
    for (const key of ["", "wrong-key-0123456"]) {
      const { status, body } = await rpc(peer, call("ListTasks"), { key })
      expect([status, body.error?.code]).toEqual([401, -32_000])
      expect(JSON.stringify(body)).not.toContain("wrong-key")
    }
    expect((await fetch(`${peer.rest}/tasks`)).headers.get("www-authenticate")).toBe("Bearer")
  })

  it("see their own tasks and nobody else's, by whatever way they look", async () => {
    const peer = await functionPeer(({ text: said }) => (said === "ask" ? { ask: "?" } : "done"))
    const [ann, bob] = [await client(peer), await client(peer, { key: keys.bob })]
    const mine = taskIn(await ann.sendMessage(saying("ask")))
    const { id, contextId } = mine
    const which = { tenant: "", id }
    const push = { tenant: "", id: "c", taskId: id, url: "http://127.0.0.1:9/", token: "", authentication: undefined }
    await ann.createTaskPushNotificationConfig(push)
    const ways: ReadonlyArray<() => Promise<unknown>> = [
      () => bob.getTask(which),
      () => bob.cancelTask({ ...which, metadata: undefined }),
      () => bob.resubscribeTask(which).next(),
      () => bob.sendMessage(saying("blue", { taskId: id })),
      () => bob.createTaskPushNotificationConfig(push),
      () => bob.getTaskPushNotificationConfig({ ...which, id: "c", taskId: id }),
      () => bob.listTaskPushNotificationConfig({ tenant: "", taskId: id, pageSize: 0, pageToken: "" }),
      () => bob.deleteTaskPushNotificationConfig({ ...which, id: "c", taskId: id })
    ]
    const nobodys = await bob.getTask({ tenant: "", id: crypto.randomUUID() }).catch(String)
    for (const way of ways) expect(await way().catch(String)).toBe(nobodys)
    const theirs = taskIn(await bob.sendMessage(saying("hello", { contextId })))
    expect(theirs.history).toHaveLength(1)
    const list = { tenant: "", contextId: "", status: 0, pageToken: "", statusTimestampAfter: undefined }
    expect((await bob.listTasks(list)).tasks.map((one) => one.id)).toEqual([theirs.id])
    expect(stateOf(await ann.getTask(which))).toBe("INPUT_REQUIRED")
    expect((await ann.listTasks(list)).totalSize).toBe(1)
  })

  it("have so many tasks at a time, and so many that are remembered", async () => {
    const peer = await functionPeer(({ text: said }) => (said === "ask" ? { ask: "?" } : "done"), {
      limits: { tasks: 2, kept: 3 }
    })
    const [ann, bob] = [await client(peer), await client(peer, { key: keys.bob })]
    const open = [taskIn(await ann.sendMessage(saying("ask"))), taskIn(await ann.sendMessage(saying("ask")))]
    await expect(ann.sendMessage(saying("one more"))).rejects.toThrow("2 tasks are not over yet")
    await bob.sendMessage(saying("hello"))
    await ann.cancelTask({ tenant: "", id: open[0]?.id ?? "", metadata: undefined })
    for (let n = 0; n < 5; n++) await ann.sendMessage(saying("hello"))
    const list = { tenant: "", contextId: "", status: 0, pageToken: "", statusTimestampAfter: undefined }
    expect((await ann.listTasks(list)).totalSize).toBe(4)
  })
})

const chunked = (url: string, body: string): Promise<{ readonly status: number | undefined; readonly body: unknown }> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${keys.ann}`, "content-type": "application/json", "a2a-version": "1.0" }
    const sent = request(url, { method: "POST", headers }, (response) => {
      text(response).then((said) => resolve({ status: response.statusCode, body: JSON.parse(said) }), reject)
    })
    sent.on("error", reject)
    sent.write(body.slice(0, 100))
    sent.end(body.slice(100))
  })

/** @returns a copy with another value in one of its places. */
const damage = (whole: object, nth: number, value: unknown): unknown => {
  const copy = structuredClone(whole)
  const places: Array<readonly [object, string]> = []
  const look = (at: object): void => {
    for (const [name, one] of Object.entries(at)) {
      places.push([at, name])
      if (typeof one === "object" && one !== null) look(one)
    }
  }
  look(copy)
  const [at, name] = places[nth % places.length] ?? [copy, ""]
  Reflect.set(at, name, value)
  return copy
}
