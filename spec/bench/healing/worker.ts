/** Plays the cases that its parent sends, one at a time. */
import type { Case } from "../../healing/corpus/cases.ts"
import type { HiddenTest } from "../../healing/corpus/hidden-test.ts"
import { loadReferences, type Reference } from "../../healing/corpus/references.ts"
import { judged, type Result } from "./outcome.ts"
import { play } from "./theatre.ts"

export interface Job {
  readonly case: Case
  readonly isHealing: boolean
}

export type Done = { readonly result: Result } | { readonly error: string }

const references: ReadonlyMap<string, Reference> = new Map((await loadReferences()).map((one) => [one.name, one]))

const run = async ({ case: one, isHealing }: Job): Promise<Result> => {
  const reference = references.get(one.reference)
  if (reference === undefined) throw new Error(`there is no reference ${one.reference}`)
  const { name, main, files, hidden } = reference
  const failing: HiddenTest | undefined = one.shows === "load" ? undefined : hidden[one.failing]
  const piece = {
    name: `ref-${name}`,
    main,
    files: { ...files, ...one.changed },
    history: one.history,
    failing,
    hidden,
    isSeen: one.isSeen,
    isHealing
  }
  return judged(one, await play(piece))
}

process.on("message", (job: Job) => {
  run(job).then(
    (result) => process.send?.({ result } satisfies Done),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Done)
  )
})
process.on("disconnect", () => process.exit(0))
// A plugin's stray errors are not the bench's.
process.on("unhandledRejection", () => {})
