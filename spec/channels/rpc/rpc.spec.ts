/** Frames as JSON lines: what comes in pieces, too long, broken or not at all, and who does not read. */
import { PassThrough, Writable } from "node:stream"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Line, linesIn } from "../../../channels/rpc/lines.ts"
import { serveRpc } from "../../../channels/rpc.ts"
import { frameLimit } from "../../../channels/wire/frames.ts"
import type { Hub } from "../../../channels/wire/hub.ts"
import { played } from "../../actors/played-model.ts"
import { mustFit } from "../wire/exact.ts"
import { makeHalls } from "../wire/hall.ts"

const halls = makeHalls()

/** A program that speaks to us over pipes. */
const started = (hub: Hub, grace?: number) => {
  const stdin = new PassThrough()
  const stdout = new PassThrough({ highWaterMark: 1024 * 1024 })
  const code = serveRpc({ hub, stdin, stdout, ...(grace !== undefined && { grace }) })
  const read = (): ReadonlyArray<Record<string, unknown>> => {
    const text = String(stdout.read() ?? "")
    if (text !== "") expect(text.endsWith("\n")).toBe(true)
    const frames = text.split("\n").filter((line) => line !== "")
    return frames.map((line) => {
      const frame = JSON.parse(line)
      mustFit("server", frame)
      return frame
    })
  }
  return { stdin, stdout, code, read }
}

const typesOf = (frames: ReadonlyArray<Record<string, unknown>>) => frames.map(({ type }) => type)

describe("lines", () => {
  it("are the same however they are cut", () => {
    const line = fc.oneof(fc.string(), fc.constantFrom("", "\r", "ä€😀", '{"type":"ping"}'))
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(40)), fc.boolean(), (texts, cuts, isCr) => {
        const lines = texts.map((text) => text.replaceAll(/[\r\n]/g, ""))
        const bytes = Buffer.from(lines.map((text) => `${text}${isCr ? "\r" : ""}\n`).join(""))
        const reader = linesIn(10_000)
        const got: Array<Line> = []
        let at = 0
        for (const cut of cuts) {
          got.push(...reader.push(bytes.subarray(at, at + cut)))
          at += cut
        }
        got.push(...reader.push(bytes.subarray(at)), ...reader.end())
        const kept = lines.filter((text) => text.trim() !== "")
        expect(got).toEqual(
          kept.map((text) => ({
            text: Buffer.from(text)
              .toString()
              .replace(/^\uFEFF/, "")
          }))
        )
      })
    )
  })

  it("that are too long are told once and hold nothing", () => {
    const reader = linesIn(8)
    expect(reader.push(Buffer.from("123456789"))).toEqual([])
    for (let n = 0; n < 100; n += 1) expect(reader.push(Buffer.alloc(1000, "x"))).toEqual([])
    expect(reader.push(Buffer.from("\n12345678\n"))).toEqual([{ wrong: "too_large" }, { text: "12345678" }])
    expect(reader.push(Buffer.from([0xff, 0x0a]))).toEqual([{ wrong: "not_utf8" }])
    expect(reader.end()).toEqual([])
  })
})

