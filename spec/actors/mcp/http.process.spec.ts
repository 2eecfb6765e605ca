import { describe, expect, it } from "vitest"
import { McpError } from "../../../plugins/mcp.ts"
import { ancient, answering, legacy, modern } from "./http-servers.ts"
import { client, open } from "./opened.ts"

const names = (tools: ReadonlyArray<{ readonly name: string }>) => tools.map(({ name }) => name)

describe("a server over HTTP", () => {
  it("of 2026 is spoken to as such, and its changes are heard", async () => {
    const { url, add } = await modern()
    const servers = await open({ one: { url } })
    expect(await servers.say("one", "echo", { text: "hi" })).toBe("echo hi")
    expect(servers.view("one")).toMatchObject({ protocol: "2026-07-28", instructions: "be kind", title: "modern", target: url })
    add("more")
    await servers.becomes("one", ({ tools }) => names(tools).includes("more"))
    expect(await servers.say("one", "more", { text: "hi" })).toBe("more hi")
  })

  it("of 2025 gets its headers, and a session that is ended", async () => {
    const { url, seen } = await legacy()
    const servers = await open({ one: { type: "http", url, headers: { Authorization: "Bearer let-me-in" } } })
    expect(await servers.say("one", "echo", { text: "hi" })).toBe("hi")
    expect(servers.view("one")).toMatchObject({ status: "ready", protocol: "2025-11-25", transport: "http" })
    expect(seen.every((one) => one.endsWith("Bearer let-me-in"))).toBe(true)
    await servers.close()
    expect(seen.at(-1)).toMatch(/^DELETE/)
  })

  it.each([404, 400] as const)("that lost our session (%s) gets a new one, and the call is made there", async (lost) => {
    const { url, forget } = await legacy(lost)
    const servers = await open({ one: { url } })
    await servers.say("one", "echo", { text: "hi" })
    forget()
    expect(await servers.say("one", "echo", { text: "still there?" })).toBe("still there?")
  })

  it("that is begun anew is found again", async () => {
    const first = await legacy()
    const servers = await open({ one: { url: first.url } })
    await servers.say("one", "echo", { text: "hi" })
    await first.stop()
    const error: unknown = await servers.say("one", "echo", { text: "hi" }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(McpError)
    expect(error).toMatchObject({ kind: expect.stringMatching(/^(ended|not_ready)$/) })
    await legacy(404, Number(new URL(first.url).port))
    await servers.becomes("one", ({ status }) => status === "ready")
    expect(await servers.say("one", "echo", { text: "hi" })).toBe("hi")
  })

  it("that is cut off in the middle of an answer is not waited for", async () => {
    const { url, stop } = await legacy()
    const servers = await open({ one: { url } })
    await servers.say("one", "echo", { text: "hi" })
    const call = servers.call("one", "stop", {}, client({ progress: () => void stop() }))
    const error: unknown = await call.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: "ended", message: expect.stringContaining("may be done or not") })
  })

  it("of 2024 is reached all the same", async () => {
    const { url } = await ancient()
    const servers = await open({ one: { url } })
    expect(await servers.say("one", "echo", { text: "hi" })).toBe("hi")
    expect(servers.view("one").transport).toBe("sse")
  })

  it("that wants a login waits for it, and is not asked again and again", async () => {
    const { url } = await answering(401, {}, "")
    const servers = await open({ one: { url } })
    servers.begin()
    const view = await servers.becomes("one", ({ status }) => status === "login")
    expect(view.error).toContain("log")
    const error: unknown = await servers.call("one", "echo", {}, client()).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: "login" })
  })

  it.each([
    ["a page", 200, { "content-type": "text/html" }, "<h1>Welcome</h1>"],
    ["an error", 500, {}, "oh no"],
    ["half a message", 200, { "content-type": "application/json" }, '{"jsonrpc": "2.0", "id'],
    ["a message without end", 200, { "content-type": "application/json" }, "[".repeat(33 * 1024 * 1024)]
  ])("that answers with %s is not ready, with the reason", async (_, status, headers, body) => {
    const { url } = await answering(status, headers, body)
    const servers = await open({ one: { url: `${url}?key=hidden` } })
    servers.begin()
    const view = await servers.becomes("one", ({ error }) => error !== undefined)
    expect(view.error).toMatch(/\w/)
    expect(JSON.stringify(view)).not.toContain("hidden")
  })
})
