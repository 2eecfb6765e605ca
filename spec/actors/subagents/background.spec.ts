/** Agents that nobody waits for. */
import { describe, expect, it } from "vitest"
import { textOf } from "../../../llm/message.ts"
import { answersOf, makeStage, plugin, tool } from "../stage.ts"
import { agentsIn, attended, childrenOf, delivered, gated, heard, next, soon } from "./attended.ts"
import { byMessage, hangs, task } from "./scripted.ts"

const stage = makeStage()

describe("an agent in the background", () => {
  const start = (prompt: string, more: object = {}) => task(prompt, { background: true, ...more })

  it("is not waited for; its result comes as a message, once, and begins a turn", async () => {
    const { go, gate } = gated()
    const model = byMessage({
      "^go$": [{ calls: [start("look")] }, { text: "it looks" }],
      "^look$": [{ calls: [{ tool: "gate" }] }, { text: "seen" }],
      "Background agent": [{ text: "so it was seen" }]
    })
    const { session, notices } = await attended(stage, model, { plugins: [gate] })
    expect(await session.ask("go")).toMatchObject({ type: "agent.replied", text: "it looks" })
    expect(session.view().background).toMatchObject([{ description: "about look", state: "running", delivered: false }])
    const replied = next(session, "agent.replied", ({ text }) => text === "so it was seen")
    go()
    const id = session.view().background[0]?.id
    expect(await replied).toMatchObject({ messages: [`background:${id}`] })
    expect(delivered(session)).toHaveLength(1)
    expect(delivered(session)[0]).toContain("seen")
    expect(session.view().background).toMatchObject([{ state: "replied", delivered: true, result: { session: id } }])
    expect(notices.flatMap((notice) => (notice.type === "agent.background" ? [notice.state] : []))).toEqual([
      "running",
      "replied"
    ])
    // All that was spent: three requests of the agent, two of the other.
    expect(session.view().spent.usage).toMatchObject({ input: 50, output: 10 })
  })

  it("runs on when the conversation goes on from another point, and is told there", async () => {
    const { go, gate } = gated()
    const model = byMessage({
      "^go$": [{ calls: [start("look")] }, { text: "it looks" }],
      "^look$": [{ calls: [{ tool: "gate" }] }, { text: "seen" }]
    })
    const { runtime, session } = await attended(stage, model, { plugins: [gate] })
    await session.ask("one")
    await session.fork("before")
    await session.ask("go")
    await session.switch("before")
    expect(session.view().background).toMatchObject([{ state: "running" }])
    const heard = next(session, "agent.replied")
    go()
    await heard
    expect(session.view().transcript.filter(({ role }) => role === "user")).toHaveLength(2)
    expect(delivered(session)).toHaveLength(1)
    await session.close()
    const again = await runtime.open({ resume: session.id })
    expect(delivered(again)).toHaveLength(1)
    expect(again.view().background).toMatchObject([{ state: "replied", delivered: true }])
  })

  it("asks nobody, also where the user is there", async () => {
    const scribble = plugin("spec", [tool("scribble", () => "scribbled")])
    const model = byMessage({
      "^go$": [{ calls: [start("write")] }, { text: "started" }],
      "^write$": [{ calls: [{ tool: "scribble" }] }, { text: "could not" }]
    })
    const settings = { permissions: { mode: "ask" as const } }
    const { session, notices } = await attended(stage, model, { plugins: [scribble], settings })
    const told = next(session, "agent.background", ({ state }) => state === "replied")
    await session.ask("go")
    expect((await told).result).toMatchObject({ text: "could not", needs: ["scribble"] })
    expect(notices.filter(({ type }) => type === "agent.asked")).toEqual([])
  })

  it("can be listed, waited for and stopped; nine at a time are too many", async () => {
    const model = byMessage({
      "^go$": [{ calls: Array.from({ length: 9 }, (_, n) => start(`hang ${n}`)) }, { text: "started" }],
      "^hang": hangs,
      "^list$": [{ calls: [{ tool: "background_list" }] }, { text: "listed" }],
      "^stop (.*)$": [{ calls: [{ tool: "background_stop", input: { id: "{{1}}" } }] }],
      "^.Background agent [^(]*\\((\\w+)\\)": [
        { calls: [{ tool: "background_output", input: { id: "{{1}}", wait: 60 } }] },
        { text: "stopped" }
      ],
      "^look (.*)$": [{ calls: [{ tool: "background_output", input: { id: "{{1}}" } }] }, { text: "looked" }]
    })
    const { session, notices } = await attended(stage, model)
    await session.ask("go")
    const started = answersOf(notices)
    expect(started.filter(({ success }) => success)).toHaveLength(8)
    expect(started.find(({ success }) => !success)?.error).toContain("8 agents run in the background already")
    const ids = session.view().background.map(({ id }) => id)

    const said = async (text: string) => {
      const before = answersOf(notices).length
      await session.ask(text)
      return answersOf(notices)
        .slice(before)
        .map(({ data, error }) => String(data ?? error))
    }
    const [list] = await said("list")
    for (const id of ids) expect(list).toMatch(new RegExp(`${id} \\(about hang \\d\\): running`))
    const [stopped, looked] = await said(`stop ${ids[0]}`)
    expect(stopped).toMatch(/cancelled\]\nIts result follows as a message/)
    expect(looked).toMatch(/cancelled\]\nIt was stopped before its end\./)
    expect(delivered(session)).toHaveLength(1)
    expect(await said("look nobody")).toEqual([expect.stringContaining('no background agent "nobody"')])
    expect((await said(`look ${ids[1]}`))[0]).toMatch(/running, \d+ s\]$/)
  })

  it("does not go on for ever without the user: each result may start the next, twenty times", async () => {
    const again = [{ calls: [start("look")] }, { text: "and again" }]
    const model = byMessage({ "^go$": again, "^.Background agent": again })
    const { session, notices } = await attended(stage, model)
    await session.ask("go")
    await soon(() => expect(answersOf(notices).at(-1)?.error).toContain("20 results have come since the user"))
    expect(session.view().background).toHaveLength(20)
    await session.ask("go")
    expect(answersOf(notices).at(-1)?.success).toBe(true)
  })

  it("is stopped with its session, and told of once at the next opening", async () => {
    const model = byMessage({
      "^go$": [{ calls: [start("look")] }, { text: "it looks" }],
      "^look$": hangs,
      "^and\\?$": [{ text: "it was cut off" }]
    })
    const { runtime, session } = await attended(stage, model)
    await session.ask("go")
    const [child] = childrenOf(runtime, session)
    await soon(() => expect(heard(model, "look")).toBeDefined())
    await session.close()
    expect(agentsIn(runtime)).toEqual([])

    const again = await runtime.open({ resume: session.id })
    expect(again.view().notices.join("\n")).toContain(`background agent ${child?.id} was cut off`)
    expect(again.view()).toMatchObject({ state: "idle", background: [{ id: child?.id, state: "interrupted" }] })
    expect(delivered(again)).toHaveLength(1)
    expect(delivered(again)[0]).toMatch(/was cut off.*I was about/s)
    expect(await again.ask("and?")).toMatchObject({ text: "it was cut off" })
    await again.close()
    const third = await runtime.open({ resume: session.id })
    expect(delivered(third)).toHaveLength(1)
    // The child's own session can be looked at and gone on with; nobody is told twice.
    const own = await runtime.open({ resume: child?.id ?? "" })
    expect(own.view().transcript.map(textOf).join("\n")).toContain("I was about")
  })
})
