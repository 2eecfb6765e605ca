/**
 * What tools of MCP servers are called: `mcp_<server>_<tool>`, made fit for every provider. A name depends on the configuration and
 * on the server itself only, never on which other server is there: permission rules and prompt caches rely on it.
 */
import { createHash } from "node:crypto"

/** Characters of a name that every provider takes. */
const longest = 64

/** Letters, digits, `_` and `-` of a stranger's name. */
export const fit = (name: string): string => name.replace(/[^a-zA-Z0-9_-]+/g, "_") || "_"

const mark = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 6)

/** What stands for each server in names: of two that look alike the one that is configured later gets a mark. */
export const serverKeys = (servers: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const taken = new Set<string>()
  const keys = new Map<string, string>()
  for (const server of servers) {
    const plain = fit(server).slice(0, 30)
    const key = taken.has(plain) || fit(server).length > 30 ? `${plain}_${mark(server)}` : plain
    taken.add(key)
    keys.set(server, key)
  }
  return keys
}

/**
 * Names of all tools of one server.
 *
 * @param keys Of all configured servers: `git` with a tool `hub_star` must not be taken for `git_hub` with a tool `star`.
 * @param reserved Names that are ours.
 */
export const toolNames = (
  server: string,
  tools: ReadonlyArray<string>,
  keys: ReadonlyMap<string, string>,
  reserved: ReadonlySet<string>
): ReadonlyMap<string, string> => {
  const key = keys.get(server) ?? fit(server)
  const longer = [...keys.values()].filter((other) => other.startsWith(`${key}_`))
  const plain = (tool: string): string => `${key}_${fit(tool)}`
  const count = Map.groupBy(tools, plain)
  const isClear = (tool: string): boolean => {
    const name = plain(tool)
    const alike = count.get(name)?.length ?? 0
    const isForeign = longer.some((other) => name.startsWith(`${other}_`)) || reserved.has(`mcp_${name}`)
    return !isForeign && `mcp_${name}`.length <= longest && (alike === 1 || tool === fit(tool))
  }
  return new Map(
    tools.map((tool) => {
      const name = `mcp_${plain(tool)}`
      return [tool, isClear(tool) ? name : `${name.slice(0, longest - 7)}_${mark(`${server}\n${tool}`)}`]
    })
  )
}

/** `*` stands for any characters. */
export const matches = (pattern: string, name: string): boolean => {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"))
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name)
}
