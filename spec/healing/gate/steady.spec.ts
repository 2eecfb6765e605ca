import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { isBeyond, steady } from "../../../healing/gate/steady.ts"
import type { Play } from "../../../healing/tape.ts"
import type { Outcome, Trial } from "../../../healing/trial.ts"

const play = (input: number): Play => ({
  kind: "mutated",
  tool: "t",
  input,
  world: { cwd: "/w", taskStartedAt: 0, uses: [] }
})

const answered = (data: unknown, beyond: ReadonlyArray<string> = []): Outcome => ({
  type: "answered",
  answer: { success: true, data },
  effects: [],
  beyond
})

const hung: Outcome = {
  type: "ended",
  failure: { kind: "hung", errorClass: "execution_error", name: "", said: "", message: "", frames: [] }
}

/** Counts its calls: the second and later ones give what the code makes of the order. */
const trialOf = (answer: (input: unknown, nth: number) => Outcome) => {
  const asked: Array<unknown> = []
  const trial: Trial = {
    play: (_, plays) => {
      asked.push(plays.map(({ input }) => input))
      return Effect.succeed({
        loaded: true,
        manifest: { name: "p", tools: [], hooks: [] },
        outcomes: plays.map(({ input }, nth) => answer(input, nth))
      })
    }
  }
  return { trial, asked }
}

const plays = [play(1), play(2), play(3)]
const again = (trial: Trial, outcomes: ReadonlyArray<Outcome>) =>
  Effect.runPromise(steady(trial, new Map(), plays, outcomes, {}))

describe("what of an outcome is evidence", () => {
  it("keeps what comes again when the calls are played in the other order", async () => {
    const { trial, asked } = trialOf((input) => answered(input))
    const outcomes = [answered(1), answered(2), answered(3)]
    expect(await again(trial, outcomes)).toEqual(outcomes)
    expect(asked).toEqual([[3, 2, 1]])
  })

  it("drops what hangs on the calls before it", async () => {
    const { trial } = trialOf((_, nth) => answered(nth))
    expect(await again(trial, [answered(0), answered(1), answered(2)])).toEqual([undefined, answered(1), undefined])
  })

  it("does not play again what ended its place", async () => {
    const { trial, asked } = trialOf((input) => answered(input))
    expect(await again(trial, [answered(1), hung, answered(3)])).toEqual([answered(1), hung, answered(3)])
    expect(asked).toEqual([[3, 1]])
    expect(await again(trial, [hung, hung, hung])).toEqual([hung, hung, hung])
    expect(asked).toHaveLength(1)
  })

  it("knows what went beyond the tape", () => {
    expect(isBeyond(answered(1, ["fetch http://a"]))).toBe(true)
    expect(isBeyond(answered(1))).toBe(false)
    expect(isBeyond(hung)).toBe(false)
  })
})
