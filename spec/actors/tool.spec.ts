import { join } from "node:path"
import { afterEach, describe, expect, it, vi } from "vitest"
import type { AgentNotice } from "../../machines/events.ts"
import type { ToolSpec } from "../../plugins/tool.ts"
import { played } from "./played-model.ts"
import { answersOf, broken, calls, makeStage, nodeIn, plugin, tool } from "./stage.ts"

const { folder, open, start } = makeStage()

describe("a tool that breaks", () => {
  it("is contained, named, and there again for the next call", async () => {
    let times = 0
    const flaky = tool("flaky", () => (++times === 1 ? broken() : "fine"))
    const { session, notices, runtime } = await open(calls("flaky", "flaky"), [plugin("spec", [flaky])])
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([
      { success: false, errorClass: "execution_error", outcome: "contained", error: expect.stringContaining("flaky") },
      { success: true, data: "fine" }
    ])
    const node = nodeIn(runtime.health().tree, "tool:flaky")
    expect(node?.children).toMatchObject([{ kind: "lane", state: "ready", restarts: 1 }])
    expect(node?.children[0]?.lastFailure?.message).toContain("Cannot read properties")
  })

  it("is run again by itself when that does no harm; the user sees why, and the answer says so", async () => {
    let times = 0
    const flaky = tool("flaky", () => (++times < 3 ? broken() : "fine"), { risk: "read" })
    const { session, notices } = await open(calls("flaky"), [plugin("spec", [flaky])])
    await session.ask("go")
    const again = expect.stringMatching(/^it failed at first \(Cannot read .* and was run again$/)
    expect(answersOf(notices)).toEqual([{ success: true, data: "fine", outcome: "degraded", degraded: [again] }])
    expect(notices.filter(({ type }) => type === "agent.progressed")).toHaveLength(2)
  })

  it("for a cause outside is run again as well, and then nothing is wrong with its answer", async () => {
    let times = 0
    const refused = () => Promise.reject(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }))
    const flaky = tool("flaky", () => (++times < 2 ? refused() : "fine"), { risk: "read" })
    const { session, notices } = await open(calls("flaky"), [plugin("spec", [flaky])])
    await session.ask("go")
    expect(answersOf(notices)).toEqual([{ success: true, data: "fine" }])
  })

  it("runs once when it may have changed something", async () => {
    let times = 0
    const counter = tool("counter", () => {
      times += 1
      return broken()
    })
    const { session } = await open(calls("counter"), [plugin("spec", [counter])])
    await session.ask("go")
    expect(times).toBe(1)
  })

  it("is out of use when its code cannot be loaded, until its plugin is begun anew", async () => {
    let times = 0
    const unloadable = tool("unloadable", async () => {
      times += 1
      await import(join(folder(), "missing.ts"))
      return "never"
    })
    const { session, notices } = await open(calls("unloadable", "unloadable"), [plugin("spec", [unloadable])])
    await session.ask("go")
    expect(times).toBe(1)
    expect(answersOf(notices)).toMatchObject([
      { errorClass: "missing_dependency", outcome: "contained" },
      { error: expect.stringContaining("out of use"), outcome: "contained" }
    ])
  })

  it("is answered at its deadline, and says so", async () => {
    const { session, notices } = await open(calls("slow"), [
      plugin("spec", [tool("slow", () => new Promise<string>(() => {}), { timeout: 0.05 })])
    ])
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([
      { success: false, outcome: "contained", error: expect.stringContaining("timed out after 0.05 s") }
    ])
  })
})

