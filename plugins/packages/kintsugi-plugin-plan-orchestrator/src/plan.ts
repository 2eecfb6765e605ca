/** A plan as it is given: its steps with ids, and what is wrong with it. */
import * as z from "zod"

/** Whoever has more to do makes several plans. */
const mostSteps = 50

const given = z.object({
  id: z.string().min(1).max(60).optional().describe("Default its number"),
  title: z.string().min(1).max(200),
  detail: z
    .string()
    .max(10_000)
    .optional()
    .describe("All that its agent must know: it sees nothing of this conversation"),
  depends_on: z
    .array(z.string())
    .optional()
    .describe("Ids of steps that must be done before; their results are handed to it"),
  check: z.string().optional().describe("Shell command with which its agent proves it: exit code 0"),
  files: z.array(z.string()).optional().describe("Files that it makes or changes")
})

export const steps = z.array(given).min(1).max(mostSteps)

export interface Step extends Omit<z.infer<typeof given>, "id" | "depends_on"> {
  readonly id: string
  readonly after: ReadonlyArray<string>
}

export const numbered = (plan: z.infer<typeof steps>): ReadonlyArray<Step> => {
  const used = new Set(plan.flatMap(({ id }) => id ?? []))
  let last = 0
  const next = (): string => {
    while (used.has(String(++last)));
    return String(last)
  }
  return plan.map(({ id, depends_on, ...step }) => ({ ...step, id: id ?? next(), after: [...new Set(depends_on)] }))
}

/** @returns what keeps it from being followed, one line each. */
export const problemsOf = (plan: ReadonlyArray<Step>): ReadonlyArray<string> => {
  const ids = plan.map(({ id }) => id)
  const twice = [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))]
  const unknown = plan.flatMap(({ id, after }) =>
    after.filter((other) => !ids.includes(other)).map((other) => `step ${id} depends on ${other}, which is no step`)
  )
  const waiting = twice.length + unknown.length === 0 ? circleIn(plan) : []
  return [
    ...twice.map((id) => `the id ${id} stands at several steps`),
    ...unknown,
    ...(waiting.length === 0 ? [] : [`these steps wait for each other: ${waiting.join(", ")}`])
  ]
}

/** What is left when all that can begin has been taken away, again and again. */
const circleIn = (plan: ReadonlyArray<Step>): ReadonlyArray<string> => {
  let left = plan
  for (;;) {
    const ids = new Set(left.map(({ id }) => id))
    const rest = left.filter(({ after }) => after.some((id) => ids.has(id)))
    if (rest.length === left.length) return rest.map(({ id }) => id)
    left = rest
  }
}
