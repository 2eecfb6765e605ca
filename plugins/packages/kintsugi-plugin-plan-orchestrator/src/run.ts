/** The steps of a plan, done: as many side by side as may be, each after those that it depends on. */
import type { AgentTask, ToolContext } from "kintsugi/plugin"
import pLimit from "p-limit"
import type { Done } from "./memory.ts"
import type { Step } from "./plan.ts"
import { failureIn, promptOf } from "./prompt.ts"
import type { Purse } from "./purse.ts"

export interface StepEnd {
  readonly state: "done" | "failed" | "skipped"
  /** What came of it, or why nothing did. */
  readonly text: string
  /** It was done by an earlier call. */
  readonly isOld: boolean
}

export interface RunOptions {
  readonly goal: string
  readonly plan: ReadonlyArray<Step>
  readonly atOnce: number
  /** Of each step. */
  readonly task: Pick<AgentTask, "model" | "tools" | "timeout">
  readonly old: ReadonlyMap<string, Done>
  readonly purse: Purse
  /** The call's own. */
  readonly signal: AbortSignal
  /** The end of the plan's time. */
  readonly deadline: AbortSignal
  /** A step was done by its agent; awaited before the steps that build on it begin. */
  readonly onDone: (id: string, done: Done) => Promise<void>
  /** Ids of the steps that are being done, and of those that are over. */
  readonly onChange: (running: ReadonlyArray<string>, over: number) => void
}

export const runSteps = async (options: RunOptions, { agents }: Pick<ToolContext, "agents">) => {
  const { plan, old, onChange } = options
  const limit = pLimit(options.atOnce)
  const ends = new Map<string, StepEnd>()
  const running = new Set<string>()
  const begun = new Map<Step, Promise<StepEnd>>()
  const byId = new Map(plan.map((step) => [step.id, step]))

  const work = async (step: Step): Promise<StepEnd> => {
    const stop = reasonToStop(options)
    if (stop !== undefined) return { state: "skipped", text: stop, isOld: false }
    running.add(step.id)
    onChange([...running], ends.size)
    try {
      return await doStep(step, new Map(step.after.map((id) => [id, ends.get(id)?.text ?? ""])), options, agents)
    } finally {
      running.delete(step.id)
    }
  }

  const settle = async (step: Step): Promise<StepEnd> => {
    const kept = old.get(step.id)
    if (kept !== undefined) return { state: "done", text: kept.text, isOld: true }
    await Promise.all(step.after.flatMap((id) => byId.get(id) ?? []).map(endOf))
    const missing = step.after.filter((id) => ends.get(id)?.state !== "done")
    if (missing.length > 0) return { state: "skipped", text: `it builds on ${missing.join(", ")}`, isOld: false }
    return limit(work, step)
  }

  /** Once for each step: all that wait for it wait for the same. */
  const endOf = (step: Step): Promise<StepEnd> => {
    const one =
      begun.get(step) ??
      settle(step).then((end) => {
        ends.set(step.id, end)
        onChange([...running], ends.size)
        return end
      })
    begun.set(step, one)
    return one
  }

  await Promise.all(plan.map(endOf))
  return ends as ReadonlyMap<string, StepEnd>
}

const reasonToStop = ({ signal, deadline, purse }: RunOptions): string | undefined => {
  if (signal.aborted) return "not begun: the call was cancelled"
  if (deadline.aborted) return "not begun: the time for the plan was over"
  const empty = purse.empty()
  return empty === undefined ? undefined : `not begun: ${empty}`
}

const doStep = async (
  step: Step,
  results: ReadonlyMap<string, string>,
  { goal, task, signal, deadline, purse, onDone }: RunOptions,
  agents: ToolContext["agents"]
): Promise<StepEnd> => {
  const failed = (text: string): StepEnd => ({ state: "failed", text, isOld: false })
  try {
    const order = { ...task, prompt: promptOf(goal, step, results), description: step.title }
    const result = await agents.run(order, { signal: AbortSignal.any([signal, deadline]) })
    purse.pay(result)
    const { text, session, end } = result
    if (end !== "replied")
      return failed(`${deadline.aborted ? "stopped at the end of the plan's time" : wordsFor[end]}: ${text}`)
    const why = failureIn(text)
    if (why !== undefined) return failed(why || "its agent said that it cannot be done")
    await onDone(step.id, { text, session })
    return { state: "done", text, isOld: false }
  } catch (error) {
    // One step that cannot even be begun takes along those that build on it, not the others.
    return failed(error instanceof Error ? error.message : String(error))
  }
}

const wordsFor = {
  failed: "its agent failed",
  cancelled: "its agent was stopped",
  timed_out: "its agent took too long",
  interrupted: "the program ended under it"
} as const
