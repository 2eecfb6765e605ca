import { describe, expect, it, vi } from "vitest"
import { McpError } from "../../../plugins/mcp.ts"
import { ancient, answering, legacy, modern } from "./http-servers.ts"
import { client, open } from "./opened.ts"

const names = (tools: ReadonlyArray<{ readonly name: string }>) => tools.map(({ name }) => name)

describe("a server over HTTP", () => {
  it.concurrent("of 2026 is spoken to as such, and its changes are heard", async (t) => {
    const { url, add } = await modern(t)
    const servers = await open(t, { one: { url } })
    expect(await servers.say("one", "echo", { text: "hi" })).toBe("echo hi")
    expect(servers.view("one")).toMatchObject({
      protocol: "2026-07-28",
      instructions: "be kind",
      title: "modern",
      target: url
    })
    add("more")
    await servers.becomes("one", ({ tools }) => names(tools).includes("more"))
    expect(await servers.say("one", "more", { text: "hi" })).toBe("more hi")
  })

  it.concurrent("of 2025 gets its headers, and a session that is ended", async (t) => {
    const { url, seen } = await legacy(t)
    const servers = await open(t, { one: { type: "http", url, headers: { Authorization: "Bearer let-me-in" } } })
    expect(await servers.say("one", "echo", { text: "hi" })).toBe("hi")
    expect(servers.view("one")).toMatchObject({ status: "ready", protocol: "2025-11-25", transport: "http" })
    expect(seen.every((one) => one.endsWith("Bearer let-me-in"))).toBe(true)
    await servers.close()
    expect(seen.at(-1)).toMatch(/^DELETE/)
  })

  it.concurrent.for([404, 400] as const)(
    "that lost our session (%s) gets a new one, and the call is made there",
    async (lost, t) => {
      const { url, forget } = await legacy(t, lost)
      const servers = await open(t, { one: { url } })
      await servers.say("one", "echo", { text: "hi" })
      forget()
      expect(await servers.say("one", "echo", { text: "still there?" })).toBe("still there?")
    }
  )

  it.concurrent("that is begun anew is found again", async (t) => {
    const first = await legacy(t)
    const servers = await open(t, { one: { url: first.url } })
    await servers.say("one", "echo", { text: "hi" })
    await first.stop()
    const error: unknown = await servers.say("one", "echo", { text: "hi" }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(McpError)
    expect(error).toMatchObject({ kind: expect.stringMatching(/^(ended|not_ready)$/) })
    await legacy(t, 404, Number(new URL(first.url).port))
    await servers.becomes("one", ({ status }) => status === "ready")
    expect(await servers.say("one", "echo", { text: "hi" })).toBe("hi")
  })

  it.concurrent("that is cut off in the middle of an answer is not waited for", async (t) => {
    const { url, stop } = await legacy(t)
    const servers = await open(t, { one: { url } })
    await servers.say("one", "echo", { text: "hi" })
    const call = servers.call("one", "stop", {}, client({ progress: () => void stop() }))
    const error: unknown = await call.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: "ended", message: expect.stringContaining("may be done or not") })
  })

  it.concurrent("of 2024 is reached all the same", async (t) => {
    const { url } = await ancient(t)
    const servers = await open(t, { one: { url } })
    expect(await servers.say("one", "echo", { text: "hi" })).toBe("hi")
    expect(servers.view("one").transport).toBe("sse")
  })

  it.concurrent("that wants a login waits for it, and is not asked again and again", async (t) => {
    const { url } = await answering(t, 401, {}, "")
    const servers = await open(t, { one: { url } })
    servers.begin()
    const view = await servers.becomes("one", ({ status }) => status === "login")
    expect(view.error).toContain("log")
    const error: unknown = await servers.call("one", "echo", {}, client()).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: "login" })
  })

  it.concurrent("is ready by itself when there is a login, as soon as somebody calls it", async (t) => {
    const { url, gate } = await legacy(t)
    gate.isShut = true
    const servers = await open(t, { one: { url } })
    servers.begin()
    await servers.becomes("one", ({ status }) => status === "login")
    gate.isShut = false
    // Not more often than every 2 s.
    await vi.waitFor(async () => expect(await servers.say("one", "echo", { text: "in" })).toBe("in"), {
      timeout: 5000,
      interval: 100
    })
  })

  it.concurrent.for([
    ["a page", 200, { "content-type": "text/html" }, "<h1>Welcome</h1>"],
    ["an error", 500, {}, "oh no"],
    ["half a message", 200, { "content-type": "application/json" }, '{"jsonrpc": "2.0", "id'],
    ["a message without end", 200, { "content-type": "application/json" }, "[".repeat(33 * 1024 * 1024)]
  ] as const)("that answers with %s is not ready, with the reason", async ([, status, headers, body], t) => {
    const { url } = await answering(t, status, headers, body)
    const servers = await open(t, { one: { url: `${url}?key=hidden` } })
    servers.begin()
    const view = await servers.becomes("one", ({ error }) => error !== undefined)
    expect(view.error).toMatch(/\w/)
    expect(JSON.stringify(view)).not.toContain("hidden")
  })
})
