/** plan: a task as steps that wait for each other. The model does the work; what a step claims is checked. */
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import { type Answer, defineTool, refuse, type Tool } from "../tool.ts"
import { compare, unfit } from "./plan/compare.ts"
import { complexityOf } from "./plan/complexity.ts"
import { executePlan } from "./plan/execute.ts"
import { changing, findPlan, keepPlan, needPlan } from "./plan/notes.ts"
import { isOver, numbered, type Plan, problemsOf, progressOf, ready, viewOf } from "./plan/steps.ts"
import { reflectAndRevise } from "./plan/revise.ts"
import { givenStep } from "./plan/given.ts"

const assessComplexity: Tool = defineTool({
  name: "assess_complexity",
  description: "Rate a task by signs in its text: simple, moderate, complex.",
  risk: "read",
  input: z.object({ task: z.string() }),
  execute: ({ task }) => {
    const complexity = complexityOf(task)
    const advice = {
      simple: "Do it; a plan would cost more than it saves.",
      moderate: "Plan it in a few steps: plan_task.",
      complex: "Compare ways to do it, then plan it, each step with a check: compare_solutions, plan_task."
    }[complexity.level]
    return {
      success: true,
      data: { ...complexity, advice },
      summary: `${complexity.level} (${complexity.points} points)`
    }
  }
})

const compareSolutions: Tool = defineTool({
  name: "compare_solutions",
  description: "Rank options by your scores (0-10) and weights.",
  risk: "read",
  input: z.object({
    criteria: z.array(z.object({ name: z.string(), weight: z.number() })),
    options: z.array(z.object({ name: z.string(), scores: z.record(z.string(), z.number().min(0).max(10)) }))
  }),
  execute: ({ criteria, options }) => {
    const problems = unfit(criteria, options)
    if (problems.length > 0) return refuse("invalid_arguments", problems.join("; "))
    const comparison = compare(criteria, options)
    const [first] = comparison.ranking
    return { success: true, data: comparison, summary: `${first?.name} leads by ${comparison.lead}` }
  }
})

const planTask: Tool = defineTool({
  name: "plan_task",
  description: "Plan a task of several steps; then follow it with execute_plan.",
  risk: "read",
  idempotent: false,
  parallel: false,
  input: z.object({
    goal: z.string(),
    steps: z.array(givenStep),
    replace: z.boolean().optional().describe("An unfinished plan")
  }),
  execute: ({ goal, steps, replace = false }, { store }) =>
    changing(async (): Promise<Answer> => {
      const before = replace ? undefined : await findPlan(store.session)
      if (before !== undefined && !before.steps.every(isOver))
        return {
          ...refuse(
            "invalid_arguments",
            "there is an unfinished plan: change it with reflect_and_revise, or set replace"
          ),
          data: { plan: viewOf(before) }
        }
      const plan: Plan = { goal, steps: numbered(steps), reflections: [] }
      const problems = problemsOf(plan.steps)
      if (problems.length > 0) return refuse("invalid_arguments", problems.join("; "))
      await keepPlan(store.session, plan)
      const unproved = plan.steps.filter(({ check, files = [] }) => check === undefined && files.length === 0)
      return {
        success: true,
        data: {
          plan: viewOf(plan),
          ready: ready(plan).map(({ id }) => id),
          ...(unproved.length > 0 && { nothing_proves: unproved.map(({ id }) => id) })
        },
        summary: `planned ${plan.steps.length} ${plan.steps.length === 1 ? "step" : "steps"}: ${goal}`
      }
    })
})

const viewPlan: Tool = defineTool({
  name: "view_plan",
  description: "The plan and how far it is.",
  risk: "read",
  input: z.object({}),
  execute: async (_, { store }) => {
    const plan = await needPlan(store.session)
    const details = plan.steps.flatMap(({ id, detail, check, files }) =>
      detail === undefined && check === undefined && files === undefined ? [] : [{ id, detail, check, files }]
    )
    const { reflections } = plan
    return { success: true, data: { plan: viewOf(plan), details, reflections }, summary: progressOf(plan) }
  }
})

export const planPlugin: Plugin = definePlugin({
  name: "plan",
  description: "Complex tasks: assessed, compared, planned, followed step by step, revised.",
  tools: [assessComplexity, planTask, compareSolutions, viewPlan, executePlan, reflectAndRevise],
  capabilities: () => ["Plan a complex task in steps that are checked when they are done."]
})
