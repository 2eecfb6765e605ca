/** prettier as a tool. */
import { definePlugin, defineTool } from "kintsugi/plugin"
import { format } from "prettier"
import * as z from "zod"

const prettier = defineTool({
  name: "format_file",
  description: "Format a source file in place.",
  risk: "write",
  input: z.object({ path: z.string() }),
  preview: async ({ path }, { files }) => ({ paths: [await files.resolve(path)] }),
  execute: async ({ path }, { files }) => {
    await files.write(path, await format(Buffer.from(await files.read(path)).toString("utf8"), { filepath: path }))
    return `formatted ${path}`
  }
})

export default definePlugin({ name: "prettier", tools: [prettier] })
