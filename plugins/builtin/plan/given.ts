/** A step as models are asked for it. */
import * as z from "zod"

export const givenStep = z.object({
  id: z.string().optional(),
  title: z.string(),
  detail: z.string().optional(),
  depends_on: z.array(z.string()).optional().describe("Ids"),
  check: z.string().optional().describe("Command that proves it"),
  files: z.array(z.string()).optional().describe("It makes or changes")
})
