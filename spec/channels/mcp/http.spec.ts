import { once } from "node:events"
import { type ClientRequest, type IncomingMessage, request } from "node:http"
import { text } from "node:stream/consumers"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { StreamableHTTPClientTransport as LegacyHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import type { Transport } from "@modelcontextprotocol/client"
import type { Transport as LegacyTransport } from "@modelcontextprotocol/sdk/shared/transport.js"
import { describe, expect, it, onTestFinished } from "vitest"
import type { HttpOptions } from "../../../channels/mcp/http.ts"
import type { ServedTool } from "../../../channels/mcp/offer.ts"
import { type ClientKind, clientKinds, clientOf, type Says, stage, type StageOptions, until, yes } from "./served.ts"

const keys = { ann: "key-of-ann-0123456", bob: "key-of-bob-0123456" }
const users = Object.entries(keys).map(([name, key]) => ({ name, key }))

const serve = async (options: HttpOptions = {}, more: StageOptions = {}) => {
  const staged = await stage(more)
  const served = await staged.service.http({ keys: users, ...options })
  onTestFinished(async () => {
    staged.release()
    await served.stop(0)
  })
  const connect = (kind: ClientKind, key = keys.ann, says?: Says) => {
    const url = new URL(served.url)
    const init = { requestInit: { headers: { authorization: `Bearer ${key}` } } }
    const transport = kind === "sdk 1" ? new LegacyHttp(url, init) : new StreamableHTTPClientTransport(url, init)
    return clientOf(kind, transport as Transport & LegacyTransport, says) // its types forget `| undefined`
  }
  const post = (body: unknown, headers: Headers = {}) =>
    ask(served.port, "POST", { ...bearer(keys.ann), ...json, ...headers }, JSON.stringify(body))
  return { ...staged, ...served, connect, post }
}

type Headers = Readonly<Record<string, string>>

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const json = { "content-type": "application/json", accept: "application/json, text/event-stream" }

interface Told {
  readonly code: number
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

const ask = async (port: number, method: string, headers: Headers, body?: string, path = "/mcp"): Promise<Told> => {
  const sent = request({ port, host: "127.0.0.1", method, path, headers })
  const response = await answered(sent.end(body))
  return { code: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
}

const answered = async (sent: ClientRequest): Promise<IncomingMessage> => {
  const [response]: ReadonlyArray<IncomingMessage> = await once(sent, "response")
  if (response === undefined) throw new Error("no response")
  return response
}

const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "spec", version: "1" } }
}

const sessionOf = ({ headers }: Told): string => String(headers["mcp-session-id"])

describe.each(clientKinds)("MCP over HTTP, for a client of %s", (kind) => {
  it("lists, works, asks, and keeps the sessions of two users apart", async () => {
    const { connect } = await serve()
    const ann = await connect(kind, keys.ann, yes)
    const bob = await connect(kind, keys.bob)
    const { structuredContent } = await ann.callTool({ name: "run_task", arguments: { task: "write it" } })
    expect(structuredContent).toMatchObject({ status: "done", final_answer: "written" })
    const session_id = structuredContent?.session_id
    const stolen = await bob.callTool({ name: "run_task", arguments: { task: "hi", session_id } })
    expect(stolen).toMatchObject({ isError: true })
    expect(stolen.content[0]?.text).toContain("there is no session")
    const again = await ann.callTool({ name: "run_task", arguments: { task: "hi", session_id } })
    expect(again.structuredContent).toMatchObject({ session_id, final_answer: "You said: hi" })
    await Promise.all([ann.close(), bob.close()])
  })

  it("works on tasks of one session one after another, on those of two side by side", async () => {
    const { connect, holding, release } = await serve()
    const client = await connect(kind)
    const run = (task: string, session_id?: unknown) =>
      client.callTool({ name: "run_task", arguments: { task, ...(session_id !== undefined && { session_id }) } })
    const session_id = (await run("one")).structuredContent?.session_id
    const ended: Array<unknown> = []
    const all = [run("hold", session_id), run("hi", session_id), run("ho", session_id), run("hold")].map(
      async (called) => {
        const { structuredContent } = await called
        ended.push(structuredContent?.final_answer)
      }
    )
    await until(() => holding() === 2)
    expect(ended).toEqual([])
    release()
    await Promise.all(all)
    expect(ended.toSorted()).toEqual(["You said: hi", "You said: ho", "held", "held"])
    await client.close()
  })

  it("stops what the client takes back", async () => {
    const { connect, holding } = await serve()
    const client = await connect(kind)
    const stop = new AbortController()
    const called = client.callTool({ name: "hold" }, { signal: stop.signal }).catch(() => "stopped")
    await until(() => holding() === 1)
    stop.abort()
    expect(await called).toBe("stopped")
    await until(() => holding() === 0)
    await client.close()
  })
})

