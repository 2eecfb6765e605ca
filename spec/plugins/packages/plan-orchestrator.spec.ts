/** The orchestrator with agents that a spec plays: what begins when, what is handed on, what stops, what goes on later. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import plugin from "../../../plugins/packages/kintsugi-plugin-plan-orchestrator/src/index.ts"
import { absentPorts } from "../../../plugins/ports/absent.ts"
import { type AgentResult, type AgentTask, PortError, type Store } from "../../../plugins/ports.ts"
import type { Answer, ToolContext } from "../../../plugins/tool.ts"

type Reply = string | Partial<AgentResult> | Error

/** A store in memory. */
const storeIn = (kept: Map<string, unknown>): Store => ({
  get: async (key) => structuredClone(kept.get(key)),
  set: async (key, value) => void kept.set(key, structuredClone(value)),
  delete: async (key) => void kept.delete(key),
  keys: async (prefix = "") => [...kept.keys()].filter((key) => key.startsWith(prefix))
})

interface Parts {
  /** What the agent of a step does, by the step's id. */
  readonly reply?: (id: string, task: AgentTask, signal: AbortSignal) => Reply | Promise<Reply>
  readonly store?: Store
  readonly signal?: AbortSignal
}

/** Agents that note who works beside whom. */
const crew = ({
  reply = () => "done",
  store = storeIn(new Map()),
  signal = new AbortController().signal
}: Parts = {}) => {
  const log: Array<string> = []
  const tasks = new Map<string, AgentTask>()
  let [now, most] = [0, 0]
  const run = async (task: AgentTask, options?: { readonly signal?: AbortSignal }): Promise<AgentResult> => {
    const id = /^Your step \((.+?)\):/m.exec(task.prompt)?.[1] ?? ""
    tasks.set(id, task)
    log.push(`+${id}`)
    most = Math.max(most, ++now)
    try {
      const said = await reply(id, task, options?.signal ?? new AbortController().signal)
      // Whoever is ready at the same time gets a turn before this one is over.
      for (let turns = 0; turns < 5; turns++) await Promise.resolve()
      if (said instanceof Error) throw said
      const result = typeof said === "string" ? { text: said } : said
      return { session: `s-${id}`, end: "replied", text: "", tokens: 10, cost: 0.5, ...result }
    } finally {
      now -= 1
      log.push(`-${id}`)
    }
  }
  const shown: Array<string> = []
  const context = {
    ...absentPorts,
    signal,
    progress: (text: string) => shown.push(text),
    store: { session: store, project: store },
    agents: { ...absentPorts.agents, run }
  } as unknown as ToolContext // it uses nothing else
  const call = async (input: object): Promise<Answer> => {
    const [tool] = plugin.tools ?? []
    const decoded = await tool?.decode({ goal: "a better world", ...input })
    if (tool === undefined || decoded === undefined || "problems" in decoded) throw new Error(JSON.stringify(decoded))
    return tool.execute(decoded.input, context)
  }
  return { call, log, tasks, shown, most: () => most }
}

interface Report {
  readonly plan: {
    readonly steps: ReadonlyArray<{ readonly id: string; readonly state: string; readonly note?: string }>
  }
  readonly results: Readonly<Record<string, string>>
  readonly notes: ReadonlyArray<string>
}

const reportOf = ({ data }: Answer) => data as Report
const statesOf = (answer: Answer) => Object.fromEntries(reportOf(answer).plan.steps.map(({ id, state }) => [id, state]))
const notesOf = (answer: Answer) => Object.fromEntries(reportOf(answer).plan.steps.map(({ id, note }) => [id, note]))

/** Makes `deps` of `a`, `b`, … : `{ c: ["a", "b"] }`. */
const steps = (after: Readonly<Record<string, ReadonlyArray<string>>>) =>
  Object.entries(after).map(([id, depends_on]) => ({ id, title: `do ${id}`, depends_on }))

const diamond = steps({ a: [], b: ["a"], c: ["a"], d: ["b", "c"] })

