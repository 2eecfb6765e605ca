/** One case of OTP's suite as data: its name there, what it says here, and what is played. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import type { Group, NameIn } from "./names.ts"
import { makeStage, type Stage } from "./stage.ts"

export interface Case {
  readonly name: NameIn<Group>
  /** What the case says, one sentence. */
  readonly sentence: string
  readonly play: Effect.Effect<void, unknown>
}

export interface CaseGroup {
  readonly title: Group
  readonly cases: ReadonlyArray<Case>
}

/** Registers cases by their OTP names; called as `it`, so that reading them and linting them is as with any spec. */
export interface Otp<G extends Group> {
  readonly effect: (name: NameIn<G>, sentence: string, play: Play) => void
}

export type Play = (stage: Stage) => Effect.Effect<void, unknown, Scope.Scope>

/** Gathers the cases of a group. */
export const group = <G extends Group>(title: G, fill: (it: Otp<G>) => void): CaseGroup => {
  const cases: Array<Case> = []
  const effect: Otp<G>["effect"] = (name, sentence, play) => {
    cases.push({ name, sentence, play: onStage(play) })
  }
  fill({ effect })
  return { title, cases }
}

/** After the play all supervisors it started are closed while virtual time goes on: one that hangs then fails the case. */
const onStage = (play: Play) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const exit = yield* Effect.exit(Scope.provide(play(makeStage()), scope))
    const closing = yield* Effect.forkChild(Scope.close(scope, exit))
    yield* TestClock.adjust("1 day")
    yield* Fiber.join(closing)
    return yield* exit
  })