describe("who gets in", () => {
  it("is whoever shows a key, under a name of ours, from no other page", async () => {
    const { port, post } = await serve({ allowedOrigins: ["https://app.example"] })
    expect((await post(initialize)).code).toBe(200)
    for (const [headers, code] of [
      [{ authorization: "" }, 401],
      [bearer("wrong-key-0123456789"), 401],
      [{ host: "evil.example" }, 421],
      [{ origin: "https://evil.example" }, 403],
      [{ origin: "null" }, 403],
      [{ origin: "https://app.example" }, 200]
    ] as const) {
      const told = await post(initialize, headers)
      expect(told.code).toBe(code)
      expect(told.body).not.toContain("evil")
    }
    expect((await ask(port, "POST", json, "{}")).headers["www-authenticate"]).toBe("Bearer")
  })

  it("is not listened to after too many wrong keys", async () => {
    const { post } = await serve({ limits: { wrongKeys: 2 } })
    for (const key of ["wrong-key-0123456789", "other-key-0123456789"]) await post(initialize, bearer(key))
    const told = await post(initialize)
    expect(told.code).toBe(429)
    expect(Number(told.headers["retry-after"])).toBeGreaterThan(0)
  })

  it("lets a page ask first whether it may, and refuses to listen to all without keys", async () => {
    const { port } = await serve({ allowedOrigins: ["https://app.example"] })
    const asking = { origin: "https://app.example", "access-control-request-headers": "mcp-method, authorization" }
    const told = await ask(port, "OPTIONS", asking)
    expect(told.code).toBe(204)
    expect(told.headers["access-control-allow-origin"]).toBe("https://app.example")
    expect(told.headers["access-control-allow-headers"]).toContain("authorization")
    expect((await ask(port, "OPTIONS", { origin: "https://evil.example" })).code).toBe(403)
    const { service } = await stage()
    await expect(service.http({ host: "0.0.0.0" })).rejects.toThrow("channels.mcp.api_keys")
    await expect(service.http({ host: "0.0.0.0", requireAuth: false })).rejects.toThrow("without keys")
  })

  it("makes up a key where there is none, and needs none where none is wanted", async () => {
    const made = await serve({ keys: [] })
    expect((await made.post(initialize)).code).toBe(401)
    expect((await made.post(initialize, bearer(made.key ?? ""))).code).toBe(200)
    const open = await serve({ keys: [], requireAuth: false })
    expect((await open.post(initialize, { authorization: "" })).code).toBe(200)
  })
})

