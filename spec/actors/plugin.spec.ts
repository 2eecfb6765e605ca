import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { HealthNode } from "../../actors/health.ts"
import { createRuntime, type Runtime, type RuntimeOptions } from "../../actors/runtime.ts"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { definePlugin, type Plugin } from "../../plugins/plugin.ts"
import { defineTool, type Tool, type ToolSpec } from "../../plugins/tool.ts"
import { played } from "./played-model.ts"

let cwd: string
const closing: Array<() => Promise<void>> = []

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "kintsugi-plugin-"))
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  await rm(cwd, { recursive: true })
})

/** A model that makes these calls, one after another, and then says "done". */
const calls = (...names: ReadonlyArray<string>) =>
  played([...names.map((name, n) => ({ calls: [{ id: `c${n}`, name, input: {} }] })), "done"])

type Settings = NonNullable<RuntimeOptions["settings"]>

const open = async (
  model: RuntimeOptions["model"],
  plugins: RuntimeOptions["plugins"],
  settings: Settings = {},
  more: RuntimeOptions = {}
): Promise<{ readonly runtime: Runtime; readonly session: Session; readonly notices: Array<AgentNotice> }> => {
  const runtime = await createRuntime({
    cwd,
    env: {},
    model,
    plugins,
    settings: { permissions: { mode: "auto" }, ...settings },
    ...more
  })
  closing.push(runtime.close)
  const session = await runtime.open({ unattended: true })
  const notices: Array<AgentNotice> = []
  session.events.subscribe((notice) => notices.push(notice))
  return { runtime, session, notices }
}

const tool = (name: string, execute: ToolSpec<object>["execute"], more: Partial<ToolSpec<object>> = {}): Tool =>
  defineTool({ name, description: "A tool.", risk: "write", input: { type: "object" }, execute, ...more })

const plugin = (name: string, tools: ReadonlyArray<Tool>, more: Partial<Plugin> = {}): Plugin =>
  definePlugin({ name, tools, ...more })

const answersOf = (notices: ReadonlyArray<AgentNotice>) =>
  notices.flatMap((notice) => (notice.type === "agent.settled" ? [notice.answer] : []))

const newsOf = (notices: ReadonlyArray<AgentNotice>) =>
  notices.flatMap((notice) => (notice.type === "agent.plugin" ? [`${notice.plugin} ${notice.state}`] : []))

const find = (node: HealthNode, id: string): HealthNode | undefined =>
  node.id === id ? node : node.children.map((child) => find(child, id)).find((found) => found !== undefined)

