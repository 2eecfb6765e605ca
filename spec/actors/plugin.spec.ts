import { describe, expect, it, vi } from "vitest"
import type { Plugin } from "../../plugins/plugin.ts"
import { played } from "./played-model.ts"
import { answersOf, broken, calls, makeStage, newsOf, nodeIn, plugin, tool } from "./stage.ts"

const { open, start } = makeStage()

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
      {
        success: false,
        outcome: "contained",
        error: expect.stringMatching(/plugin broken is out of use: it cannot start/)
      }
    ])
    expect(runtime.health()).toMatchObject({ status: "degraded", plugins: { broken: "quarantined", fine: "healthy" } })
    expect((await runtime.open()).view().notices).toEqual([expect.stringContaining("plugin broken is quarantined")])
  })

  it("whose start never ends keeps a session waiting for the time of one hook", async () => {
    const never = () => new Promise<void>(() => {})
    const plugins = [plugin("stuck", [tool("lost", () => "never", { timeout: 0.05 })], { start: never })]
    const { runtime, session, notices } = await open(calls("lost"), plugins, { plugins: { hook_timeout: 0.05 } })
    expect(session.view().notices).toContain("plugin stuck is degraded: it is still being started")
    expect(runtime.health()).toMatchObject({ status: "degraded", plugins: { stuck: "degraded" } })
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([
      { success: false, error: expect.stringContaining("was not there in the call's time") }
    ])
  })

  it("is stopped also when it had nothing to start", async () => {
    const log: Array<string> = []
    const stop = () => void log.push("stops")
    const { session, runtime } = await open(calls("fine"), [plugin("spec", [tool("fine", () => "yes")], { stop })])
    await session.ask("go")
    await runtime.close()
    expect(log).toEqual(["stops"])
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
    await vi.waitUntil(() => runtime.health().plugins.shaky === "quarantined")
    isBroken = false
    await runtime.plugins.revive("shaky")
    await session.ask("again")
    expect(answersOf(notices).at(-1)).toEqual({ success: true, data: "fine" })
    expect(runtime.health().plugins.shaky).toBe("healthy")
    await expect(runtime.plugins.revive("nobody")).rejects.toThrow(/no plugin nobody; there are: .*shaky/)
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
    expect(runtime.health().reasons?.shy).toContain("its systemPrompt failed")
    expect(runtime.health().reasons).not.toHaveProperty("loud")
  })

  it("may not bring a tool that another one brings, nor its name", async () => {
    const [one, other] = [plugin("one", [tool("echo", () => "")]), plugin("other", [tool("echo", () => "")])]
    await expect(start({ plugins: [one, other] })).rejects.toThrow(/other: the tool echo .* plugin one/)
    await expect(start({ plugins: [one, one] })).rejects.toThrow(/two plugins are called one/)
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
    expect(nodeIn(runtime.health().tree, "tool:look")?.children).toHaveLength(4)
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
    expect(nodeIn(runtime.health().tree, "tool:wait")?.children).toMatchObject([{ state: "running" }])
    session.send({ type: "user.cancel" })
    expect(await turn).toMatchObject({ type: "agent.cancelled" })
    expect(aborted).toBe(1)
    expect(nodeIn(runtime.health().tree, "tool:wait")?.children).toMatchObject([{ state: "ready", restarts: 0 }])
    expect(runtime.health().ledger).toMatchObject({ sent: 1, failed: 1, open: 0 })
  })
})
