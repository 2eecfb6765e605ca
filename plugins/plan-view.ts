/** A plan as an answer carries it, so that channels can show it: in the field `plan` of `data`, whoever's tool it is. */
import type { Answer } from "./tool.ts"

export const stepStates = ["pending", "running", "done", "failed", "skipped"] as const

export type StepState = (typeof stepStates)[number]

export interface StepView {
  readonly id: string
  readonly text: string
  readonly state: StepState
  /** Ids of the steps that it waits for. */
  readonly after?: ReadonlyArray<string>
  /** What came of it, or why not. */
  readonly note?: string
}

export interface PlanView {
  readonly goal: string
  readonly steps: ReadonlyArray<StepView>
}

/** @returns `undefined` for an answer that says nothing of a plan, `null` for one that takes it away. */
export const planIn = ({ data }: Pick<Answer, "data">): PlanView | null | undefined => {
  if (!isFields(data)) return undefined
  const { plan } = data
  if (plan === null) return null
  if (!isFields(plan) || typeof plan.goal !== "string" || !Array.isArray(plan.steps)) return undefined
  return plan.steps.every(isStep) ? { goal: plan.goal, steps: plan.steps } : undefined
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

const isStep = (value: unknown): value is StepView =>
  isFields(value) &&
  typeof value.id === "string" &&
  typeof value.text === "string" &&
  stepStates.some((state) => state === value.state) &&
  (value.note === undefined || typeof value.note === "string") &&
  (value.after === undefined || (Array.isArray(value.after) && value.after.every((id) => typeof id === "string")))
