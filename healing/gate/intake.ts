/** Candidates as they come in, one at a time: V0, each text once, and the event loop given back between any two. */
import * as Effect from "effect/Effect"
import type { Candidate } from "../candidate.ts"
import type { Sources } from "../code.ts"
import type { Patient } from "../patient.ts"
import { judgeOf } from "../policy.ts"
import { namesReached } from "../policy/names.ts"
import { changedLines, mostLines } from "../policy/text.ts"
import type { View } from "../policy/tree.ts"
import type { Fallen } from "./weigh.ts"

/** Gives the view of a file as it runs now, parsed once; `undefined` when it cannot be parsed. */
export type Views = (path: string) => View | undefined

export interface IntakeOptions {
  readonly patient: Patient
  readonly root: string
  readonly sources: Sources
  readonly views: Views
  /** Whose making takes a few milliseconds each: no more are made than are asked for. */
  readonly candidates: Iterable<Candidate>
  /** Takes those that break a rule. */
  readonly falls: Array<Fallen>
  /** Candidates that are looked at. */
  readonly most: number
}

/** @returns the next that keeps the policy, each time it is run; `undefined` when there is none left. */
export const intakeOf = (options: IntakeOptions): Effect.Effect<Candidate | undefined> => {
  const { candidates, falls, most } = options
  const iterator = candidates[Symbol.iterator]()
  const seen = new Set<string>()
  let judge: ReturnType<typeof judgesOf> | undefined
  return Effect.gen(function* () {
    while (seen.size < most) {
      // Other sessions live on the same thread, and to make one, to judge one, are pieces of work that cannot be split.
      yield* Effect.yieldNow
      const { done, value: candidate } = iterator.next()
      if (done === true) return undefined
      const text = JSON.stringify([...candidate.sources])
      if (seen.has(text)) continue
      seen.add(text)
      yield* Effect.yieldNow
      judge ??= judgesOf(options)
      const violations = judge(candidate)
      if (violations.length === 0) return candidate
      falls.push({ candidate, check: "V0", reason: `it ${violations.slice(0, 3).join("; it ")}` })
    }
    return undefined
  })
}

const judgesOf = ({ patient: { failure, tool }, root, sources, views }: IntakeOptions) => {
  const frames = failure.frames.filter(({ file }) => sources.has(file))
  // A failure that names no place may come from anywhere in what its call runs through; one of loading, too.
  const names =
    tool !== undefined && frames.length > 0
      ? namesReached(
          [...sources.keys()].flatMap((path) => views(path) ?? []),
          frames
        )
      : undefined
  const linesIn = (path: string) => frames.filter(({ file }) => file === path).map(({ line }) => line)
  const judges = new Map(
    [...sources.keys()].map((path) => {
      const reach = names === undefined ? {} : { names, lines: linesIn(path) }
      return [path, judgeOf({ path, root, before: () => views(path), ...reach })] as const
    })
  )
  return ({ sources: changed }: Candidate): ReadonlyArray<string> => {
    const texts = [...changed].filter(([path, text]) => text !== sources.get(path))
    const lines = texts.reduce((sum, [path, text]) => sum + changedLines(sources.get(path) ?? "", text), 0)
    if (lines > mostLines) return [`changes ${lines} lines, and ${mostLines} are allowed`]
    return texts.flatMap(([path, after]) => {
      const judge = judges.get(path)
      return judge === undefined ? [`changes ${path}, which is no file of the plugin's own`] : judge(after)
    })
  }
}
