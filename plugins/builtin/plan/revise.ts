/** `reflect_and_revise`: what was learned is kept, and what is still to do is planned anew; what is done stays done. */
import * as z from "zod"
import { type Answer, defineTool, refuse, type Tool } from "../../tool.ts"
import { givenStep } from "./given.ts"
import { changing, keepPlan, needPlan } from "./notes.ts"
import { isOver, numbered, type Plan, problemsOf, progressOf, ready, type Step, viewOf } from "./steps.ts"

/** Reflections that are kept. */
const mostReflections = 20

export const reflectAndRevise: Tool = defineTool({
  name: "reflect_and_revise",
  description:
    "After a failure: what you learned, and the steps still to do. Done ones stay; what you leave out of an old step stays.",
  risk: "read",
  idempotent: false,
  parallel: false,
  input: z.object({ reflection: z.string(), steps: z.array(givenStep).optional() }),
  execute: ({ reflection, steps }, { store }) =>
    changing(async (): Promise<Answer> => {
      const before = await needPlan(store.session)
      const plan = { ...before, reflections: [...before.reflections, reflection].slice(-mostReflections) }
      const revised = steps === undefined ? plan : { ...plan, steps: [...stays(plan), ...stillToDo(plan, steps)] }
      const over = stays(plan).filter(({ id }) => steps?.some((step) => step.id === id))
      const problems = [
        ...over.map(({ id, status }) => `step ${id} is ${status} and stays as it is: leave it out`),
        ...(over.length > 0 ? [] : problemsOf(revised.steps))
      ]
      if (problems.length > 0)
        return { ...refuse("invalid_arguments", problems.join("; ")), data: { plan: viewOf(before) } }
      await keepPlan(store.session, revised)
      const dropped = before.steps.filter(({ id }) => !revised.steps.some((step) => step.id === id)).map(({ id }) => id)
      return {
        success: true,
        data: {
          ...(dropped.length > 0 && { dropped }),
          ready: ready(revised).map(({ id }) => id),
          plan: viewOf(revised)
        },
        summary: `revised the plan: ${progressOf(revised)}`
      }
    })
})

const stays = ({ steps }: Plan): ReadonlyArray<Step> => steps.filter(isOver)

/** Each begins anew. */
const stillToDo = ({ steps }: Plan, given: ReadonlyArray<z.output<typeof givenStep>>): ReadonlyArray<Step> => {
  const ids = steps.map(({ id }) => id)
  return numbered(given, ids).map((step) => {
    const old = steps.find(({ id }) => id === step.id)
    if (old === undefined) return step
    const { depends_on, detail, check, files } = given.find(({ id }) => id === step.id) ?? step
    return {
      ...step,
      depends_on: depends_on ?? old.depends_on,
      detail: detail ?? old.detail,
      check: check ?? old.check,
      files: files ?? old.files
    }
  })
}
