/** Where logins at MCP servers are kept: known to whoever must keep others away from it. */
import { join } from "node:path"

export const loginFileIn = (data: string): string => join(data, "mcp-auth.json")
