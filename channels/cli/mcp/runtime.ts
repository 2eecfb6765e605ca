/** A runtime for as long as something is asked of its MCP servers; it needs no model. */
import type { McpServers, McpServerView } from "../../../plugins/mcp.ts"
import type { McpRules } from "../../../plugins/mcp/catalogue.ts"
import type { Settings } from "../../../actors/settings.ts"
import { CliError, type Io } from "../io.ts"
import { prepare } from "../runtime.ts"

export interface Used {
  readonly servers: McpServers
  readonly rules: McpRules
  readonly settings: Settings
}

export const withServers = async <Result>(io: Io, use: (used: Used) => Promise<Result>): Promise<Result> => {
  const { runtime, settings, notices } = await prepare(io, {})
  try {
    for (const notice of notices) io.stderr.write(`${notice}\n`)
    return await use({ servers: runtime.mcp, rules: settings.mcp, settings })
  } finally {
    await runtime.close()
  }
}

/** @throws CliError naming those that there are. */
export const viewOf = (servers: McpServers, name: string): McpServerView => {
  const views = servers.list()
  const found = views.find((view) => view.name === name)
  if (found !== undefined) return found
  const names = views.map((view) => view.name)
  const there =
    names.length === 0 ? "none is configured; see kintsugi mcp add --help" : `there are: ${names.join(", ")}`
  throw new CliError(2, `there is no MCP server ${JSON.stringify(name)}; ${there}`)
}
