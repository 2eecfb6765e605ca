/** What fills the context of a model: how many tokens of its window each part of a request takes. */

/** Tokens of a part are an estimate, brought to what the provider counted where that is known. */
export interface ContextPart {
  /**
   * `prompt`: what this program says itself · `file`: a context file · `plugin`: what a plugin has the model know · `tools`: what
   * models are told of the tools of a plugin or an MCP server · `messages`: the conversation
   */
  readonly kind: "prompt" | "file" | "plugin" | "tools" | "messages"
  /** Of a file its path, of what a plugin brings its name; else a few words for people. */
  readonly name: string
  readonly tokens: number
  /** Of a file: whose it is. */
  readonly owner?: "user" | "project"
  /** Of a file: path of the one that imports it. */
  readonly importedBy?: string
  /** Of a file: only its beginning is read. */
  readonly cut?: true
  /** How many tools or messages. */
  readonly count?: number
}

export interface ContextUse {
  /** `provider/model`; empty: none is configured. */
  readonly model: string
  /** In the order in which the model reads them. Their tokens add up to `tokens`. */
  readonly parts: ReadonlyArray<ContextPart>
  /** Of the next request as far as it is known now. */
  readonly tokens: number
  /** As the provider counted the newest request and its reply; absent while nothing was asked. What came since is in `tokens` only. */
  readonly counted?: number
  /** Tokens of the model's window; absent: unknown. */
  readonly window?: number
  /** Tokens from which on the conversation is compacted; absent: it is not by itself. */
  readonly compactsAt?: number
  /** Files that are there and are not read, and why; for people. */
  readonly leftOut: ReadonlyArray<{ readonly path: string; readonly reason: string }>
  /** Rules that are read when the agent comes to a file they are for. */
  readonly waiting: ReadonlyArray<{ readonly path: string; readonly patterns: ReadonlyArray<string> }>
  /** What else its user should know, a line each. */
  readonly notices: ReadonlyArray<string>
}

/** What sessions know of their contexts, by id, as the plugin `context` sees them. */
export interface Contexts {
  /** `undefined`: there is no such session here. */
  readonly use: (session: string) => Promise<ContextUse> | undefined
  /** Reads everything anew for the next request. */
  readonly renew: (session: string) => void
  /** Paths of context files that are others now than the model knows, each told once. */
  readonly changed: (session: string) => Promise<ReadonlyArray<string>>
  /** Instructions for a file that were not read before. @param path As a tool was given it. */
  readonly nested: (
    session: string,
    path: string
  ) => Promise<ReadonlyArray<{ readonly path: string; readonly text: string; readonly importedBy?: string }>>
}
