/** What plugins for Claude Code may bring that means nothing here: named, so that nobody waits for it. */
import { statSync } from "node:fs"
import { join } from "node:path"
import type { Manifest } from "./manifest.ts"

/** Packed MCP servers, or where to get one. */
export const isBundle = (path: string): boolean => /^https?:/i.test(path) || /\.(mcpb|dxt)$/i.test(path)

interface Kind {
  /** A few words. */
  readonly what: string
  readonly keys: ReadonlyArray<string>
  /** Files or folders that count without a word in the manifest. */
  readonly files: ReadonlyArray<string>
}

const kinds: ReadonlyArray<Kind> = [
  { what: "output styles", keys: ["outputStyles"], files: ["output-styles"] },
  { what: "language servers", keys: ["lspServers"], files: [".lsp.json"] },
  { what: "workflows", keys: ["workflows"], files: ["workflows"] },
  { what: "themes", keys: ["themes"], files: ["themes"] },
  { what: "monitors", keys: ["monitors"], files: ["monitors/monitors.json"] },
  { what: "default settings", keys: ["settings"], files: ["settings.json"] },
  { what: "programs for the PATH", keys: [], files: ["bin"] },
  { what: "values that the user is asked for (userConfig)", keys: ["userConfig"], files: [] },
  { what: "channels", keys: ["channels"], files: [] },
  { what: "dependencies on other plugins", keys: ["dependencies"], files: [] }
]

export const unsupportedIn = (folder: string, manifest: Manifest): ReadonlyArray<string> => {
  const experimental = isFields(manifest.experimental) ? manifest.experimental : {}
  const isThere = (file: string) => statSync(join(folder, file), { throwIfNoEntry: false }) !== undefined
  const found = kinds.filter(
    ({ keys, files }) => keys.some((key) => isSaid(manifest[key]) || isSaid(experimental[key])) || files.some(isThere)
  )
  const { mcpServers } = manifest
  const servers: ReadonlyArray<unknown> = Array.isArray(mcpServers) ? mcpServers : [mcpServers]
  const isPacked = servers.some((one) => typeof one === "string" && isBundle(one))
  return [...found.map(({ what }) => what), ...(isPacked ? ["packed MCP servers (.mcpb, .dxt)"] : [])]
}

const isSaid = (value: unknown): boolean => {
  if (value === undefined || value === null) return false
  return typeof value !== "object" || Object.keys(value).length > 0
}

const isFields = (value: unknown): value is Manifest =>
  typeof value === "object" && value !== null && !Array.isArray(value)
