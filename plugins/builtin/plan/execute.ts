/** `execute_plan`: the next step begins when it may, and ends when what it claims is so. */
import * as z from "zod"
import type { StepState } from "../../plan-view.ts"
import { type Answer, defineTool, refuse, type Tool, type ToolContext } from "../../tool.ts"
import { checkStep } from "./check.ts"
import { changing, keepPlan, needPlan } from "./notes.ts"
import { changed, isOver, type Plan, progressOf, ready, type Step, viewOf, waitsFor } from "./steps.ts"

const input = z.object({
  finish: z.string().optional().describe("Id of a step that is over"),
  status: z.enum(["done", "failed", "skipped"]).optional(),
  note: z.string().optional().describe("What came of it"),
  start: z.array(z.string()).optional().describe("Ids, default the next")
})

type Input = z.output<typeof input>

/** The command that was shown and permitted for a call: a subagent may change the plan meanwhile. */
const permitted = new WeakMap<Input, string>()

export const executePlan: Tool = defineTool({
  name: "execute_plan",
  description: "Finish a step (done: its check is run) and start the next.",
  // A check raises it in the preview.
  risk: "read",
  idempotent: false,
  parallel: false,
  timeout: false,
  input,
  preview: async (order, { store }) => {
    if (order.finish === undefined || (order.status ?? "done") !== "done") return {}
    const command = find(await needPlan(store.session), order.finish)?.check
    if (command === undefined) return {}
    permitted.set(order, command)
    return { risk: "execute", command }
  },
  execute: async (order, context) => {
    const { finish, status = "done", note, start } = order
    const notes = context.store.session
    let found = ""
    if (finish !== undefined) {
      const plan = await needPlan(notes)
      const step = find(plan, finish)
      if (step === undefined) return refused(plan, unknown(plan, finish))
      const problem = cannotEnd(step, plan, status) ?? notAsPermitted(step, order, status)
      if (problem !== undefined) return refused(plan, problem)
      const ended = await end(step, status, note, context)
      if ("answer" in ended) return ended.answer
      found = ended.finding
    }
    return changing(async () => begin(await needPlan(notes), start, found, context))
  }
})

const find = ({ steps }: Plan, id: string): Step | undefined => steps.find((step) => step.id === id)

const unknown = ({ steps }: Plan, id: string): string =>
  `there is no step ${id}; there are: ${steps.map((step) => step.id).join(", ")}`

const refused = (plan: Plan, problem: string): Answer => ({
  ...refuse("invalid_arguments", problem),
  data: { plan: viewOf(plan) }
})

const cannotEnd = (step: Step, plan: Plan, status: StepState): string | undefined => {
  if (isOver(step)) return `step ${step.id} is ${step.status} already`
  const open = waitsFor(step, plan)
  if (status !== "done" || open.length === 0) return undefined
  return `step ${step.id} waits for ${open.join(", ")}: finish ${open.length === 1 ? "that" : "those"} first`
}

const notAsPermitted = ({ id, check }: Step, order: Input, status: StepState): string | undefined =>
  status !== "done" || check === undefined || permitted.get(order) === check
    ? undefined
    : `the check of step ${id} was changed while this call waited for permission; call again`

/** Records how a step ended. A claim that does not hold is recorded as failed, and answered so. */
const end = async (
  step: Step,
  status: "done" | "failed" | "skipped",
  note: string | undefined,
  context: ToolContext
): Promise<{ readonly finding: string } | { readonly answer: Answer }> => {
  const notes = context.store.session
  const verdict =
    status === "done" ? await checkStep(step, context) : { holds: true, finding: status, output: undefined }
  const said = [note, status === "done" ? verdict.finding : undefined].filter((one) => one !== undefined).join("; ")
  const plan = await changing(async () => {
    const change = { status: verdict.holds ? status : "failed", note: verdict.holds ? said : verdict.finding } as const
    const after = changed(await needPlan(notes), step.id, change)
    await keepPlan(notes, after)
    return after
  })
  if (verdict.holds) return { finding: `step ${step.id} ${status}${status === "done" ? ` (${verdict.finding})` : ""}` }
  const error = `step ${step.id} is not done: ${verdict.finding}. Mend it and finish it again, or change the plan with reflect_and_revise`
  const data = { plan: viewOf(plan), ...(verdict.output && { output: verdict.output }) }
  return {
    answer: { ...refuse("execution_error", error), data, summary: `step ${step.id} failed: ${verdict.finding}` }
  }
}

const begin = async (
  plan: Plan,
  asked: ReadonlyArray<string> | undefined,
  found: string,
  { store }: ToolContext
): Promise<Answer> => {
  const isBusy = plan.steps.some(({ status }) => status === "running")
  const ids =
    asked ??
    (isBusy
      ? []
      : ready(plan)
          .slice(0, 1)
          .map(({ id }) => id))
  const problem = ids.map((id) => cannotBegin(plan, id)).find((one) => one !== undefined)
  if (problem !== undefined) return refused(plan, [found, problem].filter(Boolean).join("; "))
  const startedAt = Date.now()
  const after = ids.reduce((now, id) => changed(now, id, { status: "running", startedAt, note: undefined }), plan)
  if (ids.length > 0) await keepPlan(store.session, after)
  const now = after.steps.filter(({ status }) => status === "running")
  const data = {
    ...(found !== "" && { finished: found }),
    ...(now.length > 0 && {
      now: now.map(({ id, title, detail, check, files }) => ({ id, title, detail, check, files }))
    }),
    next: nextOf(after, now),
    plan: viewOf(after)
  }
  const doing = now.map(({ id, title }) => `${id} ${title}`).join(", ")
  return { success: true, data, summary: [progressOf(after), doing].filter(Boolean).join(" · ") }
}

const cannotBegin = (plan: Plan, id: string): string | undefined => {
  const step = find(plan, id)
  if (step === undefined) return unknown(plan, id)
  if (isOver(step) || step.status === "running") return `step ${id} is ${step.status} already`
  const open = waitsFor(step, plan)
  return open.length === 0 ? undefined : `step ${id} waits for ${open.join(", ")}`
}

/** What to do now, in a sentence. */
const nextOf = (plan: Plan, now: ReadonlyArray<Step>): string => {
  if (plan.steps.every(isOver)) return "The plan is done."
  if (now.length > 0) return "Do what is under now, then finish it with execute_plan."
  const failed = plan.steps.filter(({ status }) => status === "failed").map(({ id }) => id)
  return `Nothing can begin: ${failed.join(", ")} failed. Start it again, skip it, or change the plan with reflect_and_revise.`
}
