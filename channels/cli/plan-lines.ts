/** A plan in `run`: a line when there is a new one, and one for each step that comes to another state. */
import { type PlanView, planIn, type StepState } from "../../plugins/plan-view.ts"
import type { Answer } from "../../plugins/tool.ts"
import { oneLine, printable } from "./printable.ts"

export const stepMarks: Readonly<Record<StepState, string>> = {
  pending: "☐",
  running: "▶",
  done: "☑",
  failed: "✗",
  skipped: "–"
}

export interface PlanNews {
  /** @returns lines for what this answer changed. */
  readonly hear: (answer: Answer) => ReadonlyArray<string>
}

export const planNews = (): PlanNews => {
  let before: PlanView | undefined
  const hear = (answer: Answer): ReadonlyArray<string> => {
    const plan = planIn(answer)
    if (plan === undefined) return []
    const lines = plan === null ? [] : changes(plan, before)
    before = plan ?? undefined
    return lines
  }
  return { hear }
}

const changes = ({ goal, steps }: PlanView, before: PlanView | undefined): ReadonlyArray<string> => {
  const isNew = before?.goal !== goal
  const known = new Map(before?.steps.map(({ id, state }) => [id, state]))
  const changed = steps.flatMap(({ id, state, text }, at) =>
    state === (known.get(id) ?? "pending") ? [] : [`  ${stepMarks[state]} ${at + 1}/${steps.length} ${told(text)}`]
  )
  return [
    ...(isNew ? [`plan: ${told(goal)} (${steps.length} ${steps.length === 1 ? "step" : "steps"})`] : []),
    ...changed
  ]
}

const told = (text: string): string => printable(oneLine(text, 160))
