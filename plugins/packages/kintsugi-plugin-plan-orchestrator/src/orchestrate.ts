/** `orchestrate_plan`: a plan's steps by subagents, and a report of what came of each. */
import { type Answer, defineTool, PortError, refuse, type ToolContext } from "kintsugi/plugin"
import * as z from "zod"
import { type Done, marksOf, recall } from "./memory.ts"
import { numbered, problemsOf, type Step, steps } from "./plan.ts"
import { purse } from "./purse.ts"
import { runSteps, type StepEnd } from "./run.ts"

const usualAtOnce = 3
/** Seconds. */
const usualDeadline = 3600
/** Characters of one result in the report. */
const longestResult = 3000

const input = z.object({
  goal: z.string().min(1).max(2000),
  steps,
  at_once: z.int().min(1).max(8).optional().describe(`Agents side by side, default ${usualAtOnce}`),
  deadline: z.number().min(0.1).max(86_400).optional().describe(`Seconds for the whole plan, default ${usualDeadline}`),
  step_timeout: z.number().min(1).max(86_400).optional().describe("Seconds for one step"),
  budget: z
    .object({ usd: z.number().positive().optional(), tokens: z.int().positive().optional() })
    .optional()
    .describe("When it is used up, no further step is begun"),
  model: z.string().optional().describe("For all steps; default this session's own"),
  tools: z.array(z.string()).optional().describe("The only ones that agents of steps may use"),
  fresh: z.boolean().optional().describe("Do steps again that an earlier call has done")
})

type Input = z.infer<typeof input>

export const orchestrate = defineTool({
  name: "orchestrate_plan",
  description:
    "Carry out a plan by subagents: steps that do not depend on each other at the same time, results handed to the steps " +
    "that build on them. Called again with the same plan it goes on: what is done is not done again.",
  // Starting agents harms nothing: each of their own calls is permitted, asked about or refused like any other.
  risk: "read",
  idempotent: false,
  parallel: false,
  timeout: false,
  waits: true,
  input,
  // Another model may cost more, and belong to somebody else: that is the user's to decide.
  preview: ({ model, steps }) =>
    model === undefined ? {} : { risk: "network", summary: `${steps.length} subagents with model ${model}` },
  execute: async (input, context) => {
    const plan = numbered(input.steps)
    const problems = problemsOf(plan)
    if (problems.length > 0) return refuse("invalid_arguments", `the plan cannot be followed: ${problems.join("; ")}`)
    const { goal, model, tools, step_timeout: timeout } = input
    const marks = marksOf(goal, plan, { model, tools })
    const notes: Array<string> = []
    const old = input.fresh === true ? new Map<string, Done>() : await remembered(context, marks, notes)
    const spent = purse(input.budget ?? {})
    const ends = await runSteps(
      {
        goal,
        plan,
        atOnce: input.at_once ?? usualAtOnce,
        task: {
          ...(model !== undefined && { model }),
          ...(tools !== undefined && { tools }),
          ...(timeout !== undefined && { timeout })
        },
        old,
        purse: spent,
        signal: context.signal,
        deadline: AbortSignal.timeout((input.deadline ?? usualDeadline) * 1000),
        onDone: async (id, done) => keep(context, marks.get(id) ?? id, done, notes),
        onChange: (running, over) => context.progress(line(running, over, plan.length))
      },
      context
    )
    return report(input, plan, ends, [spent.spent(), ...new Set(notes)])
  }
})

const line = (running: ReadonlyArray<string>, over: number, all: number): string =>
  `${over} of ${all} steps${running.length === 0 ? "" : `, now ${running.join(", ")}`}\n`

/** Without a store the plan is carried out all the same, and the report says what that means. */
const remembered = async ({ store }: ToolContext, marks: ReadonlyMap<string, string>, notes: Array<string>) => {
  try {
    return await recall(store.session, marks)
  } catch (error) {
    notes.push(forgotten(error))
    return new Map<string, Done>()
  }
}

const keep = async ({ store }: ToolContext, mark: string, done: Done, notes: Array<string>): Promise<void> => {
  try {
    await store.session.set(mark, done)
  } catch (error) {
    notes.push(forgotten(error))
  }
}

/** @throws what is no port's refusal. */
const forgotten = (error: unknown): string => {
  if (error instanceof PortError)
    return `finished steps could not be remembered (${error.message}), so another call begins anew`
  throw error
}

const report = (
  { goal }: Input,
  plan: ReadonlyArray<Step>,
  ends: ReadonlyMap<string, StepEnd>,
  notes: ReadonlyArray<string>
): Answer => {
  const endOf = ({ id }: Step): StepEnd => ends.get(id) ?? { state: "skipped", text: "", isOld: false }
  const view = plan.map((step) => {
    const { state, text, isOld } = endOf(step)
    const note = state === "done" ? (isOld ? "done by an earlier call" : "") : text.split("\n", 1).join().slice(0, 200)
    return { id: step.id, text: step.title, state, after: step.after, ...(note === "" ? {} : { note }) }
  })
  const results = plan.map((step) => [step.id, shortened(endOf(step).text)])
  const data = { plan: { goal, steps: view }, results: Object.fromEntries(results), notes }
  const ids = (state: StepEnd["state"]) => view.filter((step) => step.state === state).map(({ id }) => id)
  const [done, failed, skipped] = [ids("done"), ids("failed"), ids("skipped")]
  const summary = `${done.length} of ${plan.length} steps done (${notes[0]})`
  if (done.length === plan.length) return { success: true, data, summary }
  const error = [
    summary,
    failed.length === 0 ? "" : `failed: ${failed.join(", ")}`,
    skipped.length === 0 ? "" : `not begun: ${skipped.join(", ")}`,
    "call it again with the same plan to go on, or with changed steps; what is done is not done again"
  ]
  return { ...refuse("execution_error", error.filter((part) => part !== "").join("; ")), data, summary }
}

const shortened = (text: string): string =>
  text.length > longestResult ? `${text.slice(0, longestResult)}\n[cut: it has ${text.length} characters]` : text
