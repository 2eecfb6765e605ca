import { EventEmitter } from "node:events"
import type { IncomingMessage, ServerResponse } from "node:http"
import { afterEach, describe, expect, it, vi } from "vitest"
import type { Health } from "../../../actors/health.ts"
import { healthHandler } from "../../../channels/health/handler.ts"
import { serveHealth } from "../../../channels/health/serve.ts"
import { child, health } from "../../actors/tree-views.ts"
import { ask, folder, open } from "./over-socket.ts"

const degraded = health([child("plugin:git", { kind: "plugin", state: "quarantined" })])

const served = async (how: () => Health) => {
  const at = await folder()
  const { path, close } = await serveHealth({ health: how }, [at.path])
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      close()
      await at[Symbol.asyncDispose]()
    }
  }
}

describe("health over HTTP", () => {
  it("answers GET /health with all of it, and HEAD without", async () => {
    await using at = await served(() => health([child("agents")]))
    const { code, headers, body } = await ask(at.path, "/health?a=1")
    expect({ code, headers }).toMatchObject({
      code: 200,
      headers: { "content-type": "application/json", "cache-control": "no-store" }
    })
    expect(JSON.parse(body)).toEqual(health([child("agents")]))
    expect(await ask(at.path, "/health", "HEAD")).toMatchObject({ code: 200, body: "" })
  })

  it("says 200 while the runtime works, degraded or not, and 503 when it stops or cannot say how it is", async () => {
    let now: () => Health = () => degraded
    await using at = await served(() => now())
    expect(await ask(at.path, "/health")).toMatchObject({ code: 200, body: expect.stringContaining("degraded") })
    now = () => health([], { state: "stopping" })
    await vi.waitUntil(async () => (await ask(at.path, "/health")).code === 503)
    now = () => {
      throw new Error("no tree")
    }
    await vi.waitUntil(async () => (await ask(at.path, "/health")).body.includes("no tree"))
    expect((await ask(at.path, "/health")).code).toBe(503)
    now = () => degraded
    await vi.waitUntil(async () => (await ask(at.path, "/health")).code === 200)
  })

  it("can only be read, and there is nothing else", async () => {
    await using at = await served(() => degraded)
    expect(await ask(at.path, "/health", "POST")).toMatchObject({ code: 405, headers: { allow: "GET, HEAD" } })
    for (const path of ["/", "/healthy", "/health/", "/stream", "/../health"])
      expect(await ask(at.path, path), path).toMatchObject({ code: 404 })
  })

  it("streams snapshots as server-sent events until the reader leaves", async () => {
    let count = 0
    await using at = await served(() => health([], { startedAt: ++count }))
    const stream = await open(at.path, "/health/stream")
    expect(stream.headers["content-type"]).toBe("text/event-stream")
    const seen: Array<number> = []
    for await (const chunk of stream.setEncoding("utf8")) {
      expect(chunk).toMatch(/^data: \{.*\}\n\n$/)
      seen.push(JSON.parse(String(chunk).slice("data: ".length)).startedAt)
      if (seen.length === 2) break
    }
    expect(seen[1]).toBeGreaterThan(seen[0] ?? 0)
  })

  it("answers hundreds at once", async () => {
    await using at = await served(() => degraded)
    const answers = await Promise.all(Array.from({ length: 400 }, () => ask(at.path, "/health")))
    expect(answers.every(({ code, body }) => code === 200 && body.includes("plugin:git"))).toBe(true)
  })
})

/** A reader that takes nothing more once it is full, on a clock of the spec's own. */
const reader = () => {
  const response = Object.assign(new EventEmitter(), {
    code: 0,
    written: [] as Array<string>,
    writableNeedDrain: false,
    writeHead: (code: number) => {
      response.code = code
      return response
    },
    write: (text: string) => response.written.push(text),
    end: () => response.emit("close"),
    destroy: () => response.emit("close")
  })
  return response
}

const connect = (handle: ReturnType<typeof healthHandler>, path: string) => {
  const response = reader()
  // Only what the handler uses of both.
  const request = { url: path, method: "GET" } as IncomingMessage
  expect(handle(request, response as unknown as ServerResponse)).toBe(true)
  return response
}

describe("readers of the stream", () => {
  afterEach(() => void vi.useRealTimers())

  it("that are slow skip snapshots, get the newest again, and are let go when they take nothing for half a minute", () => {
    vi.useFakeTimers()
    let count = 0
    const handle = healthHandler({ health: () => health([], { startedAt: ++count }) })
    const [slow, quick] = [connect(handle, "/health/stream"), connect(handle, "/health/stream")]
    let isGone = false
    slow.once("close", () => void (isGone = true))
    slow.writableNeedDrain = true
    vi.advanceTimersByTime(10_000)
    expect(slow.written.length).toBe(1)
    expect(quick.written.length).toBe(11)
    slow.writableNeedDrain = false
    vi.advanceTimersByTime(1000)
    expect(slow.written.length).toBe(2)
    expect(slow.written[1]).toBe(quick.written[11])
    slow.writableNeedDrain = true
    vi.advanceTimersByTime(30_000)
    expect(isGone).toBe(false)
    vi.advanceTimersByTime(1000)
    expect(isGone).toBe(true)
    quick.emit("close")
    expect(vi.getTimerCount()).toBe(0)
  })

  it("share each snapshot with everybody who asks at that time", () => {
    vi.useFakeTimers()
    let count = 0
    const handle = healthHandler({ health: () => health([], { startedAt: ++count }) })
    for (let n = 0; n < 300; n++) connect(handle, "/health")
    const streams = Array.from({ length: 20 }, () => connect(handle, "/health/stream"))
    expect(count).toBe(1)
    vi.advanceTimersByTime(1000)
    expect(count).toBe(2)
    for (const stream of streams) stream.emit("close")
  })

  it("are at most 64, and the next can come when one has left", () => {
    vi.useFakeTimers()
    const handle = healthHandler({ health: () => degraded })
    const streams = Array.from({ length: 64 }, () => connect(handle, "/health/stream"))
    expect(streams.every(({ code }) => code === 200)).toBe(true)
    expect(connect(handle, "/health/stream").code).toBe(503)
    expect(connect(handle, "/health").code).toBe(200)
    streams[0]?.emit("close")
    const late = connect(handle, "/health/stream")
    expect(late.code).toBe(200)
    for (const stream of [...streams, late]) stream.emit("close")
    expect(vi.getTimerCount()).toBe(0)
  })

  it("leave a path that is not theirs untouched", () => {
    const handle = healthHandler({ health: () => degraded })
    const response = reader()
    const request = { url: "/ws", method: "GET" } as IncomingMessage
    expect(handle(request, response as unknown as ServerResponse)).toBe(false)
    expect(response.code).toBe(0)
  })
})
