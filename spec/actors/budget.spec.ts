/** What a session may spend, with its models and the agents that it starts. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { textOf } from "../../llm/message.ts"
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

it("a session tells what each model took, whoever answered", async () => {
  const model = played(["hello"])
  const { session } = await open(model, look)
  await session.ask("hi")
  expect(session.view().spent).toMatchObject({
    cost: 0.01,
    models: { "played/one": { requests: 1, unpriced: 0, uncounted: 0, cost: 0.01 } }
  })
  expect(session.view().transcript.map(textOf)).toEqual(["hi", "hello"])
})
