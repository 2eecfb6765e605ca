/** A plan followed through a runtime, and the rules that it keeps. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { storeShelf } from "../../../actors/store/stores.ts"
import { executePlan } from "../../../plugins/builtin/plan/execute.ts"
import { changed, numbered, type Plan, problemsOf, ready } from "../../../plugins/builtin/plan/steps.ts"
import { planIn } from "../../../plugins/plan-view.ts"
import { played } from "../../actors/played-model.ts"
import { answersOf, makeStage } from "../../actors/stage.ts"
import { workspace } from "../workspace.ts"

const stage = makeStage()

/** What these calls are answered with, one after another. */
const answers = async (...calls: ReadonlyArray<readonly [name: string, input: object]>) => {
  const plays = calls.map(([name, input], n) => ({ calls: [{ id: `c${n}`, name, input }] }))
  const { session, notices } = await stage.open(played([...plays, "done"]), [])
  await session.ask("go")
  return answersOf(notices)
}

const steps = [
  { title: "write it", files: ["fib.js"] },
  { title: "test it", depends_on: ["1"], check: "node fib.js" },
  { title: "tell", depends_on: ["2"] }
]
const plan = ["plan_task", { goal: "fib", steps }] as const
const written = (content: string) => ["write_file", { path: "fib.js", content }] as const
const states = (answer: Parameters<typeof planIn>[0] | undefined) =>
  answer === undefined
    ? "none"
    : planIn(answer)
        ?.steps.map(({ state }) => state)
        .join(" ")

