/** The ladder: the first rung that fits, the next one when it does not hold, and every word of it kept. */
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { diagnose } from "../../healing/failure.ts"
import { climb } from "../../healing/ladder.ts"
import type { Patient } from "../../healing/patient.ts"
import { type Heal, NotApplicable, RepairFailed, type Strategy, type StrategyName } from "../../healing/strategy.ts"

const patient: Patient = { plugin: "words", failure: diagnose(new TypeError("x is not a function")), recorded: [] }

const healOf = (strategy: StrategyName): Heal => ({
  strategy,
  state: "provisional",
  summary: `${strategy} mended it`,
  degraded: [],
  proof: [],
  remedy: { type: "reload" }
})

const strategy = (name: StrategyName, mend: Strategy["mend"]): Strategy => ({ name, mend })
const fits = (name: StrategyName) => strategy(name, () => Effect.succeed(healOf(name)))
const unfit = (name: StrategyName) => strategy(name, () => Effect.fail(new NotApplicable({ reason: "not mine" })))
const fails = (name: StrategyName, proposal?: Heal) =>
  strategy(name, () =>
    Effect.fail(new RepairFailed({ reason: "no luck", ...(proposal === undefined ? {} : { proposal }) }))
  )

const holds = (heal: Heal) => Effect.succeed(heal)

const climbed = (strategies: ReadonlyArray<Strategy>, hold: Parameters<typeof climb>[1]["hold"] = holds) =>
  Effect.runPromise(climb(patient, { strategies, hold }))

it("is entered at the first rung that fits, and left at the first that holds", async () => {
  const { heal, rungs } = await climbed([unfit("install"), unfit("patch"), fits("rewrite"), fails("wrap")])
  expect(heal?.strategy).toBe("rewrite")
  expect(rungs).toEqual([{ strategy: "rewrite", outcome: "healed", reason: "rewrite mended it" }])
})

it("escalates from a rung that fails, and says why each did", async () => {
  const { heal, rungs } = await climbed([fails("install"), unfit("patch"), fits("rewrite")])
  expect(heal?.strategy).toBe("rewrite")
  expect(rungs.map(({ strategy, outcome }) => [strategy, outcome])).toEqual([
    ["install", "failed"],
    ["patch", "not_applicable"],
    ["rewrite", "healed"]
  ])
})

it("goes on from a heal that does not hold, with the ladder so far handed to whoever holds it", async () => {
  const seen: Array<number> = []
  const { heal, rungs } = await climbed([fits("patch"), fits("rewrite")], (heal, rungs) => {
    seen.push(rungs.length)
    expect(rungs.at(-1)).toMatchObject({ strategy: heal.strategy, outcome: "healed" })
    return heal.strategy === "patch" ? Effect.fail(new RepairFailed({ reason: "it is gone again" })) : holds(heal)
  })
  expect(heal?.strategy).toBe("rewrite")
  expect(rungs[0]).toEqual({ strategy: "patch", outcome: "failed", reason: "it is gone again" })
  expect(seen).toEqual([1, 2])
})

it("keeps the likeliest proposal when nothing holds, and none when something does", async () => {
  const [first, second] = [healOf("install"), healOf("rewrite")]
  const { heal, proposal, rungs } = await climbed([fails("install", first), fails("rewrite", second)])
  expect([heal, proposal]).toEqual([undefined, first])
  expect(rungs.map(({ outcome }) => outcome)).toEqual(["proposed", "proposed"])
  expect((await climbed([fails("install", first), fits("rewrite")])).proposal).toBeUndefined()
})

it("stands when a strategy breaks itself", async () => {
  const { heal, rungs } = await climbed([strategy("patch", () => Effect.die(new Error("oops"))), fits("rewrite")])
  expect(heal?.strategy).toBe("rewrite")
  expect(rungs[0]).toEqual({ strategy: "patch", outcome: "failed", reason: "it broke itself: oops" })
})

it("is empty when nothing fits", async () => {
  expect(await climbed([unfit("install"), unfit("rewrite")])).toEqual({ rungs: [] })
})
