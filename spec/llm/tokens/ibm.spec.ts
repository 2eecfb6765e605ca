import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { ModelError } from "../../../llm/model-error.ts"
import { withoutKeys } from "../../../llm/redact.ts"
import { type Exchange, ibmToken } from "../../../llm/tokens/ibm.ts"
import { wireServer, type WireServer } from "../wire-server.ts"

let server: WireServer
beforeAll(async () => {
  server = await wireServer()
})
beforeEach(() => {
  server.received.length = 0
})
afterAll(() => server[Symbol.asyncDispose]())

const key = "ibm cloud+key/of=the&spec"
const tokenOf = (more: Partial<Exchange> = {}) =>
  ibmToken(key, { url: `${server.url}/identity/token`, variables: ["WATSONX_API_KEY"], ...more })

const issued = (access_token: string, expires_in: unknown = 3_600) => ({
  body: JSON.stringify({ access_token, expires_in, token_type: "Bearer" })
})

const failure = async (token: () => Promise<string>): Promise<ModelError> =>
  token().then(
    (value) => Promise.reject(new Error(`got ${value}`)),
    (error: ModelError) => error
  )

describe("a key", () => {
  it("is exchanged for a token, in a form and nowhere else", async () => {
    server.answer = issued("token-1")
    expect(await tokenOf()()).toBe("token-1")
    const [{ path, headers, body } = { path: "", headers: {}, body: "" }] = server.received
    expect(path).toBe("/identity/token")
    expect(headers["content-type"]).toMatch("application/x-www-form-urlencoded")
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: "urn:ibm:params:oauth:grant-type:apikey",
      apikey: key
    })
  })

  it("is not sent on to where the issuer points", async () => {
    await using elsewhere = await wireServer()
    elsewhere.answer = issued("token-1")
    server.answer = { status: 307, headers: { location: elsewhere.url } }
    expect(await failure(tokenOf())).toMatchObject({ reason: { kind: "unavailable" } })
    expect(elsewhere.received).toEqual([])
  })

  it("is exchanged once for all who ask, until its token is about to run out", async () => {
    server.answer = issued("token-1")
    const token = tokenOf()
    expect(await Promise.all([token(), token(), token()])).toEqual(["token-1", "token-1", "token-1"])
    await token()
    expect(server.received).toHaveLength(1)
  })

  it.each([[59], ["soon"], [null]])(
    "is exchanged again, once for all, where a token holds %s seconds",
    async (seconds) => {
      server.answer = issued("token-1", seconds)
      const token = tokenOf()
      await token()
      server.answer = issued("token-2")
      expect(await Promise.all([token(), token()])).toEqual(["token-2", "token-2"])
      expect(server.received).toHaveLength(2)
    }
  )

  it("that is not known is a matter of the key", async () => {
    const body = JSON.stringify({ errorCode: "BXNIM0415E", errorMessage: "Provided API key could not be found." })
    server.answer = { status: 400, body }
    const { reason, message } = await failure(tokenOf())
    expect(reason).toEqual({ kind: "unauthorized" })
    expect(message).toMatch(/WATSONX_API_KEY.*could not be found.*cloud\.ibm\.com/)
  })
})

describe("an issuer", () => {
  it("that is busy, or says how long to wait, is asked again later", async () => {
    server.answer = { status: 503, body: "upstream is gone" }
    expect(await failure(tokenOf())).toMatchObject({
      reason: { kind: "unavailable", status: 503 },
      detail: "upstream is gone",
      retryable: true
    })
    server.answer = { status: 429, body: "{}" }
    expect((await failure(tokenOf())).reason.kind).toBe("rate_limited")
  })

  it("that failed once is asked anew", async () => {
    server.answer = { status: 500 }
    const token = tokenOf()
    await failure(token)
    server.answer = issued("token-1")
    expect(await token()).toBe("token-1")
  })

  it.each(["{}", "<html>", '{"access_token":7}', "null"])("that answers %s has given no token", async (body) => {
    server.answer = { body }
    expect(await failure(tokenOf())).toMatchObject({
      reason: { kind: "unavailable" },
      detail: expect.stringMatching("no token")
    })
  })

  it("that is not there, or does not answer, is told from one that refuses", async () => {
    server.answer = { ending: "silent" }
    expect((await failure(tokenOf({ limit: 30 }))).reason).toEqual({ kind: "timed_out", phase: "connect" })
    const gone = await wireServer()
    await gone[Symbol.asyncDispose]()
    expect((await failure(tokenOf({ url: gone.url }))).reason.kind).toBe("unavailable")
  })

  it("repeats the key in vain, and its tokens are known as secrets", async () => {
    server.answer = { status: 500, body: `what is ${key}?` }
    const failed = await failure(tokenOf())
    expect(`${failed.message} ${JSON.stringify(failed)}`).not.toContain(key)
    server.answer = issued("opaque token of ibm")
    await tokenOf()()
    expect(withoutKeys("it is opaque token of ibm", [])).toBe("it is [key]")
  })
})