describe("following a plan", () => {
  it("takes steps in their order, believes no claim, and keeps what failed until it is mended or planned anew", async () => {
    const [planned, first, missing, , proved, failed, revised, again, skipped, told, view] = await answers(
      plan,
      ["execute_plan", {}],
      ["execute_plan", { finish: "1" }],
      written("process.exit(3)"),
      ["execute_plan", { finish: "1", note: "short" }],
      ["execute_plan", { finish: "2" }],
      [
        "reflect_and_revise",
        { reflection: "3 is no success", steps: [{ id: "2", title: "try it" }, { title: "tell" }] }
      ],
      ["execute_plan", {}],
      ["execute_plan", { finish: "2", status: "skipped", start: ["4"] }],
      ["execute_plan", { finish: "4" }],
      ["view_plan", {}]
    )
    expect(planned).toMatchObject({ success: true, data: { ready: ["1"], nothing_proves: ["3"] } })
    expect(first).toMatchObject({ success: true, data: { now: [{ id: "1", title: "write it", files: ["fib.js"] }] } })
    expect(missing).toMatchObject({ success: false, error: expect.stringContaining("there is no file fib.js") })
    expect(states(missing)).toBe("failed pending pending")
    expect(proved).toMatchObject({
      success: true,
      data: { finished: "step 1 done (fib.js is there)", now: [{ id: "2" }] }
    })
    expect(failed).toMatchObject({ success: false, errorClass: "execution_error" })
    expect(failed?.error).toContain("`node fib.js` exit code 3")
    expect(states(failed)).toBe("done failed pending")
    expect(revised).toMatchObject({ success: true, data: { dropped: ["3"], ready: ["2", "4"] } })
    expect(again).toMatchObject({ success: true, data: { now: [{ id: "2", check: "node fib.js" }] } })
    expect(states(skipped)).toBe("done skipped running")
    expect(told).toMatchObject({
      success: true,
      data: { finished: "step 4 done (not checked)", next: "The plan is done." }
    })
    expect(view).toMatchObject({
      success: true,
      summary: "2 of 3 steps done, 1 skipped",
      data: { reflections: ["3 is no success"], plan: { steps: [{ note: "short; fib.js is there" }, {}, {}] } }
    })
  })

  it("does not believe in a file that was there before the step began", async () => {
    await using space = await workspace()
    const store = storeShelf(undefined).of("plan", "s", "/p")
    await space.put({ "fib.js": "1" })
    const kept: Plan = { goal: "g", steps: numbered([{ title: "t", files: ["fib.js"] }]), reflections: [] }
    const began = (startedAt: number) => changed(kept, "1", { status: "running", startedAt })
    await store.session.set("plan", began(Date.now() + 3_600_000))
    const stale = await space.call("execute_plan", { finish: "1" }, { store })
    expect(stale.error).toContain("fib.js was not changed since the step began")
    await store.session.set("plan", began(Date.now() - 3_600_000))
    expect(await space.call("execute_plan", { finish: "1" }, { store })).toMatchObject({ success: true })
  })

  it("says what is wrong with an order, and changes nothing by it", async () => {
    const said = await answers(
      ["execute_plan", {}],
      ["reflect_and_revise", { reflection: "none" }],
      plan,
      ["plan_task", { goal: "other", steps: [{ title: "x" }] }],
      ["execute_plan", { finish: "9" }],
      ["execute_plan", { finish: "2" }],
      ["execute_plan", { start: ["3"] }],
      ["execute_plan", { finish: "1", status: "failed" }],
      ["execute_plan", {}],
      ["reflect_and_revise", { reflection: "r", steps: [{ title: "x", depends_on: ["2"] }] }],
      ["execute_plan", { finish: "1", status: "skipped" }],
      ["reflect_and_revise", { reflection: "r", steps: [{ id: "1", title: "x" }] }],
      ["execute_plan", { finish: "1" }],
      ["plan_task", { goal: "other", steps: [{ title: "x" }], replace: true }]
    )
    const errors = said.map(({ error = "" }) => error)
    expect(errors[0]).toContain("make one with plan_task")
    expect(errors[1]).toContain("make one with plan_task")
    expect(errors[3]).toContain("change it with reflect_and_revise, or set replace")
    expect(errors[4]).toContain("there is no step 9; there are: 1, 2, 3")
    expect(errors[5]).toContain("step 2 waits for 1: finish that first")
    expect(errors[6]).toContain("step 3 waits for 2")
    expect(said[8]).toMatchObject({ success: true, data: { next: expect.stringContaining("1 failed") } })
    expect(errors[9]).toContain("step 1 depends on 2, which is no step".replace("step 1", "step 4"))
    expect(errors[11]).toContain("step 1 is skipped and stays as it is")
    expect(errors[12]).toContain("step 1 is skipped already")
    expect(said.slice(3, 8).map(states)).toEqual([
      "pending pending pending",
      "pending pending pending",
      "pending pending pending",
      "pending pending pending",
      "failed pending pending"
    ])
    expect(said[13]).toMatchObject({ success: true, data: { plan: { goal: "other" } } })
  })

  it("asks for a check as for any command, and runs no other than was permitted", async () => {
    await using space = await workspace()
    const shelf = storeShelf(undefined)
    const store = shelf.of("plan", "s", "/p")
    const context = { ...space.context, store }
    const kept: Plan = { goal: "g", steps: numbered([{ title: "t", check: "true" }]), reflections: [] }
    await store.session.set("plan", kept)
    const decoded = async (input: object) => {
      const read = await executePlan.decode(input)
      return "input" in read ? read.input : undefined
    }
    const order = await decoded({ finish: "1" })
    expect(await executePlan.preview(order, context)).toEqual({ risk: "execute", command: "true" })
    expect(await executePlan.preview(await decoded({ finish: "1", status: "failed" }), context)).toEqual({})
    expect(await executePlan.preview(await decoded({}), context)).toEqual({})
    // What a subagent may do meanwhile.
    await store.session.set("plan", changed(kept, "1", { check: "touch stolen" }))
    expect((await executePlan.execute(order, context)).error).toContain("was changed while this call waited")
    expect(await space.context.files.stat("stolen")).toBeUndefined()
    await store.session.set("plan", kept)
    expect(await executePlan.execute(order, context)).toMatchObject({ success: true })
  })
})

describe("the rules of a plan", () => {
  it.each<[string, Parameters<typeof numbered>[0], string]>([
    ["nothing", [], "at least one step"],
    ["too much", Array.from({ length: 51 }, () => ({ title: "x" })), "at most 50 steps, not 51"],
    [
      "an id twice",
      [
        { id: "a", title: "x" },
        { id: "a", title: "y" }
      ],
      "the id a stands at several steps"
    ],
    ["an unknown id", [{ title: "x", depends_on: ["z"] }], "step 1 depends on z, which is no step; there are: 1"],
    ["itself", [{ title: "x", depends_on: ["1"] }], "these steps wait for each other: 1 → 1"],
    ["a circle", [1, 2, 3].map((n) => ({ title: "x", depends_on: [String((n % 3) + 1)] })), "1 → 2 → 3 → 1"],
    ["a long circle", [1, 2, 3, 4, 5, 6].map((n) => ({ title: "x", depends_on: [String((n % 6) + 1)] })), "6 → 1"]
  ])("refuse %s", (_, given, said) => {
    expect(problemsOf(numbered(given)).join("\n")).toContain(said)
  })

  const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.array(fc.uniqueArray(fc.integer({ min: 1, max: size }).map(String), { maxLength: 3 }), {
      minLength: size,
      maxLength: size
    })
  )

  it("let every plan that they accept be followed to its end, each step after those that it waits for", () => {
    let [accepted, refused] = [0, 0]
    fc.assert(
      fc.property(graph, (edges) => {
        const given = numbered(edges.map((depends_on, n) => ({ title: `step ${n + 1}`, depends_on })))
        const isAccepted = problemsOf(given).length === 0
        let now: Plan = { goal: "g", steps: given, reflections: [] }
        const order: Array<string> = []
        for (let next = ready(now)[0]; next !== undefined; next = ready(now)[0]) {
          expect(next.depends_on.every((id) => order.includes(id))).toBe(true)
          order.push(next.id)
          now = changed(now, next.id, { status: "done" })
        }
        expect(order.length === given.length).toBe(isAccepted)
        if (isAccepted) accepted++
        else refused++
      })
    )
    expect(Math.min(accepted, refused)).toBeGreaterThan(5)
  })

  it("give numbers that nobody has", () => {
    const given = [{ title: "a" }, { id: "1", title: "b" }, { title: "c" }]
    expect(numbered(given, ["3"]).map(({ id }) => id)).toEqual(["2", "1", "4"])
  })
})

