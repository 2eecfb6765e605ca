import { once } from "node:events"
import { text } from "node:stream/consumers"
import * as fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { frameLimit, inFrames } from "../../../channels/wire/frames.ts"
import { as, type Client, connect, get, keys, openFiles, plug, raw, serve, type Served, upgrade } from "./served.ts"

/** Bob works, Ann's programs attack; Bob's turn ends as if nothing had been. */
const whileBobWorks = async (at: Served, attack: (bob: Client) => Promise<unknown>): Promise<void> => {
  const bob = await at.connect(as(keys.bob))
  bob.say({ type: "message", content: "hold my secret", message_id: "bob" })
  await bob.next("event", ({ event }) => event.type === "agent.acting")
  await attack(bob)
  at.release()
  expect(await bob.next("response")).toMatchObject({ message_id: "bob", status: "done", content: "held" })
  bob.say({ type: "ping", request_id: "still" })
  await bob.next("pong", ({ request_id }) => request_id === "still")
  expect(bob.frames.filter(({ type }) => type === "response")).toHaveLength(1)
}

const stranger = {}

describe("whoever has no key", () => {
  it("is refused: a wrong one at the door, or in the first frame, no one at all, and none in time", async () => {
    const at = await serve({ hubLimits: { authTime: 300 } })
    await whileBobWorks(at, async () => {
      await expect(at.connect(as("not-a-key-of-anybody"))).rejects.toThrow("401: nobody here has this key")
      for (const said of [{ api_key: "not-a-key-of-anybody" }, { api_key: "" }, {}]) {
        const wrong = await at.connect(stranger)
        wrong.say({ type: "auth", ...said })
        expect(await wrong.next("auth_response")).toMatchObject({ success: false })
        expect(await wrong.closed).toMatchObject({ code: 4401 })
      }
      const none = await at.connect(stranger)
      none.say({ type: "sessions" })
      expect(await none.closed).toMatchObject({ code: 4401 })
      expect(JSON.stringify(none.frames)).not.toMatch(/"sessions"/)
      const silent = await at.connect(stranger)
      expect(await silent.closed).toMatchObject({ code: 4401 })
    })
  })

  it("may not guess for long, and is told so; one old key again and again is no guessing", async () => {
    const at = await serve()
    await whileBobWorks(at, async (bob) => {
      const early = await at.connect(stranger)
      for (let n = 0; n < 20; n++) await expect(at.connect(as("an-old-key-of-a-page"))).rejects.toThrow("401")
      for (let n = 0; n < 4; n++) await expect(at.connect(as(`guess-number-${n}-at-a-key`))).rejects.toThrow("401")
      for (let n = 4; n < 9; n++) {
        const guess = await at.connect(stranger)
        guess.say({ type: "auth", api_key: `guess-number-${n}-at-a-key` })
        await guess.closed
      }
      early.say({ type: "auth", api_key: keys.ann })
      const error = "too many wrong keys came from this address; try again later"
      expect(await early.next("auth_response")).toMatchObject({ success: false, error })
      bob.say({ type: "auth", api_key: keys.bob, request_id: "again" })
      expect(await bob.next("auth_response", ({ request_id }) => request_id === "again")).toMatchObject({ error })
      await expect(at.connect(as(keys.ann))).rejects.toThrow("429: too many wrong keys")
      await expect(at.connect(stranger)).rejects.toThrow("429")
      expect(await get(at.port, "/health")).toMatchObject({ code: 429, headers: { "retry-after": expect.any(String) } })
    })
  })

  it("locks out itself behind a proxy, and nobody else whom that brings", async () => {
    const at = await serve({ proxies: ["127.0.0.1"], limits: { wrongKeys: 2, perAddress: 2 } })
    const from = (address: string, key?: string) => ({
      headers: { "x-forwarded-for": address, ...(key !== undefined && as(key).headers) }
    })
    const early = await at.connect(from("6.6.6.6, 192.0.2.1"))
    for (const n of [1, 2])
      await expect(at.connect(from(`6.6.6.${n}, 192.0.2.1`, `a-guess-at-a-key-${n}`))).rejects.toThrow("401")
    await expect(at.connect(from("192.0.2.1", keys.ann))).rejects.toThrow("429")
    early.say({ type: "auth", api_key: keys.ann })
    expect(await early.next("auth_response")).toMatchObject({ error: expect.stringMatching(/^too many wrong keys/) })
    for (const n of [1, 2]) await at.connect(from(`192.0.2.1, 192.0.2.2`, n === 1 ? keys.ann : keys.bob))
    await expect(at.connect(from("192.0.2.2", keys.ann))).rejects.toThrow("503")
    await at.connect(from("192.0.2.3", keys.ann))
    await at.connect()
  })

  it("is not collected from: what it says at length is cut off before its end", async () => {
    const at = await serve({ limits: { stranger: 20_000 } })
    await whileBobWorks(at, async () => {
      const wordy = await at.connect(stranger)
      wordy.socket.send("x".repeat(15_000), { fin: false })
      wordy.socket.send("x".repeat(15_000), { fin: false })
      expect(await wordy.closed).toMatchObject({ code: 1009 })
      const known = await at.connect(stranger)
      known.say({ type: "auth", api_key: keys.ann })
      const { session_id } = await known.next("auth_response")
      for (const message_id of ["one", "two"]) {
        known.say({ type: "message", content: "x".repeat(30_000), session_id, message_id })
        expect(await known.next("response")).toMatchObject({ message_id, status: "done" })
      }
    })
  })

  it("fills the house and keeps nobody out", async () => {
    const at = await serve({ limits: { connections: 20, perAddress: 20 } })
    await whileBobWorks(at, async () => {
      const shown = await at.connect(stranger)
      shown.say({ type: "auth", api_key: keys.ann })
      await shown.next("auth_response")
      const crowd = await Promise.all(Array.from({ length: 30 }, () => at.connect(stranger)))
      const ann = await at.connect()
      ann.say({ type: "message", content: "hello" })
      expect(await ann.next("response")).toMatchObject({ status: "done" })
      expect(await crowd[0]!.closed).toMatchObject({ code: 1013 })
      shown.say({ type: "ping" })
      await shown.next("pong")
    })
  })

  it("hears how the server is, and on what it works only with the key of its own user", async () => {
    const at = await serve({ keys: [keys.ann, { name: "me", key: keys.bob, operator: true }] })
    const little = { status: "ready", sessions: 0, turns: 0, plugins: { healthy: expect.any(Number) } }
    const seen = await get(at.port, "/health")
    expect(seen).toMatchObject({ code: 200, headers: { "cache-control": "no-store" } })
    expect(JSON.parse(seen.body)).toEqual(little)
    expect(JSON.parse((await get(at.port, "/health", as(keys.ann) as object)).body)).toEqual(little)
    expect(await get(at.port, "/health/stream")).toMatchObject({ code: 401 })
    expect(await get(at.port, "/health", as("wrong-wrong-wrong-wrong") as object)).toMatchObject({ code: 401 })
    const whole = await get(at.port, "/health", as(keys.bob) as object)
    expect(JSON.parse(whole.body)).toMatchObject({ cwd: expect.any(String), tree: { state: "running" } })
  })
})

