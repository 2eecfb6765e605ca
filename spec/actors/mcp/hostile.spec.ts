/** Servers that mean us harm, as far as one connection with them goes. */
import { Client, InMemoryTransport, type JSONRPCMessage } from "@modelcontextprotocol/client"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { allPages, soundTools } from "../../../actors/mcp/lists.ts"
import { serverRequests } from "../../../actors/mcp/requests.ts"
import type { InquiryReply } from "../../../plugins/inquiry.ts"
import type { McpClient } from "../../../plugins/mcp.ts"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js"
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { listening } from "./http-servers.ts"
import { client as someClient, open } from "./opened.ts"

const signal = new AbortController().signal

/** A client that is connected, and the wire's other end. */
const linked = async (tools: (page: number) => object = () => ({ tools: [] }), caller?: McpClient) => {
  const log: Array<string> = []
  const heard: Array<JSONRPCMessage> = []
  const [near, far] = InMemoryTransport.createLinkedPair()
  const client = new Client({ name: "spec", version: "1" }, { capabilities: serverRequests.capabilities })
  serverRequests.serve(client, { server: "evil", cwd: "/", caller: async () => caller, log: (said) => log.push(said) })
  let page = 0
  const onmessage = (message: JSONRPCMessage): void => {
    heard.push(message)
    if (!("id" in message && "method" in message)) return
    const { id, method } = message
    const hello = {
      protocolVersion: "2025-11-25",
      capabilities: { tools: {} },
      serverInfo: { name: "x", version: "1" }
    }
    void far.send({ jsonrpc: "2.0", id, result: method === "tools/list" ? { ...tools(page++) } : hello })
  }
  Object.assign(far, { onmessage })
  await far.start()
  await client.connect(near)
  onTestFinished(() => client.close())
  return { client, far, log, heard }
}

const tool = (name: string, more: object = {}) => ({ name, inputSchema: { type: "object" }, ...more })

const listed = async (tools: (page: number) => object) =>
  soundTools(await allPages((await linked(tools)).client, "tools", signal), { hasHeaders: false, hasTasks: false })

const nested = (depth: number): object => JSON.parse(`${'{"properties":{"a":'.repeat(depth)}{}${"}}".repeat(depth)}`)

describe("a list of tools", () => {
  it("loses only what is nested too deeply to be read", async () => {
    const { tools, refused } = await listed(() => ({
      tools: [tool("one"), { name: "deep", inputSchema: { type: "object", ...nested(3000) } }, tool("two")]
    }))
    expect(tools.map(({ name }) => name)).toEqual(["one", "two"])
    expect(refused).toEqual([{ tool: "deep", reason: "it is nested more than 100 deep" }])
  })

  it("loses only what is too long", async () => {
    const { tools, refused } = await listed(() => ({
      tools: [tool("one"), tool("long", { description: "x".repeat(200_001) })]
    }))
    expect(tools.map(({ name }) => name)).toEqual(["one"])
    expect(refused).toEqual([{ tool: "long", reason: "it is longer than 200000 characters" }])
  })

  it("may come in one page that is longer than a call has arguments", async () => {
    const { tools, refused } = await listed(() => ({
      tools: Array.from({ length: 200_000 }, (_, nth) => tool(`t${nth}`))
    }))
    expect(tools).toHaveLength(5000)
    expect(refused).toEqual([{ tool: "…", reason: "not all of its tools are here: there are more than 5000" }])
  })

  it("is bounded as a whole, however many pages there are", async () => {
    const description = "x".repeat(190_000)
    let pages = 0
    const { tools, refused } = await listed((page) => {
      pages = page + 1
      return { tools: [1, 2, 3, 4, 5].map((nth) => tool(`t${page}_${nth}`, { description })), nextCursor: `${page}` }
    })
    expect(JSON.stringify(tools).length).toBeLessThan(4_000_000)
    expect(tools).toHaveLength(21)
    expect(pages).toBe(5)
    expect(refused[0]?.reason).toContain("they are longer than 4000000 characters together")
  })
})

const question = (id: string): JSONRPCMessage => ({
  jsonrpc: "2.0",
  id,
  method: "elicitation/create",
  params: { message: "well?", requestedSchema: { type: "object", properties: {} } }
})

const completion = (id: string): JSONRPCMessage => ({
  jsonrpc: "2.0",
  id,
  method: "sampling/createMessage",
  params: { maxTokens: 1, messages: [{ role: "user", content: { type: "text", text: "hi" } }] }
})

describe("questions of one call", () => {
  it("are open four at a time, and a hundred in all", async () => {
    const waiting: Array<(reply: InquiryReply) => void> = []
    const ask = vi.fn<() => Promise<InquiryReply>>(() => new Promise((resolve) => waiting.push(resolve)))
    const { far, heard, log } = await linked(undefined, someClient({ ask }))
    const answers = () => heard.filter((message) => "id" in message && String(message.id).startsWith("q"))
    for (let nth = 0; nth < 50; nth++) await far.send(question(`q${nth}`))
    await vi.waitFor(() => expect(answers()).toHaveLength(46))
    expect(ask).toHaveBeenCalledTimes(4)
    expect(answers().every((message) => "error" in message)).toBe(true)
    for (const settle of waiting.splice(0)) settle({ action: "decline" })
    await vi.waitFor(() => expect(answers()).toHaveLength(50))
    // One after the other they are asked until there were a hundred.
    ask.mockImplementation(async () => ({ action: "decline" }))
    for (let nth = 50; nth < 300; nth++) {
      await far.send(question(`q${nth}`))
      await vi.waitFor(() => expect(answers()).toHaveLength(nth + 1), { interval: 1 })
    }
    expect(ask).toHaveBeenCalledTimes(4 + 50)
    expect(log).toEqual(["MCP server evil asks too much in one call; the rest is refused"])
  })

  it("count for models as they do for users", async () => {
    const sample = vi.fn<NonNullable<McpClient["sample"]>>(() => new Promise(() => {}))
    const { far, heard } = await linked(undefined, someClient({ sample }))
    for (let nth = 0; nth < 20; nth++) await far.send(completion(`q${nth}`))
    await vi.waitFor(() => expect(heard.filter((message) => "error" in message)).toHaveLength(16))
    expect(sample).toHaveBeenCalledTimes(4)
  })
})

it("has two hundred lines of its log in ours in a minute", async () => {
  const { far, log, client } = await linked()
  for (let nth = 0; nth < 1000; nth++)
    await far.send({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: nth } })
  await client.ping().catch(() => {})
  expect(log).toHaveLength(200)
})

it("writes none of our keys into our log", async (t) => {
  const key = "sk-1234567890abcdef"
  const { url } = await listening(t, async (request, response) => {
    const server = new McpServer({ name: "loud", version: "1" }, { capabilities: { logging: {} } })
    server.registerTool("say", {}, async ({ sendNotification }) => {
      const data = `I was shown ${key}`
      await sendNotification({ method: "notifications/message", params: { level: "info", data } })
      return { content: [{ type: "text", text: "said" }] }
    })
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })
    await server.connect(transport as Parameters<McpServer["connect"]>[0]) // its types forget `| undefined`
    await transport.handleRequest(request, response)
  })
  const log: Array<string> = []
  const one = { type: "http" as const, url, headers: { authorization: `Bearer ${key}` } }
  const servers = await open(t, { one }, { log: (said) => log.push(said) })
  expect(await servers.say("one", "say")).toBe("said")
  expect(log.join()).toContain("I was shown [key]")
  expect(log.join()).not.toContain(key)
})
