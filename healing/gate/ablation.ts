/**
 * Whether examples ask both sides of a condition that a repair has changed: where `true` or `false` in its place keeps them
 * all as well, they tell nothing of what it decides.
 */
import * as Effect from "effect/Effect"
import type { Sources } from "../code.ts"
import { child, isWithin, type Place, text, type View } from "../policy/tree.ts"
import type { Trial, TrialOptions } from "../trial.ts"
import { flawOf } from "./examples.ts"
import type { Ground } from "./ground.ts"

/** Changed conditions that are looked at. */
const mostConditions = 2

/** @returns one line for the user, when no example asks the other side. */
export const oneSided = (
  trial: Trial,
  ground: Ground,
  changes: ReadonlyArray<readonly [before: View, after: View]>,
  sources: Sources,
  options: TrialOptions
): Effect.Effect<string | undefined> =>
  Effect.gen(function* () {
    const items = [...ground.failing, ...ground.items].flatMap(({ play, example }) =>
      example === undefined ? [] : [{ play, example }]
    )
    const asked = changes.flatMap(([before, after]) => conditionsIn(before, after)).slice(0, mostConditions)
    for (const { view, place } of asked) {
      for (const fixed of ["true", "false"]) {
        const { start, end } = place.node
        const without = new Map([...ground.sources, ...sources])
        without.set(view.path, `${view.source.slice(0, start)}${fixed}${view.source.slice(end)}`)
        const plays = items.map(({ play }) => play)
        const report = yield* trial.play(without, plays, options)
        const doHold =
          report.loaded &&
          items.every(({ example }, at) => {
            const outcome = report.outcomes[at]
            return outcome !== undefined && flawOf(example, outcome) === undefined
          })
        if (doHold) return `no example asks the other side of ${view.source.slice(start, end).slice(0, 80)}`
      }
    }
    return undefined
  })

/** The innermost that are there now and were not before. */
const conditionsIn = (before: View, after: View) => {
  const known = new Set(before.places.map(({ shape }) => shape))
  const changed = after.places.filter((place) => isCondition(place) && !known.has(place.shape))
  return changed
    .filter((place) => !changed.some((one) => one !== place && isWithin(one, place.node)))
    .map((place) => ({ view: after, place }))
}

/** What a branch, a loop or a choice asks; what `&&`, `||` and `??` ask first; what compares or negates. */
const isCondition = ({ node, key, parent }: Place): boolean => {
  if (key === "test" && parent?.node.type !== "SwitchCase") return true
  if (parent?.node.type === "LogicalExpression") return child(parent.node, "left") === node
  if (node.type === "UnaryExpression") return text(node, "operator") === "!"
  return node.type === "BinaryExpression" && /^([=!]==?|[<>]=?|in|instanceof)$/.test(text(node, "operator"))
}
