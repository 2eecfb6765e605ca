/** Where the plan of a session is kept: among its notes, shared with its subagents. */
import * as z from "zod"
import { PortError, type Store } from "../../ports.ts"
import { stepStates } from "../../plan-view.ts"
import { oneAtATime } from "../one-at-a-time.ts"
import type { Plan } from "./steps.ts"

const key = "plan"

const kept = z.object({
  goal: z.string(),
  steps: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      detail: z.string().optional(),
      depends_on: z.array(z.string()),
      check: z.string().optional(),
      files: z.array(z.string()).optional(),
      status: z.enum(stepStates),
      note: z.string().optional(),
      startedAt: z.number().optional()
    })
  ),
  reflections: z.array(z.string())
})

/** @throws PortError for what no version that we know has written. */
export const findPlan = async (notes: Store): Promise<Plan | undefined> => {
  const value = await notes.get(key)
  if (value === undefined) return undefined
  const read = kept.safeParse(value)
  if (read.success) return read.data
  throw new PortError(
    "execution_error",
    "the plan that was kept cannot be read; make a new one: plan_task with replace"
  )
}

/** @throws PortError when there is none. */
export const needPlan = async (notes: Store): Promise<Plan> => {
  const plan = await findPlan(notes)
  if (plan !== undefined) return plan
  throw new PortError("not_found", "there is no plan yet: make one with plan_task")
}

export const keepPlan = (notes: Store, plan: Plan): Promise<void> => notes.set(key, plan)

/** One change after the other, so that a subagent's never undoes another's. */
export const changing = <A>(change: () => Promise<A>): Promise<A> => oneAtATime("plan", change)