describe("compare_solutions", () => {
  const call = async (input: object) => {
    await using space = await workspace()
    return await space.call("compare_solutions", input)
  }
  const criteria = [
    { name: "speed", weight: 3 },
    { name: "safety", weight: 1 }
  ]

  it("ranks by the sums, says how far the first is ahead and what that hangs on", async () => {
    const options = [
      { name: "careful", scores: { speed: 4, safety: 10 } },
      { name: "fast", scores: { speed: 9, safety: 1 } }
    ]
    expect(await call({ criteria, options })).toEqual({
      success: true,
      data: {
        ranking: [
          { name: "fast", total: 7 },
          { name: "careful", total: 5.5 }
        ],
        lead: 1.5,
        hangs_on: ["speed"]
      },
      summary: "fast leads by 1.5"
    })
  })

  it("refuses what cannot be compared, each gap by its name", async () => {
    const answer = await call({
      criteria: [...criteria, { name: "speed", weight: 0 }],
      options: [
        { name: "a", scores: { speed: 1 } },
        { name: "a", scores: { speed: 1, safety: 1, looks: 1 } }
      ]
    })
    expect(answer).toMatchObject({ success: false, errorClass: "invalid_arguments" })
    for (const gap of [
      "the criterion speed stands there twice",
      "the option a stands there twice",
      "the weight of speed must be above 0",
      "a has no score for safety",
      "a has a score for looks, which is no criterion"
    ])
      expect(answer.error).toContain(gap)
    expect((await call({ criteria: [], options: [] })).error).toContain("two options")
    await expect(call({ criteria, options: [{ name: "a", scores: { speed: 11, safety: 0 } }] })).rejects.toThrow(
      "speed"
    )
  })
})

it("assess_complexity counts signs, so that the same text has the same answer", async () => {
  await using space = await workspace()
  const level = async (task: string) => (await space.call("assess_complexity", { task })).data
  expect(await level("Fix the typo in README.md.")).toMatchObject({ level: "simple", points: 0, signs: [] })
  expect(await level("Add a flag to the client and the server, then run the tests.")).toMatchObject({
    level: "moderate"
  })
  const large = `Refactor the whole storage layer across all modules:
    - migrate the database in src/db/schema.ts, src/db/rows.ts, src/api/server.ts and src/api/client.ts
    - delete the old cache; find out why it is flaky
    - prove with benchmarks and tests that latency is no worse in production
    - then deploy`
  expect(await level(large)).toMatchObject({ level: "complex", advice: expect.stringContaining("compare_solutions") })
  expect(await level(large)).toEqual(await level(large))
})

it("plans are read from answers only when they are plans", () => {
  const view = { goal: "g", steps: [{ id: "1", text: "t", state: "pending" }] }
  expect(planIn({ data: { plan: view } })).toEqual(view)
  expect(planIn({ data: { plan: null } })).toBeNull()
  for (const data of [
    undefined,
    "plan",
    { plan: 1 },
    { plan: { goal: 1, steps: [] } },
    { plan: { goal: "g", steps: {} } }
  ])
    expect(planIn({ data })).toBeUndefined()
  const bad = [{ id: 1 }, { text: 1 }, { state: "lost" }, { note: 1 }, { after: [1] }]
  for (const one of bad)
    expect(planIn({ data: { plan: { goal: "g", steps: [{ ...view.steps[0], ...one }] } } })).toBeUndefined()
})
