/** What stands behind a message may ask before it is read: its user, by mode and rules, and plugins that guard calls. */
import { describe, expect, it, vi } from "vitest"
import type { Hooks } from "../../../plugins/hooks.ts"
import type { Plugin } from "../../../plugins/plugin.ts"
import { livedOn, standing } from "../lived.ts"
import { makeStage, plugin } from "../stage.ts"

const lived = livedOn(makeStage())

const attemptAt = (command: string) =>
  ({ tool: "execute_bash", input: { command }, risk: "execute", preview: { command } }) as const

describe("what stands behind a message asks", () => {
  const running = (command: string): Plugin =>
    standing(async (_, { permit }) => (await permit(attemptAt(command))) ?? { text: `ran ${command}` })

  it("its user, by mode and rules, and is heard", async () => {
    const one = await lived([running("make")], { answers: { execute_bash: "always" } })
    await one.session.ask("/x")
    expect(one.read()).toEqual(["ran make"])
    expect(one.asked()).toMatchObject([{ risk: "execute", preview: { command: "make" }, rule: "execute_bash(make)" }])
    await one.session.ask("/x")
    expect(one.asked()).toHaveLength(1)
    const both = standing(
      async (_, { permit }) =>
        (await permit(attemptAt("make"))) ?? (await permit(attemptAt("make"))) ?? { text: "ran it twice" }
    )
    const twice = await lived([both], { answers: { execute_bash: "always" } })
    await twice.session.ask("/x")
    expect([twice.read(), twice.asked().length]).toEqual([["ran it twice"], 1])
    const no = await lived([running("make")], { answers: { execute_bash: "deny" } })
    expect(await no.session.ask("/x")).toMatchObject({ failure: { code: "refused", message: "the user said no" } })
  })

  it("nobody where rules or plan mode deny it, or where nobody is, and says what would allow it", async () => {
    const denied = await lived([running("rm x")], {
      settings: { permissions: { mode: "auto", deny: ["execute_bash(rm *)"] } }
    })
    expect(await denied.session.ask("/x")).toMatchObject({
      failure: { message: expect.stringContaining("permissions.deny") }
    })
    const plan = await lived([running("make")], { settings: { permissions: { mode: "plan" } } })
    expect(await plan.session.ask("/x")).toMatchObject({ failure: { message: expect.stringContaining("plan mode") } })
    const alone = await lived([running("make")], { unattended: true })
    expect(await alone.session.ask("/x")).toMatchObject({ failure: { code: "refused", needs: "execute_bash(make)" } })
    for (const one of [denied, plan, alone]) expect(one.asked()).toEqual([])
  })

  it("plugins that guard calls, too, and does not what they would have otherwise", async () => {
    const guarding = (said: ReturnType<Hooks["beforeToolExecute"]>) =>
      plugin("guard", [], { beforeToolExecute: () => said })
    const settings = { permissions: { mode: "auto" as const } }
    const denied = await lived([running("make"), guarding({ deny: "not here" })], { settings })
    expect(await denied.session.ask("/x")).toMatchObject({ failure: { message: expect.stringContaining("not here") } })
    const changed = await lived([running("make"), guarding({ input: { command: "make safe" } })], { settings })
    expect(await changed.session.ask("/x")).toMatchObject({
      failure: { message: expect.stringContaining("would change") }
    })
    const asking = await lived([running("make"), guarding({ ask: "look first" })], {
      settings,
      answers: { execute_bash: "allow" }
    })
    await asking.session.ask("/x")
    expect(asking.read()).toEqual(["ran make"])
    expect(asking.asked()).toMatchObject([
      { preview: { command: "make", summary: expect.stringContaining("look first") }, rule: "" }
    ])
  })

  it("while its time stands, and can be cancelled while it waits; what was waited for is gone then", async () => {
    const { session, notices, asked, model } = await lived([running("make")], {
      settings: { permissions: { mode: "ask" }, tools: { timeout: 0.05 } }
    })
    const ended = session.ask("/x")
    await vi.waitUntil(() => asked().length === 1)
    expect(session.view()).toMatchObject({ state: "asking", questions: [{ tool: "execute_bash" }] })
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(notices.some(({ type }) => type === "agent.failed")).toBe(false)
    session.cancel()
    expect(await ended).toMatchObject({ type: "agent.cancelled" })
    expect(session.view()).toMatchObject({ state: "idle", questions: [], transcript: [] })
    await session.ask("go")
    expect(model.requests).toHaveLength(1)
  })

  it("until whoever said it gives up, before or after its user is asked", async () => {
    const { session, asked } = await lived([running("make")])
    const late = new AbortController()
    const ended = session.ask("/x", { signal: late.signal })
    await vi.waitUntil(() => asked().length === 1)
    late.abort()
    expect(await ended).toMatchObject({ type: "agent.cancelled" })
    const early = new AbortController()
    const gone = session.ask("/x", { signal: early.signal })
    early.abort()
    expect(await gone).toMatchObject({ type: "agent.cancelled" })
    expect(session.view()).toMatchObject({ state: "idle", questions: [], transcript: [] })
  })

  it("something else than a yes as well", async () => {
    const asks = standing(async (_, { ask }) => {
      const fields = [{ name: "n", type: "integer" as const, required: true }]
      const reply = await ask({ from: "names", message: "How many?", fields })
      return reply.action === "accept" ? { text: `${reply.content.n} of them` } : { refused: "nobody said how many" }
    })
    const { session, read } = await lived([asks])
    session.events.subscribe((notice) => {
      if (notice.type === "agent.asked")
        session.send({ type: "permission.answered", id: notice.id, decision: "allow", content: { n: 3 } })
    })
    await session.ask("/x")
    expect(read()).toEqual(["3 of them"])
    const alone = await lived([asks], { unattended: true })
    expect(await alone.session.ask("/x")).toMatchObject({ failure: { message: "nobody said how many" } })
  })
})
