/** The corpus is sound, and what healing promises holds on a small fixed part of it in the real runtime. */
import { spawnSync } from "node:child_process"
import { afterAll, describe, expect, it } from "vitest"
import { figuresOf } from "../bench/healing/figures.ts"
import { playAll } from "../bench/healing/pool.ts"
import { fromBuild } from "../built-places.ts"
import { type Case, caseNamed, drawCorpus } from "./corpus/cases.ts"
import { openQuickJudge } from "./corpus/quick.ts"
import { loadReference, loadReferences, referenceNames } from "./corpus/references.ts"

/** Milliseconds, on a machine that may have other things to do. */
const patience = 240_000

// Forks of this process take over its flags.
process.execArgv.push(fromBuild)

const judges = [openQuickJudge(), openQuickJudge()]
const [judge = openQuickJudge()] = judges
afterAll(() => {
  for (const one of judges) one.close()
})

const hasGit = spawnSync("git", ["--version"]).status === 0

describe.skipIf(!hasGit)("a reference tool (needs git)", () => {
  it.each(referenceNames)("%s passes its examples and its hidden tests", { timeout: patience }, async (name) => {
    const reference = await loadReference(name)
    const { load, hidden, examples } = await judge.judge(reference)
    expect(load).toBeUndefined()
    expect([...hidden, ...examples].filter(({ end }) => end !== "right")).toEqual([])
    expect(hidden.length).toBeGreaterThanOrEqual(8)
    expect(examples.length).toBeGreaterThanOrEqual(3)
  })
})

describe("the faults", { timeout: patience }, () => {
  const counts = { covered: 4, uncovered: 2, "stryker crash": 0, "stryker other": 0 }

  it("are the same for the same seed, others for another, and each breaks a hidden test", async () => {
    const references = (await loadReferences()).filter(({ name }) => name !== "git")
    const draw = (seed: number) => drawCorpus(references, { seed, counts }, judges)
    const [one, again, other] = [await draw(5), await draw(5), await draw(6)]
    expect(one.hash).toBe(again.hash)
    expect(one.hash).not.toBe(other.hash)
    expect(one.cases.map(({ suite }) => suite)).toEqual([
      "covered",
      "covered",
      "covered",
      "covered",
      "uncovered",
      "uncovered"
    ])
    expect(one.cases.every(({ unmended, failing }) => unmended[failing] !== "right")).toBe(true)
  })
})

type Named = readonly [reference: string, suite: Case["suite"], mutator: string, what: string]

const sample: ReadonlyArray<Named> = [
  ["csv", "covered", "misspell-member", "keys → kyes"],
  ["diff", "covered", "let-to-const", "let → const"],
  ["write", "covered", "drop-await", "await files.read(path) → files.read(path)"],
  ["json", "covered", "wrong-export", "assign → asisgn as assign"],
  ["search", "covered", "drop-initialiser", "= new Map<string, ReadonlyArray<Hit>>() → nothing"],
  ["sqlite", "uncovered", "wrong-comparison", ">= → >"]
]

/** Of the sample: fewer, and a strategy has stopped working. */
const least = 3

describe("healing", { timeout: patience }, () => {
  it("tells no lie, swallows nothing, hurts no neighbour, and mends what it is there to mend", async () => {
    const cases: Array<Case> = []
    for (const [reference, suite, mutator, what] of sample)
      cases.push(await caseNamed(await loadReference(reference), { suite, mutator, what }, judge))
    const { results, failed } = await playAll(cases, true)
    expect(failed).toEqual([])
    const lies = [...results.values()].filter(({ worth, isSilent }) => worth === "false" || isSilent)
    expect(lies.map(({ id, why }) => `${id}: ${why}`)).toEqual([])
    const figures = figuresOf(cases.map((one) => ({ case: one, result: results.get(one.id) })))
    expect(figures).toMatchObject({ containment: 1, truth: 1, silent: 0, deaths: 0 })
    expect(figures.worth.correct).toBeGreaterThanOrEqual(least)
  })
})
