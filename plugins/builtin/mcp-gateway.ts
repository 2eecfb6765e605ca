/**
 * mcp-gateway: the tools, prompts and resources of MCP servers. It makes no connection itself: whoever holds the port keeps the
 * servers alive. Without a server it brings nothing but `/mcp`, which says how to add one.
 */
import type { McpServers, McpServerView } from "../mcp.ts"
import { catalogues, isInUse, type McpRules } from "../mcp/catalogue.ts"
import { instructions } from "../mcp/instructions.ts"
import { ownTools, reserved } from "../mcp/own-tools.ts"
import { promptCommands } from "../mcp/prompts.ts"
import { resourceReaders } from "../mcp/resource-tools.ts"
import type { Complete } from "../mcp/sampling.ts"
import { statusCommand } from "../mcp/status-command.ts"
import { toolOf } from "../mcp/tool.ts"
import type { Plugin } from "../plugin.ts"
import type { Tool } from "../tool.ts"

export interface GatewayParts {
  /** Absent: there are none. Asked at every look, so that it may come later. */
  readonly servers: () => McpServers | undefined
  readonly rules: McpRules
  /** The session's model, for servers that ask it something; absent: they may not. */
  readonly complete?: Complete
  /** Milliseconds of one hook; whoever takes longer counts as failed. */
  readonly hookTime?: number
}

const nowhere: GatewayParts = { servers: () => undefined, rules: { search_above: 0, servers: {} } }

/**
 * Milliseconds that the first prompt of a session waits for servers that connect: for those whose tools are not known from an
 * earlier time longer, since without them the model would believe that it has none.
 */
const patience = { known: 1000, unknown: 4000 }

/** @param given Absent: there are no servers. */
export const mcpGateway = ({ servers, rules, complete, hookTime = 5000 }: GatewayParts = nowhere): Plugin => {
  const known = Math.min(patience.known, hookTime / 2)
  const unknown = Math.min(patience.unknown, hookTime * 0.8)
  const parts = { servers, complete }
  const catalogue = catalogues(rules, reserved, (listed) => toolOf(listed, parts))
  const views = () => servers()?.list() ?? []
  const now = () => catalogue(views())
  const isTrusted = (server: string): boolean =>
    Object.hasOwn(rules.servers, server) && rules.servers[server]?.trust_annotations === true
  const readers = resourceReaders({ ...parts, isTrusted, reserved })
  const own = ownTools({ ...parts, catalogue: now, isTrusted, reserved, readers })
  const status = statusCommand({ servers, listed: () => now().listed })
  const offered = keptWhileEqual(() => {
    const all = views()
    if (!all.some(isInUse)) return []
    const { tools, isDeferred } = now()
    const hasResources = all.some((one) => isInUse(one) && one.resources.length + one.templates.length > 0)
    return [
      own.listServers,
      own.callTool,
      ...(isDeferred ? [own.searchTools] : []),
      ...(hasResources ? [own.listResources, own.readResource, ...readers().map(({ tool }) => tool)] : []),
      ...tools
    ]
  })
  return {
    name: "mcp-gateway",
    description: "Tools, prompts and resources of MCP servers.",
    get tools() {
      return offered()
    },
    live: {
      commands: () => {
        const port = servers()
        return [status, ...(port === undefined ? [] : promptCommands(port.list(), port, complete))]
      },
      follow: (changed) => {
        const link = servers()?.changes.subscribe(() => changed())
        return () => link?.unsubscribe()
      }
    },
    systemPrompt: async () => {
      const port = servers()
      if (port === undefined || !port.list().some(isInUse)) return ""
      port.begin()
      await port.settled(known)
      if (port.list().some(isUnknown)) await port.settled(unknown - known)
      return instructions(port.list(), now())
    }
  }
}

const isUnknown = ({ status, tools }: McpServerView): boolean => status === "connecting" && tools.length === 0

/** The same list while the same tools stand in it: whoever compares lists sees that nothing changed. */
const keptWhileEqual = (make: () => ReadonlyArray<Tool>): (() => ReadonlyArray<Tool>) => {
  let last: ReadonlyArray<Tool> = []
  return () => {
    const tools = make()
    const isSame = tools.length === last.length && tools.every((tool, at) => tool === last[at])
    return isSame ? last : (last = tools)
  }
}
