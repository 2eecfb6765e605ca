/** What the folder of a plugin brings beside code: files in the formats that other agents know, too. */

export interface PluginParts {
  /** Absolute paths of folders with skills in them. */
  readonly skills: ReadonlyArray<string>
  /** Absolute paths of folders with commands as Markdown, or of single ones. */
  readonly commands: ReadonlyArray<string>
  /** The same of agents. */
  readonly agents: ReadonlyArray<string>
  /** Hooks as commands: an absolute path of a JSON file, or what would stand in it. */
  readonly hooks: ReadonlyArray<Inline>
  /** MCP servers: an absolute path of a file like `.mcp.json`, or its `mcpServers`. */
  readonly mcp: ReadonlyArray<Inline>
  /** What it brings that means nothing here, a few words each, for people. */
  readonly unsupported: ReadonlyArray<string>
}

export type Inline = { readonly path: string } | { readonly value: unknown }

/** A plugin that is there, trusted and not switched off. */
export interface PartedPlugin {
  readonly name: string
  /** Absolute path of its folder: `${CLAUDE_PLUGIN_ROOT}`. */
  readonly folder: string
  readonly parts: PluginParts
}

export const noParts: PluginParts = { skills: [], commands: [], agents: [], hooks: [], mcp: [], unsupported: [] }
