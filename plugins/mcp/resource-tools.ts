/** Resources of MCP servers: which there are, and what is in one. */
import * as z from "zod"
import type { McpServerView } from "../mcp.ts"
import { defineTool, refuse, type Tool } from "../tool.ts"
import { resourceAnswer } from "./answer.ts"
import { isInUse } from "./catalogue.ts"
import { clientOf } from "./client.ts"
import { failureAnswer } from "./failure.ts"
import { serverKeys, toolNames } from "./names.ts"
import { counted } from "./server-lines.ts"
import type { ToolParts } from "./tool.ts"

export interface ResourceParts extends ToolParts {
  /** The user trusts what this server says of itself. */
  readonly isTrusted: (server: string) => boolean
  /** Names that are ours. */
  readonly reserved: ReadonlySet<string>
}

export const listResources = ({ servers }: ResourceParts): Tool =>
  defineTool({
    name: "mcp_list_resources",
    description: "Resources and resource templates of MCP servers, to be read with mcp_read_resource.",
    risk: "read",
    input: z.object({ server: z.string().optional().describe("Only of this server") }),
    execute: async ({ server }) => {
      const views = (servers()?.list() ?? []).filter((view) => isInUse(view) && (server ?? view.name) === view.name)
      const data = views.flatMap(({ name, resources, templates }) => [
        ...resources.map(({ uri, name: title, mimeType, description }) => ({
          server: name,
          uri,
          title,
          mimeType,
          description
        })),
        ...templates.map(({ uriTemplate, name: title, description }) => ({
          server: name,
          uriTemplate,
          title,
          description
        }))
      ])
      return data.length === 0
        ? { success: true, data: "There are no resources.", summary: "no resources" }
        : { success: true, data, summary: counted(data.length, "resource") }
    }
  })

/** The call goes on as one of the server's reader, so that rules and consent are for that server; here it only tells why it cannot. */
export const readResource = (readers: () => ReadonlyArray<Reader>): Tool =>
  defineTool({
    name: "mcp_read_resource",
    description: "Read a resource of an MCP server by its address.",
    risk: "read",
    input: z.object({ server: z.string(), uri: z.string().describe("As listed, or a template filled in") }),
    forwards: (input) => {
      const { server, ...rest }: { readonly server?: unknown } =
        typeof input === "object" && input !== null ? input : {}
      const found = readers().find((one) => one.server === server)
      return found === undefined ? undefined : { tool: found.tool.name, input: rest }
    },
    execute: async ({ server }) => {
      const names = readers().map((one) => one.server)
      return names.includes(server)
        ? refuse("not_found", `MCP server ${server} is there now; if its resources may be read here, try again`)
        : refuse("not_found", `there is no MCP server ${JSON.stringify(server)} in use; there are: ${names.join(", ")}`)
    }
  })

/** Reads the resources of one server. Models are not told of it: `mcp_read_resource` goes on to it. */
export interface Reader {
  readonly server: string
  readonly tool: Tool
}

/** No tool of a server is called so. */
const reading = "read resource"

/** Of all servers in use; of the same server the same one. */
export const resourceReaders = (parts: ResourceParts): (() => ReadonlyArray<Reader>) => {
  const made = new Map<string, Reader>()
  let seen: ReadonlyArray<McpServerView> | undefined
  let last: ReadonlyArray<Reader> = []
  return () => {
    const views = parts.servers()?.list() ?? []
    if (views === seen) return last
    const keys = serverKeys(views.map(({ name }) => name))
    seen = views
    return (last = views.filter(isInUse).map(({ name: server, tools }) => {
      const names = toolNames(server, [...tools.map(({ name }) => name), reading], keys, parts.reserved)
      const name = names.get(reading) ?? ""
      const before = made.get(server)
      if (before?.tool.name === name) return before
      const reader = { server, tool: readerOf(name, server, parts) }
      made.set(server, reader)
      return reader
    }))
  }
}

const readerOf = (name: string, server: string, { servers, complete, isTrusted }: ResourceParts): Tool => ({
  ...defineTool({
    name,
    description: `Read a resource of the MCP server ${server}.`,
    risk: isTrusted(server) ? "read" : "network",
    input: z.object({ uri: z.string() }),
    timeout: false,
    preview: ({ uri }) => ({ summary: `read ${uri} from MCP server ${server}` }),
    execute: async ({ uri }, context) => {
      const port = servers()
      if (port === undefined) return refuse("not_found", "there are no MCP servers here")
      try {
        return resourceAnswer(await port.read(server, uri, clientOf(context, complete)))
      } catch (error) {
        return failureAnswer(error, server)
      }
    }
  }),
  deferred: true
})
