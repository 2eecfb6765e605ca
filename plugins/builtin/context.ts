/**
 * context: what fills a session's context (`/context`), instructions of folders that the agent comes to, and notes that outlive turns
 * and compaction and that a session shares with its subagents.
 */
import * as z from "zod"
import type { Contexts } from "../context-use.ts"
import type { ToolEnd } from "../hooks.ts"
import { definePlugin, type Plugin } from "../plugin.ts"
import { type Store } from "../ports.ts"
import { type Answer, defineTool, refuse, type Tool } from "../tool.ts"
import { plainName } from "../ports/text-file.ts"
import { contextCommand } from "./context/command.ts"

const context: Tool = defineTool({
  name: "context",
  description: "Notes that outlive a summary of the conversation, shared with subagents.",
  // It touches nothing but its own notes.
  risk: "read",
  parallel: false,
  input: z.object({
    action: z.enum(["save", "read", "list", "delete"]),
    key: z.string().optional(),
    text: z.string().optional().describe("To save")
  }),
  execute: async ({ action, key, text }, { store: { session: notes } }) => {
    if (action === "list") return list(notes)
    if (key === undefined || key === "") return refuse("invalid_arguments", `${action} needs a key`)
    if (action === "save") return save(notes, key, text)
    const note = await notes.get(key)
    if (typeof note !== "string") return notThere(notes, key)
    if (action === "read") return { success: true, data: note, summary: `read ${key}` }
    await notes.delete(key)
    return { success: true, data: `deleted ${key}`, summary: `deleted ${key}` }
  }
})

const save = async (notes: Store, key: string, text: string | undefined): Promise<Answer> => {
  if (text === undefined) return refuse("invalid_arguments", "save needs a text")
  const isNew = (await notes.get(key)) === undefined
  await notes.set(key, text)
  const done = isNew ? `saved ${key}` : `replaced ${key}`
  return { success: true, data: done, summary: done }
}

const list = async (notes: Store): Promise<Answer> => {
  const keys = await notes.keys()
  const data = keys.length === 0 ? "there are no notes yet" : keys.join("\n")
  return { success: true, data, summary: `${keys.length} ${keys.length === 1 ? "note" : "notes"}` }
}

const notThere = async (notes: Store, key: string): Promise<Answer> => {
  const keys = await notes.keys()
  const known = keys.length === 0 ? "there are no notes yet" : `there are: ${keys.slice(0, 50).join(", ")}`
  return refuse("not_found", `there is no note ${JSON.stringify(key)}; ${known}`)
}

export interface ContextParts {
  readonly contexts: Contexts
  /** Tells the user of a session what is not as the model knows it. */
  readonly warn: (session: string, notice: string) => void
}

/** @param parts Absent: nothing is known of sessions, and there are only notes. */
export const contextPlugin = (parts?: ContextParts): Plugin =>
  definePlugin({
    name: "context",
    description: "What fills the context; notes shared across turns and subagents.",
    tools: [context],
    capabilities: () => ["Keep notes that outlive a summary of the conversation and that subagents share."],
    ...(parts !== undefined && watchful(parts))
  })

const watchful = ({ contexts, warn }: ContextParts): Partial<Plugin> => {
  const commands = [contextCommand(contexts)]
  return {
    live: { commands: () => commands, follow: () => () => {} },
    onTurnStart: async ({ session }) => {
      for (const path of (await contexts.changed(session)).slice(0, 5)) warn(session, stale(path))
    },
    afterToolExecute: async (end) => withNested(contexts, end)
  }
}

const stale = (path: string): string =>
  `${plainName(path)} has changed; the model goes by what it said before until the conversation is compacted or cleared, or /context reload`

/** Those that name a file. */
const touching: ReadonlySet<string> = new Set(["read_file", "write_file", "edit_file"])

/** Behind the answer, since the model comes to the folder with it. */
const withNested = async (contexts: Contexts, { session, tool, input, answer }: ToolEnd) => {
  // What failed has nothing to stand behind.
  if (!touching.has(tool) || typeof answer.data !== "string") return undefined
  const path = typeof input === "object" && input !== null && "path" in input ? input.path : undefined
  if (typeof path !== "string") return undefined
  const found = await contexts.nested(session, path)
  if (found.length === 0) return undefined
  const texts = found.map(({ path, text }) => `[Instructions from ${plainName(path)}]\n\n${text.trim()}`)
  return { answer: { ...answer, data: [answer.data, ...texts].join("\n\n") } }
}
