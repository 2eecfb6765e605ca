import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { makeWorld, type World } from "../../actors/world.ts"
import { begin, bin, place } from "../../program.ts"
import { commandLine } from "./in-process.ts"

describe("kintsugi channel mcp does not start", () => {
  let world: World
  beforeEach(() => void (world = makeWorld()))
  afterEach(() => world.remove())

  const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
    [["--host", "0.0.0.0"], /needs a key.*KINTSUGI_CHANNELS_MCP_API_KEYS/],
    [["--host", "0.0.0.0", "--no-auth"], /without keys only this machine may connect/],
    [["--http", "--no-auth", "--api-key", "key-0123456789abc"], /give one of them/],
    [["--api-key", "key-0123456789abc"], /add --http/],
    [["--json"], /add --http/],
    [["--tools", "a b"], /--tools takes names/],
    [["--tools", "none", "--no-agent"], /nothing to serve/],
    [["--port", "x"], /--port takes a number/]
  ]
  it.each(refused)("with %j", async (args, message) => {
    const { code, out, err } = await commandLine(world)(["channel", "mcp", "-m", "scripted/rehearsal", ...args])
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toMatch(message)
    expect(err).not.toContain("key-0123456789abc")
  })

  it("without a model, unless it serves tools only", async () => {
    expect(await commandLine(world)(["channel", "mcp"])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("no model is configured")
    })
    const list = { jsonrpc: "2.0", id: 1, method: "tools/list" }
    const { code, out } = await commandLine(world)(["channel", "mcp", "--no-agent"], {
      input: `${JSON.stringify(list)}\n`
    })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toHaveProperty("result.tools.0.name", "read_file")
  })
})

describe("kintsugi channel mcp", () => {
  const script = 'rules: [{ when: ".*", turns: [{ text: "You said: {{message}}" }] }]\n'

  it("serves a client on standard input and output, says nothing else there, and ends with it", async () => {
    await using at = await place()
    writeFileSync(join(at.cwd, "script.yaml"), script)
    const { cwd, env } = at
    const args = [bin, "channel", "mcp", "-m", "scripted/script.yaml"]
    const transport = new StdioClientTransport({ command: process.execPath, args, cwd, env, stderr: "ignore" })
    const errors: Array<Error> = []
    const client = Object.assign(new Client({ name: "spec", version: "1" }, { versionNegotiation: { mode: "auto" } }), {
      onerror: (error: Error) => void errors.push(error)
    })
    await client.connect(transport)
    expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28")
    const { structuredContent } = await client.callTool({ name: "run_task", arguments: { task: "hi" } })
    expect(structuredContent).toMatchObject({ status: "done", final_answer: "You said: hi" })
    const { pid } = transport
    await client.close()
    expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH")
    expect(errors).toEqual([])
  })

  it("ends at once when it is asked to, and says by which signal", async () => {
    await using at = await place()
    const { cwd, env } = at
    const args = [bin, "channel", "mcp", "--no-agent"]
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["pipe", "pipe", "ignore"] })
    onTestFinished(() => void child.kill("SIGKILL"))
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" })}\n`)
    await once(child.stdout, "data")
    child.kill("SIGTERM")
    expect(await once(child, "exit")).toEqual([143, null])
  })

  it("listens, goes on with a session after it was killed, and stops when it is asked to", async () => {
    await using at = await place()
    writeFileSync(join(at.cwd, "script.yaml"), script)
    const key = "key-of-ann-0123456"
    const start = async () => {
      const args = ["channel", "mcp", "--port", "0", "--json", "-m", "scripted/script.yaml"]
      const running = begin(at, args, { env: { KINTSUGI_CHANNELS_MCP_API_KEYS: key } })
      onTestFinished(() => void running.child.kill("SIGKILL"))
      const [line]: ReadonlyArray<Buffer> = await once(running.child.stdout ?? process.stdin, "data")
      const told: unknown = JSON.parse(String(line))
      const url = typeof told === "object" && told !== null && "url" in told ? String(told.url) : ""
      const client = new Client({ name: "spec", version: "1" }, { versionNegotiation: { mode: "auto" } })
      const requestInit = { headers: { authorization: `Bearer ${key}` } }
      await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
      const run = async (args: Record<string, unknown>): Promise<unknown> =>
        (await client.callTool({ name: "run_task", arguments: args })).structuredContent
      return { ...running, run, told, client }
    }
    const first = await start()
    expect(first.told).not.toHaveProperty("key")
    const one = await first.run({ task: "one" })
    const session_id = typeof one === "object" && one !== null && "session_id" in one ? one.session_id : undefined
    first.child.kill("SIGKILL")
    await first.ended
    const second = await start()
    expect(await second.run({ task: "two", session_id })).toMatchObject({ session_id, final_answer: "You said: two" })
    await second.client.close()
    second.child.kill("SIGTERM")
    const { code, stdout, stderr } = await second.ended
    expect(code).toBe(143)
    expect(stdout.trim().split("\n")).toHaveLength(1)
    expect(stderr).not.toContain(key)
  })
})
