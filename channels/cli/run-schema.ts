/** What `kintsugi run --output json` and `--output stream-json` print, as one JSON Schema (draft 2020-12): docs/run.schema.json. */
import * as z from "zod"
import { json, usage } from "../wire/messages.ts"
import { mode, notices, seamNews } from "../wire/notices.ts"

const failure = z
  .object({
    code: z.string(),
    message: z.string(),
    needs: z.string().optional().describe("The rule in permissions.allow that would have let it through.")
  })
  .describe("Why there is no answer. `code` is stable, `message` is for people and says what to do.")

const observation = z
  .object({
    success: z.boolean(),
    data: json.optional().describe("What the tool gave."),
    error: z.string().optional(),
    error_class: z.string().optional(),
    needs: z.string().optional().describe("The rule in permissions.allow that would have let it through."),
    summary: z.string().optional(),
    diff: z.string().optional(),
    images: z.array(z.object({ mime: z.string(), data: z.base64() })).optional(),
    sent: z.object({ id: z.string(), name: z.string(), mime: z.string(), size: z.number() }).optional(),
    outcome: z.enum(["contained", "degraded", "provisional", "healed", "false_heal"]).optional(),
    degraded: z.array(z.string()).optional().describe("What was skipped, invented or stubbed."),
    seam: z.string().optional(),
    advice: z.array(z.object({ plugin: z.string(), diagnosis: z.string(), fixes: z.array(z.string()) })).optional()
  })
  .describe("What came of the call.")

const step = z.object({
  thought: z.string().describe("What the model said before it acted."),
  action: z.object({ id: z.string(), tool: z.string(), input: json }),
  observation: observation.optional().describe("Absent when the run ended before the call did.")
})

const tokens = usage.describe("Tokens.")
const cost = z.number().nullable().describe("US dollars; null: not known.")
const least = z.number().optional().describe("US dollars, of what is known, where the whole is not.")

const byModel = z.object({
  model: z.string(),
  requests: z.int().min(0),
  broken: z.int().optional().describe("Attempts that broke off after something had come."),
  usage: tokens,
  cost,
  cost_at_least: least
})

const plugin = z.object({
  plugin: z.string(),
  state: z.enum(["healthy", "degraded", "quarantined", "disabled"]),
  reason: z.string()
})

const seam = z
  .object({ id: z.string(), ...z.object(seamNews).omit({ seam: true }).partial().shape })
  .describe("A repair; only its id when it was made before this run.")

const shared = {
  session_id: z.string().nullable().describe("For `kintsugi run -r`; null: the run could not begin."),
  model: z.string().nullable().describe("The one that is asked; others may have stood in for it."),
  answered_by: z.array(z.string()),
  status: z.enum(["done", "failed", "cancelled"]),
  verified: z.boolean().describe("A `task_done` that was checked ended it."),
  final_answer: z.string().nullable(),
  error: failure.optional().describe("Present when status is failed."),
  usage: tokens,
  cost,
  cost_at_least: least,
  usage_by_model: z.array(byModel),
  plugins: z.array(plugin).describe("What happened to plugins meanwhile."),
  seams: z.array(seam).describe("What was mended meanwhile, or answered by a repair."),
  needs: z.array(z.string()).describe("Rules in permissions.allow that were lacked while nobody could be asked."),
  rounds: z.int().min(0).describe("Replies of the model."),
  duration_ms: z.int().min(0),
  exit_code: z.int().describe("0 done, 1 failed, 2 usage or configuration, 3 input required, 129, 130, 143 signalled.")
}

const report = z.object({ ...shared, steps: z.array(step) }).describe("All that `--output json` prints.")
const result = z.object({ type: z.literal("result"), ...shared }).describe("The last line of `--output stream-json`.")

const session = z
  .object({
    type: z.literal("session"),
    session_id: z.string(),
    model: z.string(),
    cwd: z.string(),
    permissions: mode,
    tools: z.array(z.string())
  })
  .describe("The first line of `--output stream-json`.")

/** @param exact Nothing may stand there that is not named: for specs. Default false: later versions may say more. */
export const runSchema = ({ exact = false }: { readonly exact?: boolean } = {}) => {
  const named = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries({ report, result, session, notice: notices })) named.add(schema, { id })
  const { schemas } = z.toJSONSchema(named, { uri: (id) => `#/$defs/${id}`, io: exact ? "output" : "input" })
  const line = { oneOf: ["session", "notice", "result"].map((id) => ({ $ref: `#/$defs/${id}` })) }
  const defs: Readonly<Record<string, unknown>> = { line, ...plain(schemas) }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What kintsugi run prints",
    description: "`#/$defs/report` is what --output json prints, `#/$defs/line` each line of --output stream-json.",
    anyOf: [{ $ref: "#/$defs/report" }, { $ref: "#/$defs/line" }],
    $defs: defs
  }
}

/** Their place is `$defs`, so that they need no name of their own. */
const plain = (schemas: Readonly<Record<string, object>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => {
      const { $id: _id, $schema: _schema, ...rest } = { $id: undefined, $schema: undefined, ...schema }
      return [id, rest]
    })
  )
