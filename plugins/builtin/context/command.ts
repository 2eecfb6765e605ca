/** `/context`: what fills the model's context, by its parts; and `/context reload`, which reads their files anew. */
import { homedir } from "node:os"
import type { Contexts } from "../../context-use.ts"
import type { PluginCommand } from "../../extensions.ts"

export const contextCommand = (contexts: Contexts): PluginCommand => ({
  name: "context",
  description: "What fills the model's context, in tokens; reload: read context files anew",
  argument: "[reload]",
  run: async (argument, { session, files }) => {
    const order = argument.trim()
    if (order !== "" && order !== "reload") return { show: "Say /context, or /context reload." }
    if (order === "reload") contexts.renew(session)
    const use = await contexts.use(session)
    if (use === undefined) return { show: "Nothing is known of this session's context." }
    const { belowHome, contextLines } = await import("./table.ts")
    const done = order === "reload" ? "Context files are read anew; the next request begins with them.\n\n" : ""
    return { show: `${done}${fenced(contextLines(use, (path) => belowHome(files.display(path), homedir())))}` }
  }
})

/** As it stands, whatever files are called. */
const fenced = (lines: ReadonlyArray<string>): string => {
  const text = lines.join("\n")
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}
