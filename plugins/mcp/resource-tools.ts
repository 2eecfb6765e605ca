/** Resources of MCP servers: which there are, and what is in one. */
import * as z from "zod"
import { defineTool, refuse, type Tool } from "../tool.ts"
import { resourceAnswer } from "./answer.ts"
import { isInUse } from "./catalogue.ts"
import { clientOf } from "./client.ts"
import { failureAnswer } from "./failure.ts"
import { counted } from "./server-lines.ts"
import type { ToolParts } from "./tool.ts"

export interface ResourceParts extends ToolParts {
  /** The user trusts what this server says of itself. */
  readonly isTrusted: (server: string) => boolean
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

export const readResource = ({ servers, complete, isTrusted }: ResourceParts): Tool =>
  defineTool({
    name: "mcp_read_resource",
    description: "Read a resource of an MCP server by its address.",
    risk: "network",
    input: z.object({ server: z.string(), uri: z.string().describe("As listed, or a template filled in") }),
    timeout: false,
    preview: ({ server, uri }) => ({
      risk: isTrusted(server) ? "read" : "network",
      summary: `read ${uri} from MCP server ${server}`
    }),
    execute: async ({ server, uri }, context) => {
      const port = servers()
      if (port === undefined) return refuse("not_found", "there are no MCP servers here")
      try {
        return resourceAnswer(await port.read(server, uri, clientOf(context, complete)))
      } catch (error) {
        return failureAnswer(error, server)
      }
    }
  })
