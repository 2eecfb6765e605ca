/** Agents that a call waits for. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Session } from "../../../actors/session-host.ts"
import { textOf } from "../../../llm/message.ts"
import type { AgentResult, BackgroundView } from "../../../plugins/ports.ts"
import { defineTool } from "../../../plugins/tool.ts"
import { answersOf, makeStage, plugin, tool } from "../stage.ts"
import { agentsIn, attended, childrenOf, heard, next, soon } from "./attended.ts"
import { byMessage, hangs, task } from "./scripted.ts"

const stage = makeStage()

describe("a task", () => {
  it("is done by an agent of its own, whose answer is the call's", async () => {
    const model = byMessage({
      "^go$": [{ calls: [task("where is it?")] }, { text: "so that is where" }],
      "where is it": [{ text: "Under the stairs." }]
    })
    const { runtime, session, notices } = await attended(stage, model)
    const end = await session.ask("go")
    const [child] = childrenOf(runtime, session)
    const [answer] = answersOf(notices)
    expect(answer).toMatchObject({ success: true })
    expect(answer?.data).toBe(`Under the stairs.\n\n[subagent session ${child?.id}, 12 tokens, $0.0000]`)
    // What it cost is part of what the turn cost: two requests of the parent, one of the child.
    expect(end).toMatchObject({ type: "agent.replied", spent: { usage: { input: 30, output: 6 } } })

    const asked = heard(model, "where is it?")
    expect(asked?.messages.map(textOf)).toEqual(["where is it?"])
    expect(asked?.system).toContain("You work for another agent")
    expect(model.requests[0]?.system).not.toContain("You work for another agent")
    const names = (at: number) => model.requests[at]?.tools.map(({ name }) => name) ?? []
    expect(names(0)).toContain("task")
    expect(asked?.tools.map(({ name }) => name)).toEqual(
      names(0).filter((name) => !/^(task|background_.*)$/.test(name))
    )

    expect(runtime.journal.list().map(({ id }) => id)).toEqual([session.id])
    expect(child).toMatchObject({ parent: { session: session.id, kind: "task" }, title: "where is it?" })
  })

  it("works beside the others of the same reply", async () => {
    const both = Promise.withResolvers<void>()
    let here = 0
    const meet = tool("meet", async () => {
      if (++here === 2) both.resolve()
      await both.promise
      return "met"
    })
    const model = byMessage({
      "^go$": [{ calls: [task("one"), task("two")] }, { text: "both" }],
      "one|two": [{ calls: [{ tool: "meet" }] }, { text: "met the other" }]
    })
    const { session, notices } = await attended(stage, model, { plugins: [plugin("spec", [meet])] })
    expect(await session.ask("go")).toMatchObject({ text: "both" })
    expect(answersOf(notices).map(({ success }) => success)).toEqual([true, true])
    const shown = notices.flatMap((notice) => (notice.type === "agent.progressed" ? [notice.text] : []))
    expect(shown).toEqual(["meet\n", "meet\n"])
  })

  it("says at most 20,000 characters, and where the rest is", async () => {
    const model = byMessage({
      "^go$": [{ calls: [task("talk")] }, { text: "done" }],
      talk: [{ text: `first ${"word ".repeat(10_000)} last` }]
    })
    const { runtime, session, notices } = await attended(stage, model)
    await session.ask("go")
    const said = String(answersOf(notices)[0]?.data)
    expect(said.length).toBeLessThan(20_200)
    const [child] = childrenOf(runtime, session)
    expect(said).toMatch(new RegExp(`^first [^]*kintsugi session show ${child?.id}[^]*last\n`))
  })

  it("waits for its turn when eight are at work, and keeps no other session from its own", async () => {
    const model = byMessage({
      "^ten$": [{ calls: Array.from({ length: 10 }, (_, n) => task(`quick ${n}`)) }, { text: "all of them" }],
      "^many$": [{ calls: [...Array.from({ length: 20 }, (_, n) => task(`hang ${n}`)), task("late", { timeout: 1 })] }],
      "^hang": hangs,
      "^go$": [{ calls: [task("look")] }, { text: "done" }]
    })
    const { runtime, session } = await attended(stage, model)
    expect(await session.ask("ten")).toMatchObject({ text: "all of them" })
    const late = next(session, "agent.settled")
    const end = session.ask("many")
    const hanging = () =>
      model.requests.filter(({ messages }) => messages.some((one) => textOf(one).startsWith("hang")))
    await soon(() => expect(hanging()).toHaveLength(8))
    const other = await runtime.open()
    expect(await other.ask("go")).toMatchObject({ type: "agent.replied", text: "done" })
    expect(hanging()).toHaveLength(8)
    // Waiting takes its time, too.
    expect((await late).answer).toMatchObject({ success: false, data: expect.stringContaining("had called no tool") })
    expect(heard(model, "late")).toBeUndefined()
    session.send({ type: "user.cancel" })
    expect(await end).toMatchObject({ type: "agent.cancelled" })
  })

  it("may be narrowed to some tools, to another model, to fewer rounds", async () => {
    const model = byMessage({
      "^go$": [
        {
          calls: [
            task("narrow", { tools: ["read_file"] }),
            task("elsewhere", { model: "nobody/nothing" }),
            task("endless", { max_turns: 2 }),
            task("unknown tool", { tools: ["reed_file"] }),
            task(" ")
          ]
        },
        { text: "done" }
      ],
      endless: [1, 2, 3].map((n) => ({ calls: [{ tool: "read_file", input: { path: `no-${n}` } }] }))
    })
    const { session, notices } = await attended(stage, model)
    await session.ask("go")
    expect(heard(model, "narrow")?.tools.map(({ name }) => name)).toEqual(["read_file"])
    const settled = notices.flatMap((notice) => (notice.type === "agent.settled" ? [notice] : []))
    const said = (prompt: string) => {
      const found = settled.find(({ call }) => (call.input as { prompt: string }).prompt === prompt)?.answer
      return `${found?.success} ${found?.error ?? ""} ${String(found?.data ?? "")}`
    }
    expect(said("elsewhere")).toMatch(/^false .*nobody/s)
    expect(said("endless")).toMatch(/^false the subagent failed.*2 rounds/s)
    expect(said("unknown tool")).toMatch(/^false tools must be some of .*reed_file/)
    expect(said(" ")).toMatch(/^false prompt must be a text/)
  })

  it("may be handed on once, and no further", async () => {
    const model = byMessage({
      "^go$": [{ calls: [task("first", { tools: ["task"] })] }, { text: "done" }],
      first: [
        { calls: [task("second", { tools: ["task", "read_file"] }), task("later", { background: true })] },
        { text: "handed on" }
      ],
      second: [{ calls: [task("third")] }, { text: "could not" }]
    })
    const { runtime, session } = await attended(stage, model)
    await session.ask("go")
    expect(heard(model, "second")?.tools.map(({ name }) => name)).toEqual(["read_file"])
    const answers = model.requests.flatMap(({ messages }) =>
      messages.flatMap((message) => (message.role === "tool" ? [textOf(message)] : []))
    )
    expect(answers.join("\n")).toContain('there is no tool "task"')
    expect(answers.join("\n")).toContain("a subagent starts none in the background")
    const [child] = childrenOf(runtime, session)
    expect(runtime.journal.list({ parent: child?.id ?? "" })).toHaveLength(1)
  })
})

describe("a subagent that hangs", () => {
  const deaf = plugin("spec", [tool("deaf", () => new Promise(() => {}), { timeout: false })])

  it("blocks its parent no longer than its time, whatever hangs, and what it had said is told", async () => {
    const model = byMessage({
      "^go$": [{ calls: [task("model", { timeout: 1.5 }), task("tool", { timeout: 1.5 })] }, { text: "went on" }],
      model: hangs,
      tool: [{ text: "Calling.", calls: [{ tool: "deaf" }] }]
    })
    const { session, notices } = await attended(stage, model, { plugins: [deaf] })
    expect(await session.ask("go")).toMatchObject({ type: "agent.replied", text: "went on" })
    const answers = answersOf(notices)
    for (const answer of answers)
      expect(answer).toMatchObject({ success: false, error: expect.stringContaining("took too long and was stopped") })
    const said = answers.map(({ data }) => String(data)).join("\n")
    for (const words of ["I was about", "Calling."]) expect(said).toContain(words)
  })

  it("is stopped with everything it started by a cancel, by the end of the session, and by the end of the runtime", async () => {
    const pidFile = join(stage.folder(), "pid")
    const command = "echo $$ > pid; sleep 3600"
    const model = byMessage({
      "^go$": [{ calls: [task("sleep")] }],
      sleep: [{ calls: [{ tool: "execute_bash", input: { command, timeout: 600 } }] }]
    })
    const runtime = await stage.start({ model })
    const ends = [
      (session: Session) => session.send({ type: "user.cancel" }),
      (session: Session) => session.close(),
      () => runtime.close()
    ]
    let before = ""
    for (const finish of ends) {
      const session = await runtime.open()
      const end = session.ask("go")
      const pid = await soon(async () => {
        const text = (await readFile(pidFile, "utf8")).trim()
        if (text === "" || text === before) throw new Error("not yet")
        return (before = text)
      })
      await finish(session)
      expect(await end).toMatchObject({ type: "agent.cancelled" })
      await soon(() => expect(isThere(Number(pid))).toBe(false))
    }
  }, 30_000)
})

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe("the port", () => {
  it("gives plugins' own tools the same agents, within the time of their call", async () => {
    const results: Array<AgentResult | BackgroundView> = []
    const fan = defineTool({
      name: "fan_out",
      description: "A tool.",
      risk: "read",
      input: { type: "object" },
      timeout: 0.5,
      execute: async (_, { agents }) => {
        const all = await Promise.all([agents.run({ prompt: "one" }), agents.run({ prompt: "two" })])
        results.push(...all)
        await agents.run({ prompt: "hang", description: "the third" })
        return "never"
      }
    })
    const model = byMessage({
      "^go$": [{ calls: [{ tool: "fan_out" }] }, { text: "done" }],
      hang: [{ calls: [{ tool: "list_files" }] }, ...hangs]
    })
    const { runtime, session, notices } = await attended(stage, model, { plugins: [plugin("spec", [fan])] })
    await session.ask("go")
    expect(results).toMatchObject([
      { end: "replied", text: "heard", tokens: 12 },
      { end: "replied", text: "heard", tokens: 12 }
    ])
    expect(answersOf(notices)[0]?.error).toContain("timed out after 0.5 s")
    expect(notices).toContainEqual(expect.objectContaining({ text: "the third: list_files\n" }))
    // The call is over, so is what it waited for.
    await soon(() => expect(agentsIn(runtime)).toEqual([session.id]))
  })
})