describe("pages of elsewhere", () => {
  it("may not connect, whether they say where they are from or have taken our name", async () => {
    const at = await serve({ allowedOrigins: ["https://chat.example.com"] })
    const own = `http://127.0.0.1:${at.port}`
    const from = (origin: string, host?: string) => ({
      headers: { ...as(keys.ann).headers, origin, ...(host !== undefined && { host }) }
    })
    await whileBobWorks(at, async () => {
      for (const origin of ["https://evil.example", "null", "http://localhost:1", `${own}.evil.example`])
        await expect(at.connect(from(origin))).rejects.toThrow("403")
      await expect(at.connect(from(own, "evil.example"))).rejects.toThrow("421")
      expect(await get(at.port, "/", { headers: { host: "evil.example" } })).toMatchObject({ code: 421 })
      expect(await get(at.port, "/health", { headers: { host: "evil.example" } })).toMatchObject({ code: 421 })
      for (const origin of [own, "https://chat.example.com"]) await at.connect(from(origin))
    })
  })

  it("may not frame ours, and read nothing of it", async () => {
    const at = await serve()
    for (const path of ["/", "/health"]) {
      const { headers } = await get(at.port, path, { headers: { origin: "https://evil.example" } })
      expect(headers).toMatchObject({ "x-frame-options": "DENY", "cross-origin-resource-policy": "same-origin" })
      expect(Object.keys(headers)).not.toContain("access-control-allow-origin")
    }
  })
})

