import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { type FakeServer, fakeServer } from "../connect/fake-server.ts"
import { commandLine } from "./in-process.ts"

let world: World
let server: FakeServer
let kintsugi: ReturnType<typeof commandLine>
beforeEach(async () => {
  world = makeWorld()
  server = await fakeServer()
  kintsugi = commandLine(world)
})
afterEach(async () => {
  await server.stop().catch(() => {})
  world.remove()
})

const canary = "canary-key-0123456789"
const connect = (...more: ReadonlyArray<string>) => ["chat", "--connect", `127.0.0.1:${server.port}`, ...more]

/** Nobody has the key. */
const refuse = (): void => {
  server.answer = () => [{ type: "auth_response", success: false, error: "nobody here has this key" }]
}

describe("chat --connect", () => {
  it("wants a terminal, and a place in no folder of its own", async () => {
    expect(await kintsugi(connect())).toMatchObject({ code: 2, err: expect.stringContaining("needs a terminal") })
    expect(await kintsugi(connect("-C", "."), { answers: [] })).toMatchObject({
      code: 2,
      err: expect.stringContaining("-C has no place with --connect")
    })
    expect(await kintsugi(["chat", "--api-key", canary], { answers: [] })).toMatchObject({
      code: 2,
      err: expect.stringContaining("say which with --connect")
    })
    expect(server.connections()).toBe(0)
  })

  it("says what is wrong with an address, and shows no key that stands in it", async () => {
    const wrong = await kintsugi(["chat", "--connect", `ws://me:${canary}@127.0.0.1/ws`], { answers: [] })
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("KINTSUGI_API_KEY") })
    const asked = await kintsugi(["chat", "--connect", `ws://127.0.0.1/ws?key=${canary}`], { answers: [] })
    expect(asked.code).toBe(2)
    expect(wrong.err + asked.err).not.toContain(canary)
  })

  it("says that nobody is there", async () => {
    await server.stop()
    expect(await kintsugi(connect(), { answers: [] })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^kintsugi: nobody answers at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\n$/)
    })
  })

  it("takes the key from the flag, else from the environment, and shows neither", async () => {
    refuse()
    const flag = await kintsugi(connect("--api-key", canary), { answers: [], env: { KINTSUGI_API_KEY: "other" } })
    const variable = await kintsugi(connect(), { answers: [], env: { KINTSUGI_API_KEY: ` ${canary} ` } })
    expect(server.received).toMatchObject([{ api_key: canary }, { api_key: canary }])
    expect([flag.code, variable.code]).toEqual([2, 2])
    expect(variable.err).toContain("does not take the key: nobody here has this key")
    expect(flag.out + flag.err + variable.out + variable.err).not.toContain(canary)
  })

  it("asks for a key where one is wanted and none is known, without an echo", async () => {
    refuse()
    const { code, out, err } = await kintsugi(connect(), { answers: [canary] })
    expect(server.received).toEqual([{ type: "auth" }, { type: "auth", api_key: canary }])
    expect(code).toBe(2)
    expect(err).toContain("(not shown): ")
    expect(out + err).not.toContain(canary)
  })
})
