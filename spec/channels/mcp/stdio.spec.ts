import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { clientOf, piped, stage, until } from "./served.ts"

const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {}
}

const initialize = {
  jsonrpc: "2.0",
  id: "i",
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "spec", version: "1" } }
}

const line = (message: unknown): string => `${JSON.stringify(message)}\n`

describe("MCP over a pipe", () => {
  it("answers whatever a line holds, and goes on", async () => {
    const { service } = await stage({ tools: false })
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.json(),
            fc.jsonValue().map((one) => JSON.stringify({ jsonrpc: "2.0", id: 1, method: one, params: one }))
          )
        ),
        async (lines) => {
          const { stdin, heard, noise } = piped({ service }, 0)
          for (const one of lines) stdin.write(`${one.replaceAll("\n", " ")}\n`)
          stdin.write(line({ jsonrpc: "2.0", id: "last", method: "tools/list", params: { _meta: meta } }))
          await until(() => heard.some(({ id }) => id === "last"))
          expect(heard.find(({ id }) => id === "last")).toHaveProperty("result.tools.length", 1)
          expect(noise).toEqual([])
          for (const message of heard) expect(message).toMatchObject({ jsonrpc: "2.0" })
        }
      ),
      { numRuns: 15 }
    )
  })

  it("says what is wrong with a line", async () => {
    const { stdin, heard } = piped(await stage({ tools: false }))
    const wrong = [
      ["{", -32_700, null],
      ["[]", -32_600, null],
      ["7", -32_600, null],
      ['{"id":1,"method":"ping"}', -32_600, null],
      ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32_600, null],
      ['{"jsonrpc":"2.0","id":5,"method":7}', -32_600, 5],
      ['{"jsonrpc":"2.0","id":6,"method":"ping","params":[]}', -32_602, 6],
      [`{"jsonrpc":"2.0","id":7,"method":"${"x".repeat(5 * 1024 * 1024)}"}`, -32_600, null]
    ] as const
    for (const [text] of wrong) stdin.write(`${text}\n`)
    stdin.write(Buffer.from([0xff, 0x0a]))
    await until(() => heard.length === wrong.length + 1)
    expect(heard.slice(0, wrong.length)).toMatchObject(wrong.map(([, code, id]) => ({ id, error: { code } })))
    expect(heard.at(-1)).toMatchObject({ error: { code: -32_700 } })
  })

  it("serves a client that looks for the newest revision first and then shakes hands", async () => {
    const { stdin, heard } = piped(await stage({ tools: false }))
    stdin.write(line({ jsonrpc: "2.0", id: 1, method: "server/discover", params: { _meta: meta } }))
    await until(() => heard.length === 1)
    expect(heard[0]).toHaveProperty("result.supportedVersions", ["2026-07-28"])
    stdin.write(line(initialize))
    await until(() => heard.length === 2)
    expect(heard[1]).toMatchObject({
      id: "i",
      result: { protocolVersion: "2025-11-25", serverInfo: { version: "1.2.3" } }
    })
    stdin.write(line({ jsonrpc: "2.0", id: 2, method: "tools/list" }))
    await until(() => heard.length === 3)
    expect(heard[2]).toHaveProperty("result.tools.0.name", "run_task")
  })

  it("answers what was asked before the input ended, and then ends", async () => {
    const { stdin, heard, code } = piped(await stage({ tools: false }), 60_000)
    const call = { name: "run_task", arguments: { task: "hi" }, _meta: meta }
    stdin.end(line({ jsonrpc: "2.0", id: 1, method: "tools/call", params: call }))
    expect(await code).toBe(0)
    expect(heard.at(-1)).toMatchObject({ id: 1, result: { structuredContent: { final_answer: "You said: hi" } } })
  })

  it.each([
    ["a request of today", meta],
    ["a session of before", undefined]
  ] as const)("cancels what runs longer than that (%s)", async (_, _meta) => {
    const staged = await stage()
    const { stdin, code, heard } = piped(staged, 10)
    if (_meta === undefined) stdin.write(line(initialize))
    stdin.write(
      line({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "hold", ...(_meta && { _meta }) } })
    )
    await until(() => staged.holding() === 1)
    stdin.end()
    expect(await code).toBe(0)
    await until(() => staged.holding() === 0)
    expect(heard.some(({ id }) => id === 1)).toBe(false)
  })

  it("ends when nobody reads any more", async () => {
    const staged = await stage()
    const { stdin, stdout, code } = piped(staged)
    stdin.write(line({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "hold", _meta: meta } }))
    await until(() => staged.holding() === 1)
    stdout.destroy(new Error("EPIPE"))
    expect(await code).toBe(0)
    await until(() => staged.holding() === 0)
  })

  it("takes a question that is put away for a no, and asks it once", async () => {
    const staged = await stage()
    const { transport, heard } = piped(staged)
    const client = await clientOf("2025-11-25", transport, () => ({ action: "cancel" }))
    const answered = await client.callTool({ name: "write_file", arguments: { path: "a", content: "b" } })
    expect(answered.isError).toBe(true)
    expect(heard.filter(({ method }) => method === "elicitation/create")).toHaveLength(1)
  })
})
