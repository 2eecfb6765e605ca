/** Steps that are done, kept in the session: a plan that was broken off goes on where it was. */
import { createHash } from "node:crypto"
import type { Store } from "kintsugi/plugin"
import * as z from "zod"
import type { Step } from "./plan.ts"

const done = z.object({ text: z.string(), session: z.string() })

export type Done = z.infer<typeof done>

/**
 * What a step is known by: itself and all that it builds on. A step that is changed, or stands on a changed one, is
 * another step, and is done again.
 */
export const marksOf = (goal: string, plan: ReadonlyArray<Step>, how: unknown): ReadonlyMap<string, string> => {
  const byId = new Map(plan.map((step) => [step.id, step]))
  const marks = new Map<string, string>()
  const markOf = (id: string): string => {
    const known = marks.get(id)
    if (known !== undefined) return known
    const { id: _, after = [], ...step } = byId.get(id) ?? {}
    const hash = createHash("sha256").update(JSON.stringify([goal, how, id, step, after.map(markOf)]))
    const mark = `step.${hash.digest("hex").slice(0, 32)}`
    marks.set(id, mark)
    return mark
  }
  for (const { id } of plan) markOf(id)
  return marks
}

/** What was done before, by id. */
export const recall = async (store: Store, marks: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Done>> => {
  const kept = await Promise.all(
    [...marks].map(async ([id, mark]) => [id, done.safeParse(await store.get(mark)).data] as const)
  )
  return new Map(kept.flatMap(([id, one]) => (one === undefined ? [] : [[id, one] as const])))
}
