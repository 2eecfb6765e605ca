/** What several tools ask for. */
import * as z from "zod"

export const folder = z.string().optional().describe("Folder within a repository; default the working folder")

export const paths = z
  .array(z.string().min(1))
  .max(500)
  .optional()
  .describe("Only these files or folders, as relative to folder")
