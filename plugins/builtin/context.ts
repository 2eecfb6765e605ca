/** context: notes that outlive turns and compaction, and that a session shares with its subagents. */
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import { type Store } from "../ports.ts"
import { type Answer, defineTool, refuse, type Tool } from "../tool.ts"

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

export const contextPlugin: Plugin = definePlugin({
  name: "context",
  description: "Notes shared across turns and subagents.",
  tools: [context],
  capabilities: () => ["Keep notes that outlive a summary of the conversation and that subagents share."]
})
