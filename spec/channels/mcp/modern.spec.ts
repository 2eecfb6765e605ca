/** Requests of revision 2026-07-28 that no official client would send, line by line. */
import { describe, expect, it } from "vitest"
import type { ServedTool } from "../../../channels/mcp/offer.ts"
import { piped, stage, until } from "./served.ts"

const prefix = "io.modelcontextprotocol/"

const meta = (more: object = {}) => ({
  [`${prefix}protocolVersion`]: "2026-07-28",
  [`${prefix}clientCapabilities`]: { elicitation: { form: {} } },
  ...more
})

const tool = (name: string, call: ServedTool["call"]): ServedTool => ({
  definition: { name, inputSchema: { type: "object" } },
  call
})

const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] })

const params = { mode: "form", message: "?", requestedSchema: { type: "object", properties: {} } }
const asks: ServedTool["call"] = async (_, { ask }) =>
  text(JSON.stringify(await ask({ who: { method: "elicitation/create", params } })))

const tells: ServedTool["call"] = async (_, { log, progress, can }) => {
  log("debug", "small")
  log("error", "big")
  progress({ done: 1, message: "half" })
  return text(JSON.stringify(can))
}

/** Calls a tool; resolves to everything that was said until the answer. */
const calling = async () => {
  const offer = { tools: () => [tool("one", asks), tool("two", asks), tool("tells", tells)] }
  const { stdin, heard } = piped(await stage({ tools: false, agent: false, offers: [offer] }))
  let id = 0
  return async (name: string, more: object = {}) => {
    const [own, from] = [++id, heard.length]
    stdin.write(
      `${JSON.stringify({ jsonrpc: "2.0", id: own, method: "tools/call", params: { name, _meta: meta(), ...more } })}\n`
    )
    await until(() => heard.some((message) => message.id === own))
    const answer = heard.find((message) => message.id === own) ?? {}
    const result = "result" in answer && typeof answer.result === "object" ? answer.result : {}
    return {
      said: JSON.stringify(heard.slice(from)),
      answer,
      result: { ...result } as Readonly<Record<string, unknown>>
    }
  }
}

const accepted = { who: { action: "accept", content: {} } }

describe("work that waits for its client", () => {
  it("is found again by its state, once, and only by the call that began it", async () => {
    const call = await calling()
    const { result } = await call("one")
    expect(result).toMatchObject({
      resultType: "input_required",
      inputRequests: { who: { method: "elicitation/create" } }
    })
    const answered = { requestState: result.requestState, inputResponses: accepted }
    expect((await call("two", answered)).answer).toMatchObject({ error: { code: -32_602 } })
    expect((await call("one", answered)).said).toContain("accept")
    expect((await call("one", answered)).answer).toMatchObject({
      error: { code: -32_602, message: expect.stringContaining("call again without it") }
    })
  })

  it("is asked for again when an answer is missing or of no kind", async () => {
    const call = await calling()
    let { result } = await call("one")
    for (const inputResponses of [{}, { other: accepted.who }, { who: "accept" }, { who: { action: "maybe" } }]) {
      const again = await call("one", { requestState: result.requestState, inputResponses })
      expect(again.result).toMatchObject({ resultType: "input_required" })
      expect(again.result.requestState).not.toBe(result.requestState)
      result = again.result
    }
  })
})

describe("what is told while a call runs", () => {
  it("is what the client wants to hear", async () => {
    const call = await calling()
    const silent = await call("tells")
    expect(silent.said).not.toMatch(/notifications/)
    const level = (least: string) => call("tells", { _meta: meta({ [`${prefix}logLevel`]: least }) })
    expect((await level("debug")).said).toMatch(/small.*big/)
    const errors = await level("error")
    expect(errors.said).toContain("big")
    expect(errors.said).not.toContain("small")
    expect((await level("loud")).said).not.toContain("big")
    const token = await call("tells", { _meta: meta({ progressToken: 7 }) })
    expect(token.said).toMatch(/"progressToken":7.*half|half.*"progressToken":7/)
  })

  it("knows what the client has said that it can, and nothing else", async () => {
    const call = await calling()
    expect((await call("tells")).said).toContain("elicitation")
    const none = meta({ [`${prefix}clientCapabilities`]: {} })
    expect((await call("tells", { _meta: none })).said).not.toContain("elicitation")
  })
})
