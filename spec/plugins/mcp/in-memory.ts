/** MCP servers that are nowhere: what they are and say is set by a spec. */
import type { CallToolResult, Prompt, Resource, Tool } from "@modelcontextprotocol/client"
import { Subject } from "rxjs"
import { mcpGateway, type GatewayParts } from "../../../plugins/builtin/mcp-gateway.ts"
import { McpError, type McpClient, type McpServers, type McpServerView } from "../../../plugins/mcp.ts"
import type { Plugin } from "../../../plugins/plugin.ts"
import { absentPorts } from "../../../plugins/ports/absent.ts"
import type { ToolContext } from "../../../plugins/tool.ts"

export interface Called {
  readonly server: string
  readonly tool: string
  readonly input: unknown
  readonly client: McpClient
}

export interface InMemory extends McpServers {
  readonly calls: ReadonlyArray<Called>
  /** A server as it is from now on. */
  readonly put: (view: Partial<McpServerView> & { readonly name: string }) => void
}

type Answering = (called: Called) => Promise<CallToolResult> | CallToolResult

const blank: Omit<McpServerView, "name"> = {
  status: "ready",
  source: "embedder",
  transport: "stdio",
  target: "nowhere",
  tools: [],
  refused: [],
  prompts: [],
  resources: [],
  templates: []
}

export const says = (text: string): CallToolResult => ({ content: [{ type: "text", text }] })

/** @param answer Default: says what was called. */
export const inMemory = (
  views: ReadonlyArray<Partial<McpServerView> & { readonly name: string }>,
  answer: Answering = ({ tool, input }) => says(`${tool} ${JSON.stringify(input)}`)
): InMemory => {
  const changes = new Subject<string>()
  const calls: Array<Called> = []
  let list: ReadonlyArray<McpServerView> = views.map((view) => ({ ...blank, ...view }))
  const there = (server: string): void => {
    if (list.every(({ name }) => name !== server)) throw new McpError("no_server", `there is no server ${server}`)
  }
  return {
    list: () => list,
    changes,
    begin: () => {},
    settled: async () => {},
    call: async (server, tool, input, client) => {
      there(server)
      const called = { server, tool, input, client }
      calls.push(called)
      return answer(called)
    },
    prompt: async (server, prompt, args) => {
      there(server)
      return { messages: [{ role: "user", content: { type: "text", text: `${prompt} ${JSON.stringify(args)}` } }] }
    },
    read: async (server, uri) => {
      there(server)
      return { contents: [{ uri, mimeType: "text/plain", text: `contents of ${uri}` }] }
    },
    restart: async () => {},
    calls,
    put: (view) => {
      const next = { ...blank, ...view }
      list = list.some(({ name }) => name === view.name)
        ? list.map((one) => (one.name === view.name ? next : one))
        : [...list, next]
      changes.next(view.name)
    }
  }
}

export const toolOf = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: "object", properties: { a: { type: "string" } } },
  ...more
})

export const promptOf = (name: string, ...names: ReadonlyArray<string>): Prompt => ({
  name,
  description: `About ${name}.`,
  arguments: names.map((one, at) => ({ name: one, required: at === 0 }))
})

export const resourceOf = (uri: string): Resource => ({ uri, name: uri })

/** What is offered to models is never searched for, unless a spec says so. */
export const gateway = (servers: McpServers, rules: Partial<GatewayParts["rules"]> = {}): Plugin =>
  mcpGateway({ servers: () => servers, rules: { search_above: 100_000, servers: {}, ...rules } })

export const namesOf = ({ tools = [] }: Plugin): ReadonlyArray<string> => tools.map(({ name }) => name)

/** Under another name, for a runtime that has the built-in one as well. */
export const asPlugin = (plugin: Plugin): Plugin =>
  Object.defineProperties(
    { name: "" },
    { ...Object.getOwnPropertyDescriptors(plugin), name: { value: "servers", enumerable: true } }
  )

/** These tools touch nothing here. */
const untouched = {} as never

export const context: ToolContext = {
  ...absentPorts,
  session: "s1",
  signal: new AbortController().signal,
  progress: () => {},
  log: () => {},
  cwd: "/",
  files: untouched,
  exec: untouched,
  fetch: untouched,
  taskStartedAt: 0
}