const broken = () => {
  throw new TypeError("Cannot read properties of undefined (reading 'x')")
}

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
    const node = find(runtime.health().tree, "tool:flaky")
    expect(node?.children).toMatchObject([{ kind: "lane", state: "ready", restarts: 1 }])
    expect(node?.children[0]?.lastFailure?.message).toContain("Cannot read properties")
  })

  it("is run again by itself when that does no harm, and the user sees why", async () => {
    let times = 0
    const flaky = tool("flaky", () => (++times < 3 ? broken() : "fine"), { risk: "read" })
    const { session, notices } = await open(calls("flaky"), [plugin("spec", [flaky])])
    await session.ask("go")
    expect(answersOf(notices)).toEqual([{ success: true, data: "fine" }])
    expect(notices.filter(({ type }) => type === "agent.progressed")).toHaveLength(2)
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
      await import(join(cwd, "missing.ts"))
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
  const slowly = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

  it("goes on through the runs that follow the first", async () => {
    let runs = 0
    const slow = async () => {
      runs += 1
      await slowly(150)
      return broken()
    }
    const { session, notices } = await open(calls("slow"), [
      plugin("spec", [tool("slow", slow, { risk: "read", timeout: 0.3 })])
    ])
    await session.ask("go")
    expect(runs).toBe(2)
    expect(answersOf(notices)).toMatchObject([{ error: expect.stringContaining("timed out after 0.3 s") }])
  })

  it("counts the check before it", async () => {
    const { session, notices } = await open(calls("stuck"), [
      plugin("spec", [tool("stuck", () => "never", { preview: never, timeout: 0.05 })])
    ])
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([
      { success: false, outcome: "contained", error: expect.stringContaining("could not be checked in 0.05 s") }
    ])
  })

  it("stands while the user thinks", async () => {
    const quick = tool("quick", () => "done in time", { timeout: 0.2 })
    const runtime = await createRuntime({ cwd, env: {}, model: calls("quick"), plugins: [plugin("spec", [quick])] })
    closing.push(runtime.close)
    const session = await runtime.open()
    const notices: Array<AgentNotice> = []
    session.events.subscribe(async (notice) => {
      notices.push(notice)
      if (notice.type !== "agent.asked") return
      await slowly(400)
      session.send({ type: "permission.answered", id: notice.id, decision: "allow" })
    })
    await session.ask("go")
    expect(answersOf(notices)).toEqual([{ success: true, data: "done in time" }])
  })

  it("counts the wait for a plugin that does not come back", async () => {
    let starts = 0
    const start = () => (++starts === 1 ? undefined : never())
    const tools = [tool("shaky", broken), tool("quick", () => "never", { timeout: 0.05 })]
    const { session, notices } = await open(calls("shaky", "quick"), [plugin("spec", tools, { start })], {
      healing: { tool_restarts: { max: 0, seconds: 5 } }
    })
    await session.ask("go")
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
    await session.ask("go")
    expect(most).toBe(16)
    const quick = notices.find((notice) => notice.type === "agent.settled" && notice.call.id === "q")
    expect(quick).toMatchObject({ answer: { success: false, error: expect.stringContaining("its whole time") } })
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
      answer: { success: false, outcome: "contained", error: expect.stringContaining("because of other calls") }
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
  expect(find(runtime.health().tree, "tool:shaky")?.breaker).toBe("open")
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

describe("a plugin", () => {
  const named = (name: string, log: Array<string>, more: Partial<Plugin> = {}) =>
    plugin(name, [], {
      start: () => void log.push(`${name} starts`),
      stop: () => void log.push(`${name} stops`),
      ...more
    })

  it("starts with the first session, in order, and stops in reverse with the runtime", async () => {
    const log: Array<string> = []
    const { runtime, session } = await open(played(["hello", "again"]), [named("a", log), named("b", log)])
    await session.close()
    await runtime.ask("hi")
    expect(log).toEqual(["a starts", "b starts"])
    await runtime.close()
    expect(log).toEqual(["a starts", "b starts", "b stops", "a stops"])
    expect(runtime.health()).toMatchObject({ plugins: { a: "healthy" }, tree: { state: "stopping" } })
  })

  it("that cannot start keeps nobody waiting, and is quarantined", async () => {
    const start = () => {
      throw new Error("no licence")
    }
    const plugins = [
      plugin("broken", [tool("lost", () => "never")], { start }),
      plugin("fine", [tool("fine", () => "yes")])
    ]
    const { runtime, session, notices } = await open(calls("fine", "lost"), plugins, {
      healing: { plugin_restarts: { max: 1, seconds: 60 } }
    })
    expect(await session.ask("go")).toMatchObject({ type: "agent.replied", text: "done" })
    expect(answersOf(notices)).toMatchObject([
      { success: true, data: "yes" },
      { success: false, outcome: "contained", error: expect.stringMatching(/plugin broken is out of use .*no licence/) }
    ])
    expect(runtime.health()).toMatchObject({ status: "degraded", plugins: { broken: "quarantined", fine: "healthy" } })
    expect((await runtime.open()).view().notices).toEqual([expect.stringContaining("plugin broken is quarantined")])
  })

  it("that cannot stop keeps nothing else open", async () => {
    const log: Array<string> = []
    const stop = () => {
      throw new Error("never")
    }
    const { runtime, session } = await open(played(["hello"]), [named("a", log), named("b", log, { stop })])
    await session.ask("hi")
    await runtime.close()
    expect(log).toEqual(["a starts", "b starts", "a stops"])
  })

  it("is begun anew when one of its tools breaks too often, and quarantined when that does not help", async () => {
    let starts = 0
    const plugins = [plugin("shaky", [tool("shaky", broken)], { start: () => void (starts += 1) })]
    const { runtime, session, notices } = await open(calls("shaky", "shaky", "shaky", "shaky"), plugins, {
      healing: { tool_restarts: { max: 0, seconds: 60 }, plugin_restarts: { max: 1, seconds: 60 } }
    })
    const end = await session.ask("go")
    expect(end).toMatchObject({ type: "agent.replied", text: "done" })
    expect(starts).toBe(2)
    expect(newsOf(notices)).toContain("shaky quarantined")
    expect(answersOf(notices)).toHaveLength(4)
    expect(answersOf(notices).every(({ outcome }) => outcome === "contained")).toBe(true)
    expect(answersOf(notices).at(-1)?.error).toContain("out of use")
    expect(runtime.health().plugins.shaky).toBe("quarantined")
    expect(runtime.health().ledger.open).toBe(0)
  })

  it("gets another chance from the user", async () => {
    let isBroken = true
    const shaky = plugin("shaky", [tool("shaky", () => (isBroken ? broken() : "fine"))])
    const model = played([
      { calls: [{ id: "a", name: "shaky" }] },
      "done",
      { calls: [{ id: "b", name: "shaky" }] },
      "done"
    ])
    const { runtime, session, notices } = await open(model, [shaky], {
      healing: { tool_restarts: { max: 0, seconds: 60 }, plugin_restarts: { max: 0, seconds: 60 } }
    })
    await session.ask("go")
    expect(runtime.health().plugins.shaky).toBe("quarantined")
    isBroken = false
    await runtime.revive("shaky")
    await session.ask("again")
    expect(answersOf(notices).at(-1)).toEqual({ success: true, data: "fine" })
    expect(runtime.health().plugins.shaky).toBe("healthy")
    await expect(runtime.revive("nobody")).rejects.toThrow(/no plugin nobody; there are: .*shaky/)
  })

  it("whose systemPrompt fails goes on without it, and is shown as degraded", async () => {
    const model = played(["hello"])
    const shy = plugin("shy", [tool("shy", () => "yes")], { systemPrompt: broken })
    const slow = plugin("slow", [], { systemPrompt: () => new Promise<string>(() => {}) })
    const { runtime, session } = await open(model, [shy, slow, plugin("loud", [], { systemPrompt: () => "LOUD" })], {
      plugins: { hook_timeout: 0.05 }
    })
    await session.ask("hi")
    expect(model.requests[0]?.system).toContain("LOUD")
    expect(runtime.health().plugins).toMatchObject({ shy: "degraded", slow: "degraded", loud: "healthy" })
  })

  it("may not bring a tool that another one brings, nor its name", async () => {
    const options = { cwd, env: {} }
    const [one, other] = [plugin("one", [tool("echo", () => "")]), plugin("other", [tool("echo", () => "")])]
    await expect(createRuntime({ ...options, plugins: [one, other] })).rejects.toThrow(
      /other: the tool echo .* plugin one/
    )
    await expect(createRuntime({ ...options, plugins: [one, one] })).rejects.toThrow(/two plugins are called one/)
  })
})

describe("what happens meanwhile", () => {
  it("is seen by the inspector: machines of agents, plugins and tools", async () => {
    const seen = new Set<string>()
    const { session } = await open(
      calls("echo"),
      [plugin("spec", [tool("echo", () => "yes")])],
      {},
      {
        inspect: (event) => {
          if (event.type === "@xstate.event") seen.add(event.event.type)
        }
      }
    )
    await session.ask("go")
    expect([...seen]).toEqual(expect.arrayContaining(["user.message", "tool.call", "tool.answered", "plugin.started"]))
  })

  it("is told to the observer with its path", async () => {
    const seen: Array<string> = []
    const { session, runtime } = await open(
      calls("echo"),
      [plugin("spec", [tool("echo", () => "yes")])],
      {},
      {
        observe: ({ type, path }) => seen.push(`${type} ${path}`)
      }
    )
    await session.ask("go")
    await runtime.close()
    expect(seen).toContain("child.started runtime/plugins/spec/tools/tool:echo/lane:1")
    expect(seen).toContain(`child.ended runtime/agents/${session.id}`)
  })

  it("does not stop calls that run side by side: each has a lane of its own", async () => {
    let together = 0
    let most = 0
    const look = tool(
      "look",
      async () => {
        most = Math.max(most, ++together)
        await new Promise((resolve) => setTimeout(resolve, 20))
        together -= 1
        return "seen"
      },
      { risk: "read" }
    )
    const model = played([{ calls: [1, 2, 3, 4].map((n) => ({ id: `c${n}`, name: "look" })) }, "done"])
    const { session, runtime } = await open(model, [plugin("spec", [look])])
    await session.ask("go")
    expect(most).toBe(4)
    expect(find(runtime.health().tree, "tool:look")?.children).toHaveLength(4)
  })

  it("is over when the user cancels: the tool's signal is aborted, its lane is ready again", async () => {
    let aborted = 0
    let running: (() => void) | undefined
    const begun = new Promise<void>((resolve) => void (running = resolve))
    const wait = tool("wait", (_, { signal }) => {
      signal.addEventListener("abort", () => void (aborted += 1))
      running?.()
      return new Promise<string>(() => {})
    })
    const model = played([{ calls: [{ name: "wait" }] }, "done"])
    const { session, runtime } = await open(model, [plugin("spec", [wait])])
    const turn = session.ask("go")
    await begun
    expect(find(runtime.health().tree, "tool:wait")?.children).toMatchObject([{ state: "running" }])
    session.send({ type: "user.cancel" })
    expect(await turn).toMatchObject({ type: "agent.cancelled" })
    expect(aborted).toBe(1)
    expect(find(runtime.health().tree, "tool:wait")?.children).toMatchObject([{ state: "ready", restarts: 0 }])
    expect(runtime.health().ledger).toMatchObject({ sent: 1, failed: 1, open: 0 })
  })
})
