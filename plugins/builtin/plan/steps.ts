/** A plan as a list of steps that wait for each other: what is wrong with one, what may begin, how it is shown. */
import type { PlanView, StepState } from "../../plan-view.ts"

/** A step as a model gives it. */
export interface GivenStep {
  readonly id?: string | undefined
  readonly title: string
  readonly detail?: string | undefined
  readonly depends_on?: ReadonlyArray<string> | undefined
  /** Shell command whose exit code 0 proves it. */
  readonly check?: string | undefined
  /** That are there when it is done, made or changed since it began. */
  readonly files?: ReadonlyArray<string> | undefined
}

export interface Step extends GivenStep {
  readonly id: string
  readonly depends_on: ReadonlyArray<string>
  readonly status: StepState
  readonly note?: string | undefined
  /** Milliseconds since the Unix epoch. */
  readonly startedAt?: number | undefined
}

export interface Plan {
  readonly goal: string
  readonly steps: ReadonlyArray<Step>
  /** What was learned on the way, newest last. */
  readonly reflections: ReadonlyArray<string>
}

/** Whoever has more to do makes several plans. */
export const mostSteps = 50

/** Steps with ids: their own, or the next number that is free. */
export const numbered = (given: ReadonlyArray<GivenStep>, taken: ReadonlyArray<string> = []): ReadonlyArray<Step> => {
  const used = new Set([...taken, ...given.flatMap(({ id }) => id ?? [])])
  let last = 0
  const next = (): string => {
    while (used.has(String(++last)));
    return String(last)
  }
  return given.map((step) => ({ ...step, id: step.id ?? next(), depends_on: step.depends_on ?? [], status: "pending" }))
}

/** @returns all that is wrong, each with what to do about it; empty when it can be followed. */
export const problemsOf = (steps: ReadonlyArray<Step>): ReadonlyArray<string> => {
  if (steps.length === 0) return ["a plan needs at least one step"]
  if (steps.length > mostSteps) return [`a plan has at most ${mostSteps} steps, not ${steps.length}: join small ones`]
  const ids = steps.map(({ id }) => id)
  const twice = [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))]
  const unknown = steps.flatMap(({ id, depends_on }) =>
    depends_on
      .filter((other) => !ids.includes(other))
      .map((other) => `step ${id} depends on ${other}, which is no step; there are: ${ids.join(", ")}`)
  )
  const circle = circleIn(steps)
  return [
    ...twice.map((id) => `the id ${id} stands at several steps: give each its own`),
    ...unknown,
    ...(circle.length === 0 ? [] : [`these steps wait for each other: ${circle.join(" → ")}; take one dependency away`])
  ]
}

/** Ids along a circle, its first again at the end; empty when there is none. */
const circleIn = (steps: ReadonlyArray<Step>): ReadonlyArray<string> => {
  const after = new Map(steps.map(({ id, depends_on }) => [id, depends_on]))
  const cleared = new Set<string>()
  const walk = (id: string, way: ReadonlyArray<string>): ReadonlyArray<string> => {
    if (way.includes(id)) return [...way.slice(way.indexOf(id)), id]
    if (cleared.has(id)) return []
    for (const other of after.get(id) ?? []) {
      const circle = walk(other, [...way, id])
      if (circle.length > 0) return circle
    }
    cleared.add(id)
    return []
  }
  return steps.map(({ id }) => walk(id, [])).find((circle) => circle.length > 0) ?? []
}

export const isOver = ({ status }: Step): boolean => status === "done" || status === "skipped"

/** Ids of the steps that it still waits for. */
export const waitsFor = ({ depends_on }: Step, { steps }: Plan): ReadonlyArray<string> =>
  depends_on.filter((id) => !steps.some((step) => step.id === id && isOver(step)))

/** Those that may begin now, in order. */
export const ready = (plan: Plan): ReadonlyArray<Step> =>
  plan.steps.filter((step) => step.status === "pending" && waitsFor(step, plan).length === 0)

export const changed = (plan: Plan, id: string, change: Partial<Step>): Plan => ({
  ...plan,
  steps: plan.steps.map((step) => (step.id === id ? { ...step, ...change } : step))
})

export const viewOf = ({ goal, steps }: Plan): PlanView => ({
  goal,
  steps: steps.map(({ id, title, status, depends_on, note }) => ({
    id,
    text: title,
    state: status,
    ...(depends_on.length > 0 && { after: depends_on }),
    ...(note !== undefined && { note })
  }))
})

/** `2 of 5 steps done, 1 failed` */
export const progressOf = ({ steps }: Plan): string => {
  const count = (state: StepState): number => steps.filter(({ status }) => status === state).length
  const others = (["running", "failed", "skipped"] as const).flatMap((state) =>
    count(state) === 0 ? [] : `${count(state)} ${state}`
  )
  return [`${count("done")} of ${steps.length} ${steps.length === 1 ? "step" : "steps"} done`, ...others].join(", ")
}