describe("frames that are wrong", () => {
  it("are answered, and the connection stays", async () => {
    const at = await serve()
    await whileBobWorks(at, async () => {
      const ann = await at.connect()
      const wrong = ["", "{", "null", "[]", "1", '"x"', "{}", '{"type":1}', '{"type":"nothing"}', "[".repeat(50_000)]
      const fields = ['{"type":"message"}', '{"type":"message","content":{}}', '{"type":"resume","session_id":null}']
      for (const said of [...wrong, ...fields, '{"type":"__proto__"}', '{"type":"constructor"}']) {
        ann.say(said)
        expect(await ann.next("error"), said.slice(0, 50)).toMatchObject({ code: "bad_frame" })
      }
      ann.say(Buffer.from('{"type":"ping"}'))
      expect(await ann.next("error")).toMatchObject({ code: "bad_frame", message: expect.stringContaining("binary") })
      ann.say({ type: "message", content: "hello" })
      expect(await ann.next("response")).toMatchObject({ status: "done" })
    })
  })

  it("of any text and any JSON are answered, too", async () => {
    const at = await serve({ hubLimits: { framesPerSecond: 1e9, burst: 1e9 } })
    const ann = await at.connect()
    const types = fc.constantFrom(...Object.keys(inFrames))
    const frame = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .tuple(
          types,
          fc.dictionary(fc.constantFrom("session_id", "content", "id", "after", "request_id"), fc.jsonValue())
        )
        .map(([type, rest]) => JSON.stringify({ ...rest, type }))
    )
    let count = 0
    await fc.assert(
      fc.asyncProperty(frame, async (said) => {
        ann.say(said)
        const request_id = `ping ${count++}`
        ann.say({ type: "ping", request_id })
        await ann.next("pong", (pong) => pong.request_id === request_id)
      }),
      { numRuns: 200 }
    )
    expect(ann.frames.filter((one) => one.type === "error" && one.code === "internal")).toEqual([])
  })

  it("that are no texts end the connection when they do not stop", async () => {
    const at = await serve()
    const ann = await at.connect()
    for (let n = 0; n < 10; n++) ann.say(Buffer.from("x"))
    expect(await ann.closed).toEqual({ code: 1003, reason: "frames are JSON texts" })
  })

  it("that are too large end it with 1009", async () => {
    const at = await serve()
    await whileBobWorks(at, async () => {
      const ann = await at.connect()
      ann.say("x".repeat(frameLimit + 1))
      expect(await ann.closed).toMatchObject({ code: 1009 })
      const pieces = await at.connect()
      for (let n = 0; n < 3; n++) pieces.socket.send("x".repeat(frameLimit / 2), { fin: false })
      expect(await pieces.closed).toMatchObject({ code: 1009 })
    })
  })

  it("that come in floods are refused, then end it", async () => {
    const at = await serve({ hubLimits: { framesPerSecond: 10, burst: 20, patience: 50 } })
    await whileBobWorks(at, async () => {
      const ann = await at.connect()
      for (let n = 0; n < 5000; n++) ann.say({ type: "ping" })
      expect(await ann.closed).toMatchObject({ code: 1008 })
      expect(ann.frames.filter(({ type }) => type === "pong").length).toBeLessThan(100)
      expect(ann.frames).toContainEqual(expect.objectContaining({ type: "error", code: "too_many" }))
    })
  })
})

