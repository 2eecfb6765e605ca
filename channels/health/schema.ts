/** Health as it comes over a wire, from a process that may be of another version. */
import * as z from "zod"
import type { Health, HealthNode } from "../../actors/health.ts"

const node: z.ZodType<HealthNode> = z.object({
  id: z.string(),
  kind: z.enum(["worker", "supervisor", "runtime", "plugin", "host", "tool", "lane", "healer", "agent", "server"]),
  state: z.string(),
  since: z.number(),
  restarts: z.number(),
  lastFailure: z.object({ message: z.string(), at: z.number() }).optional(),
  breaker: z.enum(["closed", "open", "half_open"]).optional(),
  mailbox: z.object({ depth: z.number(), capacity: z.number() }).optional(),
  place: z.enum(["in_process", "worker", "child"]).optional(),
  pid: z.number().optional(),
  get children() {
    return z.array(node)
  }
})

const ledger = z.object({
  sent: z.number(),
  handled: z.number(),
  failed: z.number(),
  dead: z.number(),
  open: z.number()
})

const health: z.ZodType<Health> = z.object({
  status: z.enum(["healthy", "degraded"]),
  pid: z.number(),
  cwd: z.string(),
  model: z.string().optional(),
  startedAt: z.number(),
  ledger,
  memory: z.object({ rss: z.number(), heapUsed: z.number() }),
  plugins: z.record(z.string(), z.enum(["healthy", "degraded", "quarantined", "disabled"])),
  reasons: z.record(z.string(), z.string()).optional(),
  tiers: z.record(z.string(), z.enum(["built-in", "given", "local", "global", "npm"])).optional(),
  seams: z.number().optional(),
  tree: node
})

/** What `GET /health` answers. */
export const answerSchema = z.union([health, z.object({ error: z.string() })])