describe("a program on the other side", () => {
  it("is this machine's user from the start, and is answered line by line", async () => {
    const { hub } = await halls.open(played(["four"]))
    const { stdin, code, read } = started(hub)
    stdin.end(
      '{"type":"auth","api_key":"any"}\r\n\n\xff{"type":"pin\n{"type":"message","content":"2+2","message_id":"m1"}'
    )
    expect(await code).toBe(0)
    const frames = read()
    expect(frames[0]).toMatchObject({ type: "auth_response", success: true, operator: true })
    expect(frames).toContainEqual(expect.objectContaining({ type: "error", code: "bad_frame" }))
    expect(frames).toContainEqual(expect.objectContaining({ type: "response", message_id: "m1", content: "four" }))
    expect(typesOf(frames).indexOf("stopping")).toBeGreaterThan(typesOf(frames).indexOf("auth_response"))
    expect(hub.counts()).toEqual({ peers: 0, sessions: 0, turns: 0 })
  })

  it("that says more at once than is taken waits and loses nothing", async () => {
    const { hub } = await halls.open(played([]), { limits: { inFlight: 2, burst: 20, framesPerSecond: 1000 } })
    const { stdin, code, read } = started(hub)
    for (let n = 0; n < 100; n += 1) stdin.write(`{"type":"sessions","request_id":"r${n}"}\n`)
    stdin.end()
    expect(await code).toBe(0)
    const frames = read().filter(({ type }) => type !== "stopping")
    expect(frames.map(({ request_id }) => request_id)).toEqual(Array.from({ length: 100 }, (_, n) => `r${n}`))
    expect(new Set(typesOf(frames))).toEqual(new Set(["sessions"]))
  })

  it("that sends what is too large hears so and goes on", async () => {
    const { hub } = await halls.open(played([]))
    const { stdin, code, read } = started(hub)
    stdin.write(Buffer.alloc(frameLimit + 1, "x"))
    stdin.end('\n{"type":"ping"}\n')
    expect(await code).toBe(0)
    expect(read().slice(0, 2)).toMatchObject([{ type: "error", code: "too_large" }, { type: "pong" }])
  })

  it("that goes leaves its turn a while, then it is suspended", async () => {
    const model = played(["stalls"])
    const { hub, runtime } = await halls.open(model)
    const { stdin, code, read } = started(hub, 10)
    stdin.end('{"type":"message","content":"go"}\n')
    expect(await code).toBe(0)
    const frames = read()
    expect(frames).toContainEqual({ type: "stopping", grace: 10 })
    expect(typesOf(frames)).not.toContain("response")
    const [found] = await runtime.list()
    expect(found?.title).toBe("go")
    expect(model.interrupted()).toBe(1)
  })

  it("that goes while it is asked something is not waited for: the question stays open", async () => {
    const asks = { calls: [{ id: "c1", name: "execute_bash", input: { command: "touch made" } }] }
    const { hub, runtime } = await halls.open(played([asks]))
    const { stdin, code, read } = started(hub, 3_600_000)
    stdin.end('{"type":"message","content":"go","message_id":"m1"}\n')
    expect(await code).toBe(0)
    expect(typesOf(read())).not.toContain("response")
    const [found] = await runtime.list()
    const session = await runtime.open({ resume: found?.id, numbered: true })
    await expect
      .poll(() => session.feed().fateOf("m1"))
      .toMatchObject({ state: "ended", end: { notice: { type: "agent.failed" } } })
  })

  it("that does not read any more is no failure, and nothing is waited for", async () => {
    const model = played(["stalls"])
    const { hub } = await halls.open(model)
    const stdin = new PassThrough()
    const stdout = new Writable({
      write: async (_bytes, _encoding, done) => {
        await model.stalled
        done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))
      }
    })
    const code = serveRpc({ hub, stdin, stdout })
    stdin.write('{"type":"message","content":"go"}\n')
    expect(await code).toBe(0)
    expect(stdin.destroyed).toBe(true)
    expect(hub.counts()).toEqual({ peers: 0, sessions: 0, turns: 0 })
  })

  it("that reads slowly makes the pump wait", async () => {
    const { hub } = await halls.open(played(["one"]))
    const stdin = new PassThrough()
    const stdout = new PassThrough({ highWaterMark: 1 })
    const code = serveRpc({ hub, stdin, stdout })
    stdin.write('{"type":"message","content":"go"}\n')
    const types: Array<unknown> = []
    let text = ""
    stdout.on("data", (bytes: Buffer) => {
      text += bytes.toString()
      const lines = text.split("\n")
      text = lines.pop() ?? ""
      types.push(...lines.map((line) => JSON.parse(line).type))
      if (lines.some((line) => line.includes('"agent.replied"'))) stdin.end()
    })
    expect(await code).toBe(0)
    expect(types.filter((type) => type === "response")).toHaveLength(1)
  })
})