describe("what comes over HTTP", () => {
  it("is answered by the protocol when it is too long, not JSON, or goes elsewhere", async () => {
    const { port, post } = await serve()
    const long = await post({ ...initialize, more: "x".repeat(4 * 1024 * 1024) })
    expect(long.code).toBe(413)
    expect(JSON.parse(long.body)).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32_600 } })
    const garbage = await ask(port, "POST", { ...bearer(keys.ann), ...json }, "{")
    expect(garbage.code).toBe(400)
    expect(JSON.parse(garbage.body)).toMatchObject({ error: { code: -32_700 } })
    expect((await ask(port, "POST", bearer(keys.ann), "{}", "/elsewhere")).code).toBe(404)
    for (const body of [null, 7, "x", [], {}, { jsonrpc: "2.0" }, { jsonrpc: "2.0", id: 1, method: 7 }])
      expect((await post(body)).code).toBeGreaterThanOrEqual(400)
  })

  it("is too long also when nothing says so before", async () => {
    const { port } = await serve()
    const sent = request({
      port,
      host: "127.0.0.1",
      method: "POST",
      path: "/mcp",
      headers: { ...bearer(keys.ann), ...json }
    })
    const response = answered(sent)
    for (let at = 0; at < 5; at++) sent.write("x".repeat(1024 * 1024))
    sent.end()
    expect((await response).statusCode).toBe(413)
  })

  it("is refused when its headers say something else than its arguments", async () => {
    const properties = { region: { type: "string", "x-mcp-header": "Region" } }
    const definition = { name: "far", inputSchema: { type: "object" as const, properties } }
    const call: ServedTool["call"] = async (args) => ({
      content: [{ type: "text", text: `in ${String(args.region)}` }]
    })
    const { post, connect } = await serve({}, { tools: false, offers: [{ tools: () => [{ definition, call }] }] })
    const client = await connect("2026-07-28")
    await client.listTools()
    const told = await client.callTool({ name: "far", arguments: { region: "eu" } })
    expect(told.content[0]?.text).toBe("in eu")
    await client.close()
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {}
    }
    const params = { name: "far", arguments: { region: "eu" }, _meta: meta }
    const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "far" }
    const wrong = await post(
      { jsonrpc: "2.0", id: 9, method: "tools/call", params },
      { ...headers, "mcp-param-region": "us" }
    )
    expect(wrong.code).toBe(400)
    expect(JSON.parse(wrong.body)).toMatchObject({ id: 9, error: { code: -32_020 } })
  })

  it("belongs to a session of its user, which ends with DELETE", async () => {
    const { port, post } = await serve()
    const session = { "mcp-session-id": sessionOf(await post(initialize)), "mcp-protocol-version": "2025-11-25" }
    const list = { jsonrpc: "2.0", id: 2, method: "tools/list" }
    expect((await post(list, session)).code).toBe(200)
    expect((await post(list)).code).toBe(400)
    expect((await post(list, { ...session, ...bearer(keys.bob) })).code).toBe(404)
    expect((await ask(port, "DELETE", { ...bearer(keys.bob), ...session })).code).toBe(404)
    expect((await ask(port, "DELETE", { ...bearer(keys.ann), ...session })).code).toBe(200)
    expect((await post(list, session)).code).toBe(404)
    expect((await post(list, { "mcp-session-id": "made-up" })).code).toBe(404)
  })

  it("makes room for a new session by ending the quietest of the same user", async () => {
    const { post } = await serve({ sessions: { each: 2, all: 3 } })
    const list = { jsonrpc: "2.0", id: 2, method: "tools/list" }
    const sessions: Array<string> = []
    for (let at = 0; at < 3; at++) sessions.push(sessionOf(await post(initialize)))
    const codes: Array<number> = []
    for (const id of sessions) codes.push((await post(list, { "mcp-session-id": id })).code)
    expect(codes).toEqual([404, 200, 200])
    expect((await post(initialize, bearer(keys.bob))).code).toBe(200)
    expect((await post(list, { "mcp-session-id": sessions[1] ?? "" })).code).toBe(200)
  })

  it("ends when nobody has used its session for a while", async () => {
    const { post } = await serve({ sessions: { idle: 20 } })
    const id = sessionOf(await post(initialize))
    let code = 200
    while (code === 200) {
      await new Promise((resolve) => setTimeout(resolve, 40))
      code = (await post({ jsonrpc: "2.0", id: 2, method: "tools/list" }, { "mcp-session-id": id })).code
    }
    expect(code).toBe(404)
  })

  it("is had again by a client whose connection broke before the answer", async () => {
    const { port, post, holding, release } = await serve()
    const session = { "mcp-session-id": sessionOf(await post(initialize)), "mcp-protocol-version": "2025-11-25" }
    const headers = { ...bearer(keys.ann), ...json, ...session }
    const call = { jsonrpc: "2.0", id: 5, method: "tools/call", params: { name: "hold", _meta: { progressToken: 1 } } }
    const sent = request({ port, host: "127.0.0.1", method: "POST", path: "/mcp", headers }).end(JSON.stringify(call))
    const response = await answered(sent)
    let said = ""
    response.on("data", (piece: Buffer) => (said += piece)).on("error", () => {})
    await until(() => said.includes("holding"))
    const last =
      said
        .match(/^id: (\S+)$/gm)
        ?.at(-1)
        ?.slice(4) ?? ""
    sent.destroy()
    expect(holding()).toBe(1)
    const { accept } = json
    const again = request({
      port,
      host: "127.0.0.1",
      path: "/mcp",
      headers: { ...bearer(keys.ann), ...session, accept, "last-event-id": last }
    })
    const stream = await answered(again.end())
    let missed = ""
    stream.on("data", (piece: Buffer) => (missed += piece)).on("error", () => {})
    release()
    await until(() => missed.includes('"id":5'))
    expect(missed).toContain("held")
    again.destroy()
  })
})

describe("the server over HTTP", () => {
  it("tells anybody that it is there, and its operator how it is", async () => {
    const { port } = await serve({ keys: [...users, { name: "op", key: "key-of-op-01234567", operator: true }] })
    const little = await ask(port, "GET", {}, undefined, "/health")
    expect(JSON.parse(little.body)).toMatchObject({ status: "ready", sessions: 0 })
    const whole = await ask(port, "GET", bearer("key-of-op-01234567"), undefined, "/health")
    expect(JSON.parse(whole.body)).toHaveProperty("tree")
  })

  it.each(["2026-07-28", "2025-11-25"] as const)(
    "lets running requests end when it stops, and nobody in (%s)",
    async (kind) => {
      const { connect, holding, release, stop, post } = await serve()
      const client = await connect(kind)
      const called = client.callTool({ name: "hold" })
      await until(() => holding() === 1)
      const stopped = stop(60_000)
      expect((await post(initialize)).code).toBe(503)
      release()
      expect((await called).content[0]?.text).toBe("held")
      await stopped
      await client.close().catch(() => {})
    }
  )

  it("cancels what runs longer than it may when it stops", async () => {
    const { connect, holding, stop } = await serve()
    const client = await connect("2026-07-28")
    const called = client.callTool({ name: "hold" }).catch(() => "cut")
    await until(() => holding() === 1)
    await stop(10)
    expect(await called).toBe("cut")
    await until(() => holding() === 0)
  })
})