describe("the time of a call", () => {
  const never = () => new Promise<never>(() => {})

  /** From now on time passes only when it is told to, however long the machine needs for the rest. */
  const timeless = () => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
  afterEach(() => void vi.useRealTimers())
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
  /** What goes on meanwhile goes on, until then. @param step Milliseconds that pass with each look. */
  const until = async (is: () => boolean, step = 0): Promise<void> => {
    while (!is()) {
      await new Promise((resolve) => setImmediate(resolve))
      await pass(step)
    }
  }
  const over = async (ended: Promise<unknown>): Promise<void> => {
    let isOver = false
    void ended.then(() => (isOver = true))
    await until(() => isOver, 5)
  }

  it("goes on through the runs that follow the first", async () => {
    const first = Promise.withResolvers<never>()
    let runs = 0
    const slow = () => (++runs === 1 ? first.promise : never())
    const { session, notices } = await open(calls("slow"), [
      plugin("spec", [tool("slow", slow, { risk: "read", timeout: 0.3 })])
    ])
    timeless()
    const ended = session.ask("go")
    await until(() => runs === 1)
    await pass(200)
    first.reject(new TypeError("Cannot read properties of undefined (reading 'x')"))
    await until(() => runs === 2)
    await pass(99)
    expect(answersOf(notices)).toEqual([])
    await pass(1)
    await ended
    expect(answersOf(notices)).toMatchObject([{ error: expect.stringContaining("timed out after 0.3 s") }])
  })

  it("counts the check before it", async () => {
    let checks = 0
    const preview = () => {
      checks += 1
      return never()
    }
    const { session, notices } = await open(calls("stuck"), [
      plugin("spec", [tool("stuck", () => "never", { preview, timeout: 0.05 })])
    ])
    timeless()
    const ended = session.ask("go")
    await until(() => checks === 1)
    await pass(50)
    await ended
    expect(answersOf(notices)).toMatchObject([
      { success: false, outcome: "contained", error: expect.stringContaining("could not be checked in 0.05 s") }
    ])
  })

  it("stands while the user thinks", async () => {
    const done = Promise.withResolvers<string>()
    let runs = 0
    const quick = tool("quick", () => (++runs, done.promise), { timeout: 0.3 })
    const settings = { permissions: { mode: "ask" as const } }
    const runtime = await start({ model: calls("quick"), plugins: [plugin("spec", [quick])], settings })
    const session = await runtime.open()
    const notices: Array<AgentNotice> = []
    session.events.subscribe((notice) => notices.push(notice))
    timeless()
    const ended = session.ask("go")
    const asked = () => notices.find((notice) => notice.type === "agent.asked")
    await until(() => asked() !== undefined)
    await pass(400)
    session.send({ type: "permission.answered", id: asked()?.id ?? "", decision: "allow" })
    await until(() => runs === 1)
    await pass(299)
    done.resolve("done in time")
    await ended
    expect(answersOf(notices)).toEqual([{ success: true, data: "done in time" }])
  })

  it("counts the wait for a plugin that does not come back", async () => {
    let starts = 0
    const start = () => (++starts === 1 ? undefined : never())
    const tools = [tool("shaky", broken), tool("quick", () => "never", { timeout: 0.05 })]
    const { session, notices } = await open(calls("shaky", "quick"), [plugin("spec", tools, { start })], {
      healing: { tool_restarts: { max: 0, seconds: 5 } }
    })
    timeless()
    const ended = session.ask("go")
    await over(ended)
    expect(answersOf(notices).at(-1)).toMatchObject({
      success: false,
      outcome: "contained",
      error: expect.stringContaining("was not there in the call's time")
    })
  })

  it("is spent in the crowd when a plugin has too many calls under way", async () => {
    let most = 0
    let together = 0
    const crowd = async (_: object, { signal }: { readonly signal: AbortSignal }) => {
      most = Math.max(most, ++together)
      await new Promise((resolve) => signal.addEventListener("abort", resolve))
      together -= 1
      return "over"
    }
    const tools = [
      tool("crowd", crowd, { risk: "read", timeout: 0.5 }),
      tool("quick", () => "never", { risk: "read", timeout: 0.05 })
    ]
    const many = Array.from({ length: 20 }, (_, n) => ({ id: `c${n}`, name: "crowd" }))
    const model = played([{ calls: [...many, { id: "q", name: "quick" }] }, "done"])
    const { session, notices } = await open(model, [plugin("spec", tools)])
    timeless()
    const ended = session.ask("go")
    await until(() => together === 16)
    await over(ended)
    const quick = notices.find((notice) => notice.type === "agent.settled" && notice.call.id === "q")
    expect(quick).toMatchObject({ answer: { success: false, error: expect.stringContaining("its whole time") } })
    await over(ended)
    expect(most).toBe(16)
    expect(answersOf(notices)).toHaveLength(21)
  })
})