describe("bytes that are no WebSocket", () => {
  it("are refused before the handshake, and end the connection after it", async () => {
    const at = await serve()
    const bearer = { Authorization: `Bearer ${keys.ann}` }
    await whileBobWorks(at, async () => {
      for (const said of ["\0\0\0\0\r\n\r\n", "garbage\r\n\r\n", "\x16\x03\x01\x02\x00", "GET / HTTP/9\r\n\r\n"])
        expect(await raw(at.port, said)).toMatch(/^HTTP\/1\.1 400 /)
      // Not masked, a reserved bit, an unknown opcode, a control frame in pieces, a length that cannot be.
      const frames = ["8102 7b7d", "f182 00000000 7b7d", "8382 00000000 7b7d", "0980 00000000", "81ff ffffffffffffffff"]
      for (const bytes of frames) {
        const answer = await raw(
          at.port,
          Buffer.concat([Buffer.from(upgrade(bearer)), Buffer.from(bytes.replaceAll(" ", ""), "hex")])
        )
        expect(answer, bytes).toMatch(/^HTTP\/1\.1 101 /)
      }
      const ann = await at.connect()
      ann.say(Buffer.alloc(0))
      ann.socket.send(Buffer.from([0xc3, 0x28]), { binary: false })
      expect(await ann.closed).toMatchObject({ code: 1007 })
    })
  })

  const smuggled: ReadonlyArray<readonly [string, string | RegExp]> = [
    [upgrade({ "Content-Length": "5", "Transfer-Encoding": "chunked" }), /^HTTP\/1\.1 400 /],
    [`${upgrade({ "Content-Length": "38" })}GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [upgrade({ "Transfer-Encoding": "chunked" }), /^HTTP\/1\.1 400 /],
    ["GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["GET /health HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["GET /health HTTP/1.0\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["GET /health HTTP/1.1\nHost: localhost\nContent-Length: 1\nContent-Length: 2\n\n", /^HTTP\/1\.1 400 /],
    [
      "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /
    ],
    ["GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 404 /],
    ["CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", /^$/],
    [`GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [upgrade({ Upgrade: "h2c" }), /^HTTP\/1\.1 426 /],
    [upgrade({ "Sec-WebSocket-Version": "8" }), /^HTTP\/1\.1 426 /],
    [upgrade({ "Sec-WebSocket-Key": "short" }), /^HTTP\/1\.1 400 /],
    [upgrade({}, "POST /ws HTTP/1.1"), /^HTTP\/1\.1 426 /],
    [upgrade({}, "GET /other HTTP/1.1"), /^HTTP\/1\.1 404 /],
    [upgrade({}, "GET /ws/../ws HTTP/1.1"), /^HTTP\/1\.1 404 /]
  ]

  it("nor HTTP that two could read differently: each is one request, or none", async () => {
    const at = await serve()
    await whileBobWorks(at, async () => {
      for (const [said, expected] of smuggled) {
        const answer = await raw(at.port, said)
        expect(answer, said.slice(0, 60)).toMatch(expected)
        expect(answer.match(/^HTTP\/1\.1 /gm)?.length ?? 0, said.slice(0, 60)).toBeLessThanOrEqual(1)
      }
    })
  })

  it.each([
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//etc/passwd",
    "/console.js/../../package.json",
    "/.git/config",
    "/%00",
    "/%",
    "/health/../x",
    "\\..\\x"
  ])("lead to no file: %s", async (path) => {
    const at = await serve()
    expect(await raw(at.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 40[04] /
    )
  })

  it("that never become a request are ended", async () => {
    const at = await serve({ limits: { head: 200 } })
    await whileBobWorks(at, async () => {
      const slow = await plug(at.port)
      slow.write("GET /ws HTTP/1.1\r\nHost: localhost\r\n")
      expect(await text(slow)).toMatch(/^HTTP\/1\.1 408 /)
      const mute = await plug(at.port)
      await once(mute.resume(), "close")
    })
  })
})

describe("whoever does not read", () => {
  it("lags, then is ended, while others in the same session get everything", async () => {
    const at = await serve({ limits: { stall: 400, free: 64 * 1024 } })
    await whileBobWorks(at, async () => {
      const [ann, slow] = [await at.connect(), await at.connect()]
      ann.say({ type: "message", content: "hello" })
      const { session_id } = await ann.next("response")
      slow.say({ type: "open", session_id })
      await slow.next("session")
      slow.socket.pause()
      for (let n = 0; n < 4; n++) {
        ann.say({ type: "message", content: "big" })
        expect((await ann.next("response")).content).toHaveLength(3_000_000)
      }
      slow.socket.resume()
      expect(await slow.closed).toMatchObject({ code: 1006 })
    })
  })

  it("and asks for ever more is ended", async () => {
    const at = await serve({ limits: { most: 40_000_000, stall: 400 } })
    await whileBobWorks(at, async () => {
      const ann = await at.connect()
      ann.say({ type: "message", content: "big" })
      await ann.next("response")
      ann.socket.pause()
      for (let n = 0; n < 40; n++) ann.say({ type: "view" })
      await vi.waitUntil(() => at.hub.counts().peers === 1, { timeout: 10_000 })
      ann.socket.resume()
      expect(await ann.closed).toMatchObject({ code: 1006 })
    })
  })

  it("and does not answer pings is gone", async () => {
    const at = await serve({ limits: { ping: 60 } })
    await whileBobWorks(at, async () => {
      const half = await at.connect({ ...as(keys.ann), autoPong: false })
      const whole = await at.connect()
      expect(await half.closed).toMatchObject({ code: 1006 })
      expect(whole.socket.readyState).toBe(whole.socket.OPEN)
    })
  })
})

describe("another's session", () => {
  it("cannot be told from one that does not exist, whatever is asked of it", async () => {
    const at = await serve()
    await whileBobWorks(at, async (bob) => {
      const { session_id } = await bob.next("event")
      const ann = await at.connect()
      const unknown = session_id.replace(/.$/, (last) => (last === "0" ? "1" : "0"))
      const frames = [
        ...Object.keys(inFrames)
          .filter((type) => type !== "auth" && "session_id" in inFrames[type as keyof typeof inFrames].shape)
          .map((type) => ({
            type,
            after: 0,
            // Words of a user; what is filled in of a question.
            content: type === "permission" ? {} : "x",
            id: "1",
            name: "facts",
            command_id: "1",
            decision: "allow",
            to: "1",
            mode: "auto",
            model: "a/b"
          })),
        { type: "auth", api_key: keys.ann }
      ]
      expect(frames.length).toBeGreaterThan(10)
      for (const frame of frames) {
        const answers: Array<string> = []
        for (const id of [session_id, unknown]) {
          const request_id = `${frame.type} ${id === unknown}`
          const client = frame.type === "auth" ? await at.connect(stranger) : ann
          client.say(JSON.stringify({ ...frame, session_id: id, request_id }))
          await vi.waitUntil(() => client.frames.some((one) => "request_id" in one && one.request_id === request_id))
          const answer = client.frames.filter((one) => "request_id" in one && one.request_id === request_id)
          answers.push(JSON.stringify(answer).replaceAll(id, "ID").replaceAll(request_id, ""))
        }
        expect(answers[0], frame.type).toBe(answers[1])
        expect(answers[0], frame.type).toMatch(/no_session|"success":false|"type":"closed"|no such command runs/)
      }
      ann.say({ type: "sessions", request_id: "list" })
      expect((await ann.next("sessions")).sessions).toEqual([])
      ann.say({ type: "health", request_id: "health" })
      await ann.next("health")
      expect(JSON.stringify(ann.frames)).not.toContain("my secret")
      expect(JSON.stringify(ann.frames.filter(({ type }) => type === "health"))).not.toContain(session_id)
      expect(ann.frames.filter(({ type }) => type === "event")).toEqual([])
    })
  })
})

describe("very many", () => {
  it.skipIf(openFiles() < 4500)(
    "idle clients, two thousand of them, harm nobody (needs 4,500 open files: ulimit -n)",
    async () => {
      const at = await serve({ limits: { connections: 4000, perAddress: 4000 } })
      await whileBobWorks(at, async (bob) => {
        for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 200 }, () => at.connect()))
        expect(at.hub.counts().peers).toBe(2001)
        bob.say({ type: "ping", request_id: "there" })
        await bob.next("pong")
      })
    }
  )

  it("are turned away beyond the limit when all have shown a key, and told when to come again", async () => {
    const at = await serve({ limits: { connections: 10, perAddress: 10 } })
    await whileBobWorks(at, async () => {
      const crowd = await Promise.all(Array.from({ length: 9 }, () => at.connect()))
      await expect(at.connect()).rejects.toThrow("503: there are as many connections as may be")
      expect(await get(at.port, "/health")).toMatchObject({ code: 503, headers: { "retry-after": "5" } })
      crowd[0]!.socket.close()
      await crowd[0]!.closed
      await vi.waitUntil(() =>
        connect(at.port).then(
          () => true,
          () => false
        )
      )
    })
  })
})
