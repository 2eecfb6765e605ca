/** What a session may spend, with its models and the agents that it starts. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { textOf } from "../../llm/message.ts"
import type { PluginProvider } from "../../plugins/extensions.ts"
import { wireServer } from "../llm/wire-server.ts"
import { played } from "./played-model.ts"
import { answersOf, makeStage, plugin, tool } from "./stage.ts"

const { open, start, folder } = makeStage()
const look = [plugin("spec", [tool("look", () => "seen", { risk: "read" })])]
const call = (id: string, name = "look", input: unknown = {}) => ({ calls: [{ id, name, input }] })

describe("a budget of the configuration", () => {
  it("ends the turn before the request that it does not reach for", async () => {
    const model = played([call("a"), call("b"), "never"])
    const { session } = await open(model, look, { llm: { max_cost: 0.015 } })
    const end = await session.ask("look twice")
    expect(end).toMatchObject({ type: "agent.failed", failure: { code: "budget" }, spent: { cost: 0.02 } })
    expect(model.requests).toHaveLength(2)
    expect(session.view()).toMatchObject({ state: "idle", limits: { maxCost: 0.015 } })
  })

  it("stands in the journal, and holds for a session that is opened again", async () => {
    const model = played([call("a"), "first", "second"])
    const runtime = await start({ model, plugins: look, settings: { llm: { max_tokens_total: 20 } } })
    const session = await runtime.open({ unattended: true })
    await session.ask("look")
    expect(model.requests).toHaveLength(2)
    const rows = [...runtime.journal.read(session.id)].map(({ event }) => event)
    expect(rows[0]).toMatchObject({ type: "session.opened", limits: { maxTokens: 20 } })
    await session.close()
    const again = await runtime.open({ resume: session.id, unattended: true })
    expect(await again.ask("more")).toMatchObject({ type: "agent.failed", failure: { code: "budget" } })
    expect(model.requests).toHaveLength(2)
  })

  it("can be raised, and the session goes on where it stopped", async () => {
    const data = join(folder(), "data")
    const poor = await start({
      model: played([call("a")]),
      plugins: look,
      data,
      settings: { llm: { max_cost: 0.005 } }
    })
    const session = await poor.open({ unattended: true })
    expect(await session.ask("look")).toMatchObject({ type: "agent.failed", failure: { code: "budget" } })
    await poor.close()
    const model = played(["seen it"])
    const rich = await start({ model, plugins: look, data, settings: { llm: { max_cost: 1 } } })
    const again = await rich.open({ resume: session.id, unattended: true })
    expect(await again.ask("go on")).toMatchObject({ type: "agent.replied", text: "seen it" })
    expect(model.requests[0]?.messages.map(textOf)).toEqual(["look", "", "seen", "go on"])
    expect(again.view().spent.cost).toBe(0.02)
  })

  it("holds for agents that work side by side: each may come to the end of one request", async () => {
    const hand = (id: string) => ({ id, name: "task", input: { prompt: `look around ${id}`, description: "looking" } })
    const calls = ["t1", "t2", "t3"].map(hand)
    const model = played([{ calls }, ...Array.from({ length: 20 }, (_, at) => call(`x${at}`))])
    const { session } = await open(model, look, { llm: { max_cost: 0.03 } })
    const end = await session.ask("have it looked at")
    expect(end).toMatchObject({ type: "agent.failed", failure: { code: "budget" } })
    expect(model.requests.length).toBeLessThanOrEqual(4)
    expect(end.spent.cost).toBeCloseTo(model.requests.length / 100, 6)
  })

  it("of money refuses the second request where the first had no price", async () => {
    const model = played([
      { ...call("a"), price: { usage: { input: 10, output: 2, cacheRead: 0, cacheWrite: 0 } } },
      "no"
    ])
    const { session } = await open(model, look, { llm: { max_cost: 1 } })
    expect(await session.ask("look")).toMatchObject({
      type: "agent.failed",
      failure: { code: "budget", message: expect.stringContaining("played/one") }
    })
    expect(model.requests).toHaveLength(1)
  })

  it("is what an agent that it starts may spend, less what is gone already", async () => {
    const task = call("t", "task", { prompt: "look around", description: "looking" })
    // The session's own first, three of its agent, of which the last is refused.
    const model = played([task, call("x"), call("y"), "never", "never"])
    const { session, notices } = await open(model, look, { llm: { max_cost: 0.03 } })
    const end = await session.ask("have it looked at")
    expect(end).toMatchObject({ type: "agent.failed", failure: { code: "budget" }, spent: { cost: 0.03 } })
    expect(model.requests).toHaveLength(3)
    expect(JSON.stringify(answersOf(notices))).toContain("$0.0200 of $0.0200")
    expect(session.view().spent.models?.["played/one"]?.requests).toBe(3)
  })
})

describe("what a session took", () => {
  it("is told by model", async () => {
    const { session } = await open(played(["hello"]), look)
    await session.ask("hi")
    expect(session.view().spent).toMatchObject({
      cost: 0.01,
      models: { "played/one": { requests: 1, unpriced: 0, uncounted: 0, cost: 0.01 } }
    })
  })

  it("stands under the model that stood in for another", async () => {
    const price = { input: 1_000_000, output: 0 }
    const usage = { input: 2, output: 1 }
    const scripts = {
      "down.yaml": { rules: [{ when: "", turns: [{ error: { status: 401 } }] }] },
      "up.yaml": { info: { price }, rules: [{ when: "", turns: [{ text: "here", usage }] }] }
    }
    for (const [name, script] of Object.entries(scripts)) await writeFile(join(folder(), name), JSON.stringify(script))
    const { session } = await open("scripted/down.yaml", look, { llm: { fallback: ["scripted/up.yaml"] } })
    expect(await session.ask("hi")).toMatchObject({ type: "agent.replied", spent: { cost: 2 } })
    expect(Object.keys(session.view().spent.models ?? {})).toEqual(["scripted/up.yaml"])
  })

  it("is what the provider says it cost, where it does", async () => {
    await using server = await wireServer()
    const price = { input: 3, output: 2 }
    const provider: PluginProvider = {
      id: "acme",
      name: "Acme",
      baseUrl: `${server.url}/v1`,
      dialect: "openai-chat",
      env: [],
      models: [{ id: "one", price }]
    }
    const chunk = {
      choices: [{ index: 0, delta: { content: "hi" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 10, completion_tokens: 2, cost: 0.75 }
    }
    server.answer = { body: `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n` }
    const plugins = [plugin("acme", [], { registerProviders: () => [provider] })]
    const { session } = await open("acme/one", plugins)
    expect(await session.ask("hi")).toMatchObject({ type: "agent.replied", spent: { cost: 0.75 } })
    expect(session.view().spent.models?.["acme/one"]).toMatchObject({ cost: 0.75, unpriced: 0 })
  })
})
