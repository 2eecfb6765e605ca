/** What a conversation consists of, as schemas: for the frames that carry it, and for the published JSON Schema. */
import * as z from "zod"
import type { ImageBlock, Message, ToolCall, UserMessage } from "../../llm/message.ts"
import type { BackgroundView } from "../../plugins/ports.ts"
import type { SessionNode } from "../../plugins/session-node.ts"
import type { Answer, Preview } from "../../plugins/tool.ts"

/** What others make (a tool's input, a provider's own state): passed on as it is. */
export const json = z.unknown()

const meta = z.record(z.string(), z.unknown()).optional()

const text = z.object({ type: z.literal("text"), text: z.string(), providerMeta: meta })
const thinking = z.object({ type: z.literal("thinking"), text: z.string(), providerMeta: meta })

const image: z.ZodType<ImageBlock> = z.object({
  type: z.literal("image"),
  mime: z.string(),
  data: z.string(),
  name: z.string().optional()
})

export const call: z.ZodType<ToolCall> = z.object({
  type: z.literal("call"),
  id: z.string(),
  name: z.string(),
  input: json,
  providerMeta: meta
})

const userMessage: z.ZodType<UserMessage> = z.object({
  role: z.literal("user"),
  id: z.string(),
  content: z.array(z.union([text, image])),
  /** What the user typed, where `content` is what that stands for: to be shown in its place. */
  typed: z.string().optional(),
  /** Name of the plugin whose words it is, and not the user's. */
  from: z.string().optional()
})

export const assistantMessage = z.object({
  role: z.literal("assistant"),
  content: z.array(z.union([text, thinking, call])),
  model: z.string(),
  interrupted: z.literal(true).optional()
})

const toolMessage = z.object({
  role: z.literal("tool"),
  callId: z.string(),
  name: z.string(),
  success: z.boolean(),
  errorClass: z.string().optional(),
  outcome: z.string().optional(),
  degraded: z.array(z.string()).optional(),
  seam: z.string().optional(),
  content: z.array(z.union([text, image]))
})

export const message: z.ZodType<Message> = z.union([userMessage, assistantMessage, toolMessage])

export const usage = z.object({
  input: z.number(),
  output: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number()
})

const modelSpent = z.object({
  requests: z.number(),
  broken: z.number().optional(),
  usage,
  cost: z.number().optional(),
  costAtLeast: z.number(),
  unpriced: z.number(),
  uncounted: z.number()
})

export const spent = z.object({
  usage,
  cost: z.number().optional(),
  models: z.record(z.string(), modelSpent).optional()
})

export const risk = z.enum(["read", "write", "execute", "network"])

export const preview: z.ZodType<Preview> = z.object({
  risk: risk.optional(),
  command: z.string().optional(),
  paths: z.array(z.string()).optional(),
  url: z.string().optional(),
  diff: z.string().optional(),
  summary: z.string().optional()
})

/** Made by plugins and checked where it is made; `data` is whatever the tool returned. */
export const answer: z.ZodType<Answer> = z.object({
  success: z.boolean(),
  data: json.optional(),
  error: z.string().optional(),
  errorClass: z
    .enum([
      "missing_dependency",
      "permission_denied",
      "invalid_arguments",
      "invalid_json_args",
      "network_timeout",
      "skill_workflow_error",
      "not_found",
      "cancelled",
      "interrupted",
      "execution_error"
    ])
    .optional(),
  needs: z.string().optional(),
  summary: z.string().optional(),
  diff: z.string().optional(),
  images: z.array(z.object({ mime: z.string(), data: z.string() })).optional(),
  sent: z.object({ id: z.string(), name: z.string(), mime: z.string(), size: z.number() }).optional(),
  outcome: z.enum(["contained", "degraded", "provisional", "healed", "false_heal"]).optional(),
  degraded: z.array(z.string()).optional(),
  seam: z.string().optional(),
  advice: z.array(z.object({ plugin: z.string(), diagnosis: z.string(), fixes: z.array(z.string()) })).optional()
})

export const agentResult = z.object({
  session: z.string(),
  end: z.enum(["replied", "failed", "cancelled", "timed_out", "interrupted"]),
  text: z.string(),
  cost: z.number().optional(),
  tokens: z.number(),
  needs: z.array(z.string()).optional()
})

export const backgroundState = z.enum(["running", "replied", "failed", "cancelled", "timed_out", "interrupted"])

export const background: z.ZodType<BackgroundView> = z.object({
  id: z.string(),
  description: z.string(),
  state: backgroundState,
  startedAt: z.number(),
  result: agentResult.optional(),
  delivered: z.boolean()
})

/** A point of a conversation. */
export const node: z.ZodType<SessionNode> = z.object({
  id: z.string(),
  parent_id: z.string().nullable(),
  message: z.string(),
  children: z.array(z.string()),
  label: z.string(),
  metadata: z.object({ role: z.enum(["user", "assistant", "summary"]), head: z.boolean() }),
  created_at: z.number()
})
