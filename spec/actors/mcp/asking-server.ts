/** A server of 2026-07-28 whose tool asks the user: their answer is what it says. */
import { acceptedContent, inputRequired, McpServer } from "@modelcontextprotocol/server"
import * as z from "zod"

const schema = z.object({ name: z.string() })

export const asking = (): McpServer => {
  const server = new McpServer({ name: "asking", version: "3" })
  server.registerTool("who", { inputSchema: z.object({ text: z.string() }) }, ({ text }, { mcpReq }) => {
    const told = acceptedContent(mcpReq.inputResponses, "name", schema)
    if (told !== undefined) return { content: [{ type: "text", text: `${text} ${told.name}` }] }
    return inputRequired({
      inputRequests: { name: inputRequired.elicit({ message: "Who?", requestedSchema: schema }) }
    })
  })
  return server
}