describe("orchestrate_plan", () => {
  it("does each step once, after those that it depends on, and no more at once than it may", async () => {
    const plans = fc
      .integer({ min: 1, max: 9 })
      .chain((size) =>
        fc.tuple(...Array.from({ length: size }, (_, n) => fc.subarray(Array.from({ length: n }, (_, m) => `s${m}`))))
      )
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 4 }), fc.integer(), async (after, at_once, seed) => {
        const plan = after.map((depends_on, n) => ({ id: `s${n}`, title: "x", depends_on }))
        const shuffled = plan.toSorted(
          (one, other) => ((Number(one.id.slice(1)) * seed) % 7) - ((Number(other.id.slice(1)) * seed) % 7)
        )
        const { call, log, most } = crew()
        const answer = await call({ steps: shuffled, at_once })
        expect(answer.success).toBe(true)
        expect(log.filter((entry) => entry.startsWith("+")).toSorted()).toEqual(
          plan.map(({ id }) => `+${id}`).toSorted()
        )
        for (const { id, depends_on } of plan)
          for (const other of depends_on) expect(log.indexOf(`-${other}`)).toBeLessThan(log.indexOf(`+${id}`))
        expect(most()).toBeLessThanOrEqual(at_once)
      })
    )
  })

  it("does side by side what does not depend on each other", async () => {
    const both = Promise.withResolvers<void>()
    let there = 0
    const reply = async (id: string) => {
      if (id === "b" || id === "c") {
        if (++there === 2) both.resolve()
        await both.promise
      }
      return `${id} is done`
    }
    const { call, log, shown } = crew({ reply })
    const answer = await call({ steps: diamond })
    expect(log[0]).toBe("+a")
    expect(log.at(-1)).toBe("-d")
    expect(answer.summary).toBe("4 of 4 steps done (40 tokens, $2.0000)")
    expect(shown).toContain("1 of 4 steps, now b, c\n")
    expect(shown.at(-1)).toBe("4 of 4 steps\n")
    expect(reportOf(answer)).toMatchObject({
      plan: {
        goal: "a better world",
        steps: [{ id: "a", text: "do a", state: "done", after: [] }, {}, {}, { after: ["b", "c"] }]
      },
      results: { b: "b is done" }
    })
  })

  it("tells each agent its step and the results that it builds on, and no others", async () => {
    const { call, tasks } = crew({ reply: (id) => (id === "b" ? "x".repeat(9000) : `result of ${id}`) })
    const plan = [...diamond.slice(0, 3), { ...diamond[3], detail: "mind the gap", files: ["d.ts"], check: "npm test" }]
    await call({ steps: plan, model: "scripted/x", tools: ["read_file"], step_timeout: 5 })
    const prompt = tasks.get("d")?.prompt ?? ""
    for (const part of [
      "a better world",
      "do d",
      "mind the gap",
      "d.ts",
      "npm test",
      "result of c",
      "[cut: it has 9000 characters]"
    ])
      expect(prompt).toContain(part)
    expect(prompt).not.toContain("result of a")
    expect(tasks.get("d")).toMatchObject({ description: "do d", model: "scripted/x", tools: ["read_file"], timeout: 5 })
    expect(tasks.get("a")?.prompt).not.toContain("Result of step")
  })

  it.each<[string, Reply, RegExp]>([
    ["fails", { end: "failed", text: "no model" }, /its agent failed: no model/],
    ["takes too long", { end: "timed_out", text: "half" }, /took too long: half/],
    ["says that it cannot be done", "**FAILED:** there is no such file", /^there is no such file/],
    ["cannot be started", new PortError("execution_error", "too many agents"), /too many agents/]
  ])("lets a step that %s stop those that build on it, and no others", async (_, bad, words) => {
    const { call, log } = crew({ reply: (id) => (id === "b" ? bad : "fine") })
    const answer = await call({ steps: [...diamond, ...steps({ e: [], f: ["d"] })] })
    expect(statesOf(answer)).toEqual({ a: "done", b: "failed", c: "done", d: "skipped", e: "done", f: "skipped" })
    expect(notesOf(answer)).toMatchObject({ b: expect.stringMatching(words), d: "it builds on b", f: "it builds on d" })
    expect(answer).toMatchObject({ success: false, errorClass: "execution_error" })
    expect(answer.error).toContain("failed: b; not begun: d, f; call it again with the same plan to go on")
    expect(log).not.toContain("+d")
  })

  it("begins nothing more when the budget is used up, or cannot be kept", async () => {
    const chain = steps({ a: [], b: ["a"], c: ["b"] })
    const dollars = await crew().call({ steps: chain, budget: { usd: 0.9 } })
    expect(statesOf(dollars)).toEqual({ a: "done", b: "done", c: "skipped" })
    expect(notesOf(dollars).c).toBe("not begun: the budget of $0.9 is used up ($1.0000)")
    const tokens = await crew().call({ steps: chain, budget: { tokens: 10 } })
    expect(statesOf(tokens)).toEqual({ a: "done", b: "skipped", c: "skipped" })
    const free = crew({ reply: () => ({ text: "x", cost: undefined }) as unknown as AgentResult })
    const unknown = await free.call({ steps: chain, budget: { usd: 5 } })
    expect(statesOf(unknown)).toEqual({ a: "done", b: "skipped", c: "skipped" })
    expect(notesOf(unknown).b).toContain("give one in tokens")
    expect(unknown.summary).toContain("cost unknown")
  })

  it("stops at the end of its time, and when it is cancelled", async () => {
    const untilStopped = (_: string, __: AgentTask, signal: AbortSignal) =>
      new Promise<Reply>((resolve) =>
        signal.addEventListener("abort", () => resolve({ end: "cancelled", text: "half" }))
      )
    const late = await crew({ reply: untilStopped }).call({
      steps: [...diamond, ...steps({ e: [] })],
      deadline: 0.1,
      at_once: 1
    })
    expect(notesOf(late)).toMatchObject({
      a: "stopped at the end of the plan's time: half",
      b: "it builds on a",
      e: "not begun: the time for the plan was over"
    })
    const stop = new AbortController()
    const { call, log } = crew({ reply: untilStopped, signal: stop.signal })
    const calling = call({ steps: steps({ a: [], b: [] }), at_once: 1 })
    await expect.poll(() => log).toContain("+a")
    stop.abort()
    expect(notesOf(await calling)).toEqual({ a: "its agent was stopped: half", b: "not begun: the call was cancelled" })
  })

  it("goes on where an earlier call ended, and does again what has changed", async () => {
    const store = storeIn(new Map())
    const first = crew({ store, reply: (id) => (id === "c" ? { end: "failed" } : `first ${id}`) })
    await first.call({ steps: diamond })
    const second = crew({ store, reply: (id) => `second ${id}` })
    const answer = await second.call({ steps: diamond })
    expect(second.log).toEqual(["+c", "-c", "+d", "-d"])
    expect(reportOf(answer).results).toEqual({ a: "first a", b: "first b", c: "second c", d: "second d" })
    expect(notesOf(answer).a).toBe("done by an earlier call")
    expect(second.tasks.get("d")?.prompt).toContain("first b")
    const changed = crew({ store })
    await changed.call({ steps: diamond.map((step) => (step.id === "b" ? { ...step, detail: "otherwise" } : step)) })
    expect(changed.log).toEqual(["+b", "-b", "+d", "-d"])
    const fresh = crew({ store })
    await fresh.call({ steps: diamond, fresh: true })
    expect(fresh.log.length).toBe(8)
  })

  it("works without a store, and says what that means", async () => {
    const answer = await crew({ store: absentPorts.store.session }).call({ steps: diamond })
    expect(answer.success).toBe(true)
    expect(reportOf(answer).notes.join()).toContain("finished steps could not be remembered")
  })

  it.each<[string, ReadonlyArray<object>, string]>([
    ["a circle", steps({ a: ["c"], b: ["a"], c: ["b"], d: [] }), "these steps wait for each other: a, b, c"],
    ["itself", steps({ a: ["a"] }), "these steps wait for each other: a"],
    ["what is no step", steps({ a: ["z"] }), "step a depends on z, which is no step"],
    ["two of one name", [...steps({ a: [] }), ...steps({ a: [] })], "the id a stands at several steps"]
  ])("refuses a plan with %s before anything is begun", async (_, plan, words) => {
    const { call, log } = crew()
    expect(await call({ steps: plan })).toMatchObject({
      errorClass: "invalid_arguments",
      error: expect.stringContaining(words)
    })
    expect(log).toEqual([])
  })

  it("numbers steps that have no id, around those that are taken", async () => {
    const { call } = crew()
    const answer = await call({
      steps: [{ title: "x" }, { id: "2", title: "y", depends_on: ["1"] }, { title: "z", depends_on: ["2"] }]
    })
    expect(statesOf(answer)).toEqual({ 1: "done", 2: "done", 3: "done" })
  })
})
