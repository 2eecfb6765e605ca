/** The bench's judge: what a played case is worth, and which claims are lies. */
import { describe, expect, it } from "vitest"
import type { Case } from "../../healing/corpus/cases.ts"
import { figuresOf, quantile, wrappingEverything } from "./figures.ts"
import { judged } from "./outcome.ts"
import type { Played, Seam, Told } from "./theatre.ts"

const told = (more: Partial<Told> = {}): Told => ({
  isRight: true,
  success: true,
  isMarked: false,
  losses: 0,
  took: 10,
  text: "",
  ...more
})

const seam = (more: Partial<Seam> = {}): Seam => ({
  id: "s1",
  status: "active",
  state: "healed",
  strategy: "rewrite",
  summary: "",
  after: 100,
  rungs: [],
  proof: [],
  ...more
})

const right = told()
const mended = told({ outcome: "healed", isMarked: true })
const failed = told({ isRight: false, success: false, outcome: "contained" })
const wrong = told({ isRight: false })

const played = (
  answers: ReadonlyArray<Told>,
  seams: ReadonlyArray<Seam> = [],
  failing: Told | undefined = failed
): Played => ({
  history: [],
  failing,
  judged: answers,
  all: answers,
  seams,
  neighbour: [answers.length, answers.length],
  took: 1
})

const verdict = (unmended: Case["unmended"], of: Played) => judged({ id: "c1", unmended }, of)

describe("a case is", () => {
  it.each([
    { worth: "correct", what: "mended, and every test passes", answers: [mended, right], seams: [seam()] },
    { worth: "correct", what: "the same on probation", answers: [mended], seams: [seam({ state: "provisional" })] },
    { worth: "false", what: "mended, and a test fails", answers: [mended, wrong], seams: [seam()] },
    { worth: "false", what: "mended, and a test fails honestly", answers: [mended, failed], seams: [seam()] },
    {
      worth: "false",
      what: "taken back after it gave a wrong answer as a mended one",
      answers: [told({ outcome: "provisional", isMarked: true, isRight: false }), failed],
      seams: [seam({ status: "rolled_back" })]
    },
    {
      worth: "degraded",
      what: "answered with a loss that is named",
      answers: [told({ isRight: false, outcome: "degraded", losses: 1 })],
      seams: [seam({ state: "degraded" })]
    },
    {
      worth: "contained",
      what: "failed and told so",
      answers: [failed],
      seams: [seam({ status: "noted", state: "contained" })]
    },
    {
      worth: "contained",
      what: "a repair that was right as long as it was claimed, and taken back",
      answers: [mended, failed],
      seams: [seam({ status: "rolled_back" })]
    },
    {
      worth: "contained",
      what: "a repair that was taken back in time",
      answers: [failed],
      seams: [seam({ status: "rolled_back" })]
    }
  ] as const)("$worth: $what", ({ worth, answers, seams }) => {
    expect(verdict(["threw", "threw"], played(answers, seams)).worth).toBe(worth)
  })

  it("false and silent when a failure became a wrong success without a word", () => {
    expect(verdict(["threw"], played([wrong]))).toMatchObject({ worth: "false", isSilent: true })
  })

  it("false when a mended answer was wrong once, whatever came after", () => {
    const lie = told({ outcome: "healed", isMarked: true, isRight: false })
    const of = { ...played([mended], [seam()]), all: [lie, mended] }
    expect(verdict(["threw"], of)).toMatchObject({ worth: "false", isRight: true })
  })

  it("degraded when a failure became a wrong success that names its loss", () => {
    expect(verdict(["threw"], played([told({ isRight: false, losses: 1 })])).worth).toBe("degraded")
  })

  it("unnoticed when it is as wrong as it was and nothing is claimed", () => {
    expect(verdict(["wrong"], played([wrong], [], wrong))).toMatchObject({ worth: "unnoticed", isSilent: false })
  })
})

describe("figures", () => {
  const one = (unmended: Case["unmended"]): Case => ({
    id: "c1",
    suite: "covered",
    mutator: "m",
    reference: "r",
    file: "f",
    line: 1,
    what: "",
    changed: {},
    shows: "threw",
    failing: 0,
    unmended,
    history: [],
    isCrash: true,
    isSeen: true
  })
  const scored = (unmended: Case["unmended"], of: Played) => ({ case: one(unmended), result: verdict(unmended, of) })
  const correct = scored(["threw"], played([mended], [seam()]))
  const lie = scored(["threw"], played([mended, wrong], [seam()]))
  const honest = scored(["threw"], played([failed]))

  it("count a lie against what was claimed, and a correct heal against all faults", () => {
    expect(figuresOf([correct, correct, correct, lie, honest])).toMatchObject({ truth: 0.75, correctness: 0.6 })
    expect(figuresOf([correct, honest])).toMatchObject({ truth: 1, correctness: 0.5, availability: 1, containment: 1 })
  })

  it("count every call of a runtime that died as unanswered", () => {
    const died = { case: one(["threw", "right", "right"]), result: undefined }
    expect(figuresOf([honest, died])).toMatchObject({ deaths: 1, availability: 0.25, containment: 0.25 })
  })

  it("show what wrapping everything is worth: all is answered and nothing of it is true", () => {
    expect(wrappingEverything([one(["threw", "right"]), one(["wrong"])])).toMatchObject({
      availability: 1,
      correctness: 0,
      truth: 0,
      silent: 1
    })
  })

  it("take quantiles of what is there", () => {
    expect([quantile([3, 1, 2], 0.5), quantile([1, 2, 3], 0.95), quantile([], 0.5)]).toEqual([2, 3, Number.NaN])
  })
})
