/** `.mcp.json` as many programs share it: servers by name, or where and why it cannot be read. */
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

export const fileName = ".mcp.json"

/** Bytes; what is longer was not written by hand. */
const longest = 1024 * 1024

export interface McpFile {
  /** Absolute. */
  readonly path: string
  readonly servers: ReadonlyArray<{ readonly name: string; readonly raw: unknown; readonly line: number }>
  /** Says place and reason. */
  readonly problem?: string
}

/** From the working folder up to the root of its repository, nearest first; without a repository the working folder's alone. */
export const foldersFrom = (cwd: string): ReadonlyArray<string> => {
  const all = [cwd]
  for (let at = cwd; !existsSync(join(at, ".git")); all.push((at = dirname(at)))) if (dirname(at) === at) return [cwd]
  return all
}

/** @returns `undefined` when there is none. Never throws. */
export const readMcpFile = (folder: string): McpFile | undefined => readMcpAt(join(folder, fileName))

/** @param isBare The servers may stand there without `mcpServers` around them. */
export const readMcpAt = (path: string, isBare = false): McpFile | undefined => {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return undefined
    if (!found.isFile()) return broken(path, "is not a file")
    if (found.size > longest) return broken(path, `is longer than ${longest} bytes`)
    return parse(path, readFileSync(path, "utf8").replace(/^\uFEFF/, ""), isBare)
  } catch (error) {
    return broken(path, error instanceof Error ? error.message : String(error))
  }
}

const broken = (path: string, problem: string): McpFile => ({ path, servers: [], problem: `${path}: ${problem}` })

const parse = (path: string, text: string, isBare: boolean): McpFile => {
  const root = json(path, text)
  if ("problem" in root) return { path, servers: [], problem: root.problem }
  const { value } = root
  const servers = isObject(value) ? (value.mcpServers ?? value.servers ?? (isBare ? value : undefined)) : undefined
  if (servers === undefined || servers === null) {
    const isEmpty = isObject(value) && Object.keys(value).length === 0
    return isEmpty ? { path, servers: [] } : broken(path, `expected {"mcpServers": {…}}`)
  }
  if (!isObject(servers)) return broken(path, "mcpServers: expected servers by name")
  return {
    path,
    servers: Object.entries(servers).map(([name, raw]) => ({ name, raw, line: lineOf(text, name) }))
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const json = (path: string, text: string): { readonly value: unknown } | { readonly problem: string } => {
  if (text.trim() === "") return { value: {} }
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    // V8: `Expected … in JSON at position 12 (line 2 column 3)`; its other messages quote the text, which may hold a key.
    const at = /at position (\d+)/.exec(said)?.[1]
    const upTo = text.slice(0, at === undefined ? text.length : Number(at)).split("\n")
    const reason =
      at === undefined ? "it ends too early, or holds a sign that JSON has not" : said.split(" in JSON", 1)[0]
    return { problem: `${path}:${upTo.length}:${(upTo.at(-1)?.length ?? 0) + 1}: is not valid JSON: ${reason}` }
  }
}

/** Where the server's name stands as a key; JSON.parse does not say. */
const lineOf = (text: string, name: string): number => {
  const key = JSON.stringify(name)
  for (let at = text.indexOf(key); at !== -1; at = text.indexOf(key, at + 1)) {
    if (/^\s*:/.test(text.slice(at + key.length, at + key.length + 50))) return text.slice(0, at).split("\n").length
  }
  return 1
}
