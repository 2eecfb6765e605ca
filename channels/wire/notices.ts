/** Every notice of an agent as a schema: what stands in `event` frames. The compiler holds it to `AgentNotice`, both ways. */
import * as z from "zod"
import type { AgentNotice } from "../../machines/events.ts"
import { inquiry } from "./inquiries.ts"
import {
  agentResult,
  answer,
  assistantMessage,
  backgroundState,
  call,
  json,
  preview,
  risk,
  spent,
  usage
} from "./messages.ts"

const said = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), ...shape })

/** `needs`: the rule in permissions.allow that would have let it through, when nobody was there to ask. */
export const failure = z.object({ code: z.string(), message: z.string(), needs: z.string().optional() })
const decision = z.enum(["allow", "always", "deny"])
export const mode = z.enum(["plan", "ask", "edits", "auto"])
const end = { messages: z.array(z.string()), spent }

/** What an agent asks its user. */
export const question = {
  id: z.string(),
  callId: z.string(),
  tool: z.string(),
  input: json,
  risk,
  preview,
  rule: z.string(),
  inquiry: inquiry.optional(),
  agent: z.string().optional()
}

const pluginNews = {
  plugin: z.string(),
  state: z.enum(["healthy", "degraded", "quarantined", "disabled"]),
  reason: z.string()
}

export const seamNews = {
  seam: z.string(),
  plugin: z.string(),
  tool: z.string().optional(),
  status: z.enum(["active", "proposed", "noted", "accepted", "undone", "rolled_back"]),
  state: z.enum(["contained", "degraded", "provisional", "healed"]),
  strategy: z.enum(["wrap", "stub", "install", "patch", "rewrite"]).optional(),
  summary: z.string(),
  degraded: z.array(z.string()),
  diff: z.string().optional()
}

/** What the user said, for those who did not send it themselves. */
const words = z.object({ id: z.string(), text: z.string(), images: z.array(z.string()).optional() })

/** For the published schema, and for specs; frames that go out are typed by the compiler and not read again. */
export const notices = z.discriminatedUnion("type", [
  said("agent.started", { messages: z.array(z.string()), said: z.array(words).optional() }),
  said("agent.queued", { id: z.string(), said: words.optional() }),
  said("agent.text", { delta: z.string() }),
  said("agent.thinking", { delta: z.string() }),
  said("agent.calling", { callId: z.string(), name: z.string() }),
  said("agent.resumed", { messages: z.array(z.string()), times: z.number() }),
  said("agent.retrying", { attempt: z.number(), delay: z.number(), reason: z.string() }),
  said("agent.said", {
    message: assistantMessage,
    usage: usage.optional(),
    cost: z.number().optional(),
    finishReason: z.enum(["stop", "calls", "length", "filtered", "other"]).optional()
  }),
  said("agent.acting", { call }),
  said("agent.progressed", { callId: z.string(), text: z.string() }),
  said("agent.asked", question),
  said("agent.answered", { id: z.string(), decision }),
  said("agent.settled", { call, answer }),
  said("agent.plugin", pluginNews),
  said("agent.healed", seamNews),
  said("agent.background", {
    id: z.string(),
    description: z.string(),
    state: backgroundState,
    result: agentResult.optional()
  }),
  said("agent.continued", { plugin: z.string(), text: z.string() }),
  said("agent.stalled", { seconds: z.number(), doing: z.string() }),
  said("agent.compacting", { reason: z.enum(["full", "overflow"]).optional() }),
  said("agent.compacted", { summary: z.string() }),
  said("agent.changed", {
    model: z.string().optional(),
    permissions: mode.optional(),
    cleared: z.literal(true).optional()
  }),
  said("agent.replied", { text: z.string(), verified: z.boolean(), ...end }),
  said("agent.failed", { failure, ...end }),
  said("agent.cancelled", end),
  said("agent.warned", { failure })
])

/** What the published schema says of `event`, for the compiler an `AgentNotice`. */
export const notice: z.ZodType<AgentNotice> = notices