describe("calls beside one that breaks its plugin", () => {
  /** While `shaky` breaks, another call of the plugin is under way. */
  const beside = async (more: Partial<ToolSpec<object>>) => {
    let runs = 0
    const other = async () => {
      runs += 1
      if (runs === 1) await new Promise((resolve) => setTimeout(resolve, 200))
      return `run ${runs}`
    }
    const tools = [tool("shaky", broken, { parallel: true }), tool("other", other, { parallel: true, ...more })]
    const model = played([
      {
        calls: [
          { id: "o", name: "other" },
          { id: "s", name: "shaky" }
        ]
      },
      "done"
    ])
    const { session, notices, runtime } = await open(model, [plugin("spec", tools)], {
      healing: { tool_restarts: { max: 0, seconds: 5 } }
    })
    await session.ask("go")
    const settled = notices.find((notice) => notice.type === "agent.settled" && notice.call.id === "o")
    expect(runtime.health().ledger.open).toBe(0)
    return { runs, answer: settled?.type === "agent.settled" ? settled.answer : undefined }
  }

  it("are run again in its next life when that does no harm", async () => {
    expect(await beside({ idempotent: true })).toEqual({ runs: 2, answer: { success: true, data: "run 2" } })
  })

  it("are told that nobody knows what they did when it may", async () => {
    expect(await beside({ idempotent: false })).toMatchObject({
      runs: 1,
      answer: {
        success: false,
        outcome: "contained",
        error: expect.stringContaining("was stopped or started anew while this call was under way")
      }
    })
  })
})

it("a tool that fails again and again rests, and its callers hear so at once", async () => {
  let runs = 0
  const shaky = tool("shaky", () => {
    runs += 1
    return broken()
  })
  const names = Array.from({ length: 7 }, () => "shaky")
  const model = played([...names.map((name, n) => ({ calls: [{ id: `c${n}`, name, input: { n } }] })), "done"])
  const { session, notices, runtime } = await open(model, [plugin("spec", [shaky])], {
    healing: { tool_restarts: { max: 100, seconds: 5 } }
  })
  await session.ask("go")
  expect(runs).toBe(5)
  expect(answersOf(notices).at(-1)).toMatchObject({
    error: expect.stringMatching(/shaky failed 5 times in a row and rests/)
  })
  expect(nodeIn(runtime.health().tree, "tool:shaky")?.breaker).toBe("open")
})

it("a tool that fails now and then keeps no caller waiting for its restart", async () => {
  let runs = 0
  const moody = tool("moody", () => (++runs % 2 === 0 ? "fine" : broken()))
  const delays: Array<number> = []
  const model = played([
    ...Array.from({ length: 24 }, (_, n) => ({ calls: [{ id: `c${n}`, name: "moody", input: { n } }] })),
    "done"
  ])
  const { session } = await open(
    model,
    [plugin("spec", [moody])],
    { healing: { tool_restarts: { max: 100, seconds: 5 } } },
    { observe: (event) => event.type === "child.restarting" && delays.push(event.delay) }
  )
  await session.ask("go")
  expect(delays).toHaveLength(12)
  expect(Math.max(...delays)).toBeLessThanOrEqual(100)
})

describe("what a tool says of its own answer", () => {
  it("counts as far as it is its to say: losses, yes; repairs, no", async () => {
    const honest = tool("honest", () => ({ success: true, data: "half", degraded: ["page 2 is missing"] }))
    const forged = tool("forged", () => ({ success: true, data: "all", outcome: "healed", seam: "s1" }) as const)
    const both = tool("both", () => ({ success: true, data: "all", error: "it failed" }))
    const { session, notices } = await open(calls("honest", "forged", "both"), [plugin("spec", [honest, forged, both])])
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([
      { success: true, data: "half", outcome: "degraded", degraded: ["page 2 is missing"] },
      { success: true, data: "all" },
      { success: false, outcome: "false_heal", error: expect.stringContaining("contradicts itself") }
    ])
    expect(answersOf(notices)[1]).not.toHaveProperty("outcome")
    expect(answersOf(notices)[1]).not.toHaveProperty("seam")
  })
})
