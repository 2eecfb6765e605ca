/** What a server has, and wants before it gives it: over HTTP, in raw messages, so that it can say what no SDK says. */
import { text } from "node:stream/consumers"
import { describe, expect, it, onTestFinished } from "vitest"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import { listening } from "./http-servers.ts"
import { client, open } from "./opened.ts"

interface Said {
  /** Told before the answer, in its stream. */
  readonly before?: ReadonlyArray<string>
  readonly result?: object
  readonly error?: object
}

type Answering = (params: { readonly name?: string }) => Said

const tool = (name: string, more: object = {}) => ({ name, inputSchema: { type: "object" }, ...more })

const said = (words: string): Said => ({ result: { content: [{ type: "text", text: words }] } })

const serving = async (capabilities: object, methods: Readonly<Record<string, Answering>>) => {
  const all: Readonly<Record<string, Answering>> = {
    initialize: () => ({
      result: { protocolVersion: "2025-11-25", capabilities, serverInfo: { name: "raw", version: "1" } }
    }),
    ...methods
  }
  const { url } = await listening({ onTestFinished }, async (request, response) => {
    if (request.method !== "POST") return void response.writeHead(405).end()
    const { id, method, params = {} } = JSON.parse(await text(request))
    if (id === undefined) return void response.writeHead(202).end()
    const { before = [], ...answer } = all[method]?.(params) ?? { error: { code: -32_601, message: `no ${method}` } }
    const messages = [...before.map((told) => ({ method: told })), { id, ...answer }]
    response.writeHead(200, { "content-type": "text/event-stream" })
    for (const message of messages) response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`)
    response.end()
  })
  return open({ onTestFinished }, { one: { type: "http", url } })
}

const namesOf = (tools: ReadonlyArray<{ readonly name: string }>) => tools.map(({ name }) => name)

it("leaves out what another Kintsugi has from its own servers, which may be this one", async () => {
  const tools = [tool("mcp_self_greet", { _meta: { "kintsugi/plugin": "mcp-gateway" } }), tool("greet", { _meta: {} })]
  const servers = await serving({ tools: {} }, { "tools/list": () => ({ result: { tools } }) })
  servers.begin()
  const view = await servers.becomes("one", ({ status }) => status === "ready")
  expect(namesOf(view.tools)).toEqual(["greet"])
  expect(view.refused).toEqual([{ tool: "mcp_self_greet", reason: expect.stringContaining("configure that one here") }])
})

describe("a tool that must be called as a task", () => {
  const tools = () => ({ result: { tools: [tool("now"), tool("later", { execution: { taskSupport: "required" } })] } })

  it("is left out with the reason", async () => {
    const servers = await serving({ tools: {}, tasks: { requests: { tools: { call: {} } } } }, { "tools/list": tools })
    servers.begin()
    const view = await servers.becomes("one", ({ status }) => status === "ready")
    expect(namesOf(view.tools)).toEqual(["now"])
    expect(view.refused).toEqual([{ tool: "later", reason: expect.stringContaining("only be called as a task") }])
  })

  it("is called as any other where the server runs no tasks", async () => {
    const servers = await serving({ tools: {} }, { "tools/list": tools, "tools/call": () => said("done") })
    expect(await servers.say("one", "later")).toBe("done")
    expect(namesOf(servers.view("one").tools)).toEqual(["now", "later"])
  })
})

it("what a call changed is known when it is answered", async () => {
  const names = ["grow"]
  const servers = await serving(
    { tools: {} },
    {
      "tools/list": () => ({ result: { tools: names.map((name) => tool(name)) } }),
      "tools/call": () => {
        names.push(`grown_${names.length}`)
        return { ...said("grown"), before: ["notifications/tools/list_changed", "notifications/tools/list_changed"] }
      }
    }
  )
  await servers.say("one", "grow")
  expect(namesOf(servers.view("one").tools)).toEqual(["grow", "grown_1"])
  await servers.say("one", "grow")
  expect(namesOf(servers.view("one").tools)).toEqual(["grow", "grown_1", "grown_2"])
})

describe("a page that the user must see first", () => {
  const page = { mode: "url", elicitationId: "1", url: "https://example.com/allow", message: "Allow it there" }
  const wanting = async (pages: ReadonlyArray<unknown>, times: number) => {
    let calls = 0
    const call = (): Said =>
      ++calls > times
        ? said(`done in call ${calls}`)
        : { error: { code: -32_042, message: "not allowed yet", data: { elicitations: pages } } }
    const tools = () => ({ result: { tools: [tool("act")] } })
    return serving({ tools: {} }, { "tools/list": tools, "tools/call": call })
  }
  const asking = (action: "accept" | "decline") => {
    const asked: Array<Inquiry> = []
    return { asked, ask: async (inquiry: Inquiry) => (asked.push(inquiry), { action, content: {} }) }
  }

  it("is shown, and the call is made once more when they agree", async () => {
    const servers = await wanting([page], 1)
    const { asked, ask } = asking("accept")
    expect(await servers.say("one", "act", {}, { ask })).toBe("done in call 2")
    expect(asked).toEqual([{ from: "MCP server one", message: "Allow it there", url: "https://example.com/allow" }])
  })

  it("is asked about once, and named to whoever called", async () => {
    const servers = await wanting([page], 9)
    const { asked, ask } = asking("accept")
    const why = /not allowed yet\nIt wants the user to open https:\/\/example\.com\/allow first: Allow it there/
    await expect(servers.call("one", "act", {}, client({ ask }))).rejects.toThrow(why)
    expect(asked).toHaveLength(1)
  })

  it.each([
    ["the user's no", asking("decline").ask],
    ["nobody to ask", undefined]
  ])("is named after %s, too, and nothing is called again", async (_, ask) => {
    const servers = await wanting([page], 1)
    await expect(servers.call("one", "act", {}, client(ask && { ask }))).rejects.toThrow("example.com/allow")
    expect(await servers.say("one", "act")).toBe("done in call 2")
  })

  it("is no page of ours when it is on no safe address", async () => {
    const servers = await wanting([{ ...page, url: "file:///etc/passwd" }, null, { ...page, url: 7 }], 1)
    const { asked, ask } = asking("accept")
    const why = /^MCP server one refused the tool act: .*not allowed yet$/
    await expect(servers.call("one", "act", {}, client({ ask }))).rejects.toThrow(why)
    expect(asked).toEqual([])
  })
})
