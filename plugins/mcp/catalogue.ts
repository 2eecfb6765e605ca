/** The tools of all MCP servers under their names: which are offered, which of them models are told of, and how one is found. */
import type { Tool as McpTool } from "@modelcontextprotocol/client"
import type { McpServerView } from "../mcp.ts"
import type { Tool } from "../tool.ts"
import { matches, serverKeys, toolNames } from "./names.ts"

/** What the user says of servers; those of `.mcp.json` have no entry here. */
export interface McpRules {
  /** Tokens, about, that the tools of all servers may take in every request. */
  readonly search_above: number
  readonly servers: Readonly<Record<string, ServerRules | undefined>>
}

export interface ServerRules {
  readonly tools?: { readonly enabled?: ReadonlyArray<string>; readonly disabled?: ReadonlyArray<string> } | undefined
  readonly trust_annotations?: boolean | undefined
}

/** One tool of one server. */
export interface Listed {
  /** By which models call it. */
  readonly name: string
  readonly server: string
  readonly tool: McpTool
  /** What it says of itself counts. */
  readonly isTrusted: boolean
}

export interface Catalogue {
  /** In the order of the configuration, then of their names. */
  readonly listed: ReadonlyArray<Listed>
  /** As they are offered; all or none of them deferred. */
  readonly tools: ReadonlyArray<Tool>
  readonly isDeferred: boolean
}

const offering: ReadonlySet<McpServerView["status"]> = new Set(["idle", "connecting", "ready", "waiting", "login"])

/** It may be used, now or when it is there again. */
export const isInUse = ({ status }: McpServerView): boolean => offering.has(status)

/** @param make Of one tool; what is made of the same is kept. */
export const catalogues = (
  rules: McpRules,
  reserved: ReadonlySet<string>,
  make: (listed: Listed) => Tool
): ((views: ReadonlyArray<McpServerView>) => Catalogue) => {
  const made = new WeakMap<McpTool, Made>()
  const makeOnce = (listed: Listed): Made => {
    const before = made.get(listed.tool)
    if (before?.listed.name === listed.name && before.listed.server === listed.server) return before
    const tool = make(listed)
    const one = { listed, tool, deferred: { ...tool, deferred: true }, tokens: tokensOf(tool) }
    made.set(listed.tool, one)
    return one
  }
  let seen: ReadonlyArray<McpServerView> | undefined
  let last: Catalogue = { listed: [], tools: [], isDeferred: false }
  return (views) => {
    if (views === seen) return last
    const all = listedOf(views, rules, reserved).map(makeOnce)
    const isDeferred = all.reduce((sum, { tokens }) => sum + tokens, 0) > rules.search_above
    const tools = all.map((one) => (isDeferred ? one.deferred : one.tool))
    seen = views
    return (last = { listed: all.map(({ listed }) => listed), tools, isDeferred })
  }
}

interface Made {
  readonly listed: Listed
  readonly tool: Tool
  readonly deferred: Tool
  readonly tokens: number
}

/** About: four characters are a token. */
const tokensOf = ({ name, description, parameters }: Tool): number =>
  Math.ceil(JSON.stringify({ name, description, parameters }).length / 4)

export const listedOf = (
  views: ReadonlyArray<McpServerView>,
  rules: McpRules,
  reserved: ReadonlySet<string>
): ReadonlyArray<Listed> => {
  const keys = serverKeys(views.map(({ name }) => name))
  return views.filter(isInUse).flatMap(({ name: server, tools }) => {
    const rule = Object.hasOwn(rules.servers, server) ? rules.servers[server] : undefined
    const allowed = tools.filter(({ name }) => isAllowed(name, rule))
    const names = toolNames(
      server,
      tools.map(({ name }) => name),
      keys,
      reserved
    )
    return allowed
      .map((tool) => ({ name: names.get(tool.name) ?? "", server, tool, isTrusted: rule?.trust_annotations === true }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  })
}

/** @param name As the server calls it. */
export const isAllowed = (name: string, rule: ServerRules | undefined): boolean => {
  const { enabled = [], disabled = [] } = rule?.tools ?? {}
  if (disabled.some((pattern) => matches(pattern, name))) return false
  return enabled.length === 0 || enabled.some((pattern) => matches(pattern, name))
}
