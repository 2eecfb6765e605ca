/** What agents ask that work for another. */
import { describe, expect, it } from "vitest"
import type { AgentNotice } from "../../../machines/events.ts"
import { defineTool } from "../../../plugins/tool.ts"
import { answersOf, makeStage, plugin, tool } from "../stage.ts"
import { attended, gated, heard, next, soon } from "./attended.ts"
import { byMessage, hangs, task } from "./scripted.ts"

const stage = makeStage()

describe("what a subagent asks", () => {
  const writing = {
    "^go$": [{ calls: [task("first"), task("second")] }, { text: "done" }],
    "first|second": [{ calls: [{ tool: "scribble" }] }, { text: "written" }]
  }
  const scribble = plugin("spec", [tool("scribble", () => "scribbled")])
  const settings = { permissions: { mode: "ask" as const } }

  it("is asked of the session's user, in its name; “always” holds for its siblings", async () => {
    const { session, notices } = await attended(stage, byMessage(writing), { plugins: [scribble], settings })
    const asked: Array<Extract<AgentNotice, { type: "agent.asked" }>> = []
    session.events.subscribe((notice) => {
      if (notice.type !== "agent.asked") return
      asked.push(notice)
      expect(session.view().state).toBe("asking")
      if (asked.length === 2) session.send({ type: "permission.answered", id: notice.id, decision: "always" })
    })
    const end = await session.ask("go")
    expect(end).toMatchObject({ type: "agent.replied" })
    expect(asked.toSorted((one, other) => (one.agent ?? "").localeCompare(other.agent ?? ""))).toMatchObject([
      { tool: "scribble", rule: "scribble", agent: "about first" },
      { tool: "scribble", rule: "scribble", agent: "about second" }
    ])
    expect(answersOf(notices).map(({ data }) => String(data).split("\n")[0])).toEqual(["written", "written"])
    // A third one, later, need not ask any more.
    await session.ask("go")
    expect(asked).toHaveLength(2)
  })

  it("depends on the mode that the session is in when it begins", async () => {
    const { session, notices } = await attended(stage, byMessage(writing), { plugins: [scribble], settings })
    session.send({ type: "user.permissions", mode: "auto" })
    await session.ask("go")
    expect(notices.filter(({ type }) => type === "agent.asked")).toEqual([])
    expect(answersOf(notices).map(({ data }) => String(data).split("\n")[0])).toEqual(["written", "written"])
  })

  it("is refused when nobody is there, and the rule that was missing reaches the caller", async () => {
    const { session, notices } = await stage.open(byMessage(writing), [scribble], settings)
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ needs: "scribble" }, { needs: "scribble" }])
    expect(answersOf(notices)[0]?.data).toContain("nobody could be asked to permit scribble")
  })

  it("is asked once where “always” was the answer, also by those who come later and those below", async () => {
    const { go, gate } = gated()
    const scribbles = { calls: [{ tool: "scribble" }] }
    const model = byMessage({
      "^go$": [
        { calls: [task("asks"), task("later"), task("above", { tools: ["task", "gate", "scribble"] })] },
        { text: "done" }
      ],
      "^asks$": [scribbles, { text: "written" }],
      "^later$": [{ calls: [{ tool: "gate" }] }, scribbles, { text: "written" }],
      "^above$": [{ calls: [{ tool: "gate" }] }, { calls: [task("below")] }, { text: "written" }],
      "^below$": [scribbles, { text: "written" }]
    })
    const { session, notices } = await attended(stage, model, { plugins: [scribble, gate], settings })
    session.events.subscribe((notice) => {
      if (notice.type !== "agent.asked") return
      session.send({ type: "permission.answered", id: notice.id, decision: "always" })
      go()
    })
    await session.ask("go")
    expect(notices.flatMap((notice) => (notice.type === "agent.asked" ? [notice.agent] : []))).toEqual(["about asks"])
    expect(heard(model, "below")).toBeDefined()
  })

  it("stops its clock until it is answered", async () => {
    const model = byMessage({
      "^go$": [{ calls: [task("first", { timeout: 1.5 }), task("hang", { timeout: 1.5 })] }, { text: "done" }],
      "^first$": writing["first|second"],
      "^hang$": hangs
    })
    const { session, notices } = await attended(stage, model, { plugins: [scribble], settings })
    const asked = next(session, "agent.asked")
    const other = next(session, "agent.settled")
    const end = session.ask("go")
    const { id } = await asked
    expect((await other).answer.error).toContain("took too long")
    session.send({ type: "permission.answered", id, decision: "allow" })
    expect(await end).toMatchObject({ text: "done" })
    expect(answersOf(notices)[1]).toMatchObject({ success: true })
  })

  it("is withdrawn when it is over, though the call that waits goes on", async () => {
    const one = new AbortController()
    const go = Promise.withResolvers<void>()
    const fan = defineTool({
      name: "fan_out",
      description: "A tool.",
      risk: "read",
      input: { type: "object" },
      execute: async (_, { agents }) => {
        const { end } = await agents.run({ prompt: "first" }, { signal: one.signal })
        await go.promise
        return end
      }
    })
    const model = byMessage({ ...writing, "^fan$": [{ calls: [{ tool: "fan_out" }] }, { text: "done" }] })
    const plugins = [scribble, plugin("fan", [fan])]
    const { session, notices } = await attended(stage, model, { plugins, settings })
    const asked = next(session, "agent.asked")
    const end = session.ask("fan")
    await asked
    one.abort()
    await soon(() => expect(session.view().state).toBe("acting"))
    go.resolve()
    expect(await end).toMatchObject({ text: "done" })
    expect(answersOf(notices)).toMatchObject([{ data: "cancelled" }])
  })

  it("goes with it when it is stopped", async () => {
    const { session } = await attended(stage, byMessage(writing), { plugins: [scribble], settings })
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    await asked
    session.send({ type: "user.cancel" })
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    expect(session.view().state).toBe("idle")
  })

  it("by another model is the user's to decide, before it is started", async () => {
    const model = byMessage({ "^go$": [{ calls: [task("far", { model: "scripted/rehearsal" })] }, { text: "done" }] })
    const { session, notices } = await stage.open(model, [], settings)
    await session.ask("go")
    expect(answersOf(notices)).toMatchObject([{ success: false, errorClass: "permission_denied", needs: "task" }])
  })
})
