/** What a running tool asks the user, and the values that answer it, as schemas. */
import * as z from "zod"
import type { Field, Inquiry } from "../../plugins/inquiry.ts"
import type { Content } from "../../plugins/inquiry/content.ts"

const common = {
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  required: z.boolean()
}

const options = z.array(z.object({ value: z.string(), title: z.string().optional() }))

const range = { minimum: z.number().optional(), maximum: z.number().optional(), default: z.number().optional() }

const field: z.ZodType<Field> = z.discriminatedUnion("type", [
  z.object({
    ...common,
    type: z.literal("text"),
    format: z.enum(["email", "uri", "date", "date-time"]).optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    pattern: z.string().optional(),
    default: z.string().optional()
  }),
  z.object({ ...common, type: z.literal("number"), ...range }),
  z.object({ ...common, type: z.literal("integer"), ...range }),
  z.object({ ...common, type: z.literal("boolean"), default: z.boolean().optional() }),
  z.object({ ...common, type: z.literal("choice"), options, default: z.string().optional() }),
  z.object({
    ...common,
    type: z.literal("choices"),
    options,
    minItems: z.number().optional(),
    maxItems: z.number().optional(),
    default: z.array(z.string()).optional()
  })
])

export const inquiry: z.ZodType<Inquiry> = z.object({
  from: z.string(),
  message: z.string(),
  fields: z.array(field).optional(),
  url: z.string().optional()
})

/** By field name. What does not fit its field is refused with `bad_frame`, and the question stays open. */
export const content: z.ZodType<Content> = z.record(
  z.string().max(200),
  z.union([z.string().max(100_000), z.number(), z.boolean(), z.array(z.string().max(1000)).max(1000)])
)
