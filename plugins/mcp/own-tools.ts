/** Tools about MCP servers: how they are, finding their tools and calling them. */
import * as z from "zod"
import type { McpServers, McpServerView } from "../mcp.ts"
import { type Answer, defineTool, refuse, type Tool } from "../tool.ts"
import type { Catalogue, Listed } from "./catalogue.ts"
import { listResources, type Reader, readResource, type ResourceParts } from "./resource-tools.ts"
import { search } from "./search.ts"
import { adviceFor, counted, identity, statusWords } from "./server-lines.ts"
import { modelSchema } from "./schema.ts"
import { descriptionOf } from "./tool.ts"

export interface OwnParts extends ResourceParts {
  readonly catalogue: () => Catalogue
  readonly readers: () => ReadonlyArray<Reader>
}

/** No tool of a server may have one of these names. */
export const reserved: ReadonlySet<string> = new Set([
  "mcp_list_servers",
  "mcp_call_tool",
  "mcp_search_tools",
  "mcp_list_resources",
  "mcp_read_resource"
])

/** Milliseconds that a question about servers waits for those that connect. */
const patience = 5000

export const ownTools = (parts: OwnParts) => ({
  listServers: listServers(parts),
  callTool: callTool(parts),
  searchTools: searchTools(parts),
  listResources: listResources(parts),
  readResource: readResource(parts.readers)
})

const none: Answer = { success: true, data: "There are no MCP servers.", summary: "no MCP servers" }

const listServers = ({ servers, catalogue }: OwnParts): Tool =>
  defineTool({
    name: "mcp_list_servers",
    description: "The MCP servers, how they are, and the names of their tools.",
    risk: "read",
    input: z.object({}),
    execute: async () => {
      const port = servers()
      if (port === undefined) return none
      await port.settled(patience)
      const views = port.list()
      const { listed } = catalogue()
      const ready = views.filter(({ status }) => status === "ready").length
      const data = views.map((view) => serverText(view, listed)).join("\n\n")
      return { success: true, data, summary: `${counted(views.length, "MCP server")}, ${ready} ready` }
    }
  })

const serverText = (view: McpServerView, listed: ReadonlyArray<Listed>): string => {
  const own = listed.filter(({ server }) => server === view.name)
  const tools = own.map(({ name, tool }) => (name.endsWith(`_${tool.name}`) ? name : `${name} (its ${tool.name})`))
  const { name, status, error, refused } = view
  const head = [`${name}: ${statusWords[status]}`, identity(view), adviceFor(view, Date.now())]
    .filter(Boolean)
    .join("; ")
  return [
    head,
    ...(error !== undefined && status !== "ready" ? [`  error: ${error}`] : []),
    ...(tools.length > 0 ? [`  tools: ${tools.join(", ")}`] : []),
    ...(refused.length > 0
      ? [`  left out: ${refused.map(({ tool, reason }) => `${tool} (${reason})`).join(", ")}`]
      : []),
    ...(view.resources.length + view.templates.length > 0
      ? [`  resources: ${view.resources.length}, templates: ${view.templates.length}`]
      : [])
  ].join("\n")
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? { ...value } : {})

/** Models like to write an object as text. */
const argumentsOf = (value: unknown): unknown => {
  if (value === undefined || value === null || value === "") return {}
  if (typeof value !== "string") return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** By the server's own name for it, or by ours. */
const find = (listed: ReadonlyArray<Listed>, server: unknown, tool: unknown): Listed | undefined =>
  listed.find((one) => one.server === server && one.tool.name === tool) ??
  listed.find((one) => one.server === server && one.name === tool)

/** It only ever tells why a call went nowhere: the call itself goes on as one of the tool that is called. */
const callTool = ({ servers, catalogue }: OwnParts): Tool =>
  defineTool({
    name: "mcp_call_tool",
    description: "Call a tool of an MCP server: the server's name, the tool's name, its arguments.",
    risk: "read",
    parallel: false,
    input: z.object({
      server: z.string(),
      tool: z.string(),
      arguments: z.record(z.string(), z.unknown()).optional().describe("As the tool's own schema says")
    }),
    forwards: (input) => {
      const { server, tool, arguments: given } = fieldsOf(input)
      const found = find(catalogue().listed, server, tool)
      return found === undefined ? undefined : { tool: found.name, input: argumentsOf(given) }
    },
    execute: async ({ server, tool }) => {
      const port = servers()
      if (port === undefined) return refuse("not_found", "there are no MCP servers here")
      await port.settled(patience)
      return whyNot(port, catalogue().listed, server, tool)
    }
  })

const whyNot = (port: McpServers, listed: ReadonlyArray<Listed>, server: string, tool: string): Answer => {
  const view = port.list().find(({ name }) => name === server)
  if (view === undefined) {
    const names = port.list().map(({ name }) => name)
    return refuse("not_found", `there is no MCP server ${JSON.stringify(server)}; there are: ${names.join(", ")}`)
  }
  const found = find(listed, server, tool)
  if (found !== undefined)
    return refuse(
      "not_found",
      `${found.name} is there now; if it is among your tools, call it again, else it may not be used here`
    )
  const why = [statusWords[view.status], adviceFor(view, Date.now()), view.error].filter(Boolean).join("; ")
  if (view.status !== "ready") return refuse("missing_dependency", `MCP server ${server} cannot be used: ${why}`)
  const left = view.refused.find((one) => one.tool === tool)
  if (left !== undefined) return refuse("not_found", `${tool} of MCP server ${server} cannot be used: ${left.reason}`)
  const own = listed.filter((one) => one.server === server)
  const near = search(own, tool, 5).map((one) => one.tool.name)
  const names = near.length > 0 ? near : own.slice(0, 50).map((one) => one.tool.name)
  return refuse("not_found", `MCP server ${server} has no tool ${JSON.stringify(tool)}; it has: ${names.join(", ")}`)
}

/** Characters of all that one search shows. */
const longest = 30_000

const searchTools = ({ catalogue, servers }: OwnParts): Tool =>
  defineTool({
    name: "mcp_search_tools",
    description:
      "Find tools of MCP servers by words of their names and descriptions. Gives name, description and input schema; call one with mcp_call_tool.",
    risk: "read",
    input: z.object({
      query: z.string().describe("A few words, or the exact name of a tool"),
      server: z.string().optional().describe("Only tools of this server"),
      limit: z.number().int().min(1).max(20).optional().describe("Default 8")
    }),
    execute: async ({ query, server, limit = 8 }) => {
      await servers()?.settled(patience)
      const all = catalogue().listed.filter((one) => server === undefined || one.server === server)
      const found = search(all, query, limit)
      if (found.length === 0) {
        const some = all.slice(0, 60).map(({ name }) => name)
        const data = `Nothing is found; there are ${all.length} tools${some.length > 0 ? `, among them: ${some.join(", ")}` : ""}`
        return { success: true, data, summary: "nothing found" }
      }
      return { success: true, data: fitting(found.map(shownOf)), summary: `${counted(found.length, "tool")} found` }
    }
  })

const shownOf = ({ server, tool }: Listed) => ({
  server,
  tool: tool.name,
  description: descriptionOf({ server, tool }),
  arguments: modelSchema(tool.inputSchema)
})

/** As many as have room; the first always. */
const fitting = <Item>(items: ReadonlyArray<Item>): ReadonlyArray<Item> => {
  let room = longest
  return items.filter((item, at) => (room -= JSON.stringify(item).length) >= 0 || at === 0)
}
