/** What a tool asks its user while it runs. */
import { describe, expect, it } from "vitest"
import type { InquiryReply, Inquiry } from "../../plugins/inquiry.ts"
import type { ToolSpec } from "../../plugins/tool.ts"
import { answersOf, calls, makeStage, plugin, tool } from "./stage.ts"
import { attended, next, soon } from "./subagents/attended.ts"
import { byMessage, task } from "./subagents/scripted.ts"

const stage = makeStage()

const form: Inquiry = {
  from: "the spec",
  message: "Who are you?",
  fields: [
    { name: "name", type: "text", required: true },
    { name: "age", type: "integer", minimum: 0, required: false }
  ]
}

/** A tool that asks and says what it heard. */
const asks = (name: string, inquiry: unknown = form, more: Partial<ToolSpec<object>> = {}) =>
  tool(name, async (_, { ask }) => ({ success: true, data: await ask(inquiry as Inquiry) }), more)

const open = (tools: Parameters<typeof plugin>[1], ...names: ReadonlyArray<string>) =>
  attended(stage, calls(...names), { plugins: [plugin("spec", tools)] })

const repliesIn = (notices: Parameters<typeof answersOf>[0]) => answersOf(notices).map(({ data }) => data)

describe("a question of a running call", () => {
  it("is told with who asks and what, and its answer goes to the tool", async () => {
    const { session, notices } = await open([asks("who")], "who")
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    const question = await asked
    expect(question).toMatchObject({ callId: "c0", tool: "who", rule: "", inquiry: form })
    expect(session.view()).toMatchObject({ state: "asking", questions: [{ id: question.id, inquiry: form }] })
    session.send({
      type: "permission.answered",
      id: question.id,
      decision: "allow",
      content: { name: "Ada", age: "36" }
    })
    await end
    expect(repliesIn(notices)).toEqual([{ action: "accept", content: { name: "Ada", age: 36 } }])
  })

  it("stays open while what is said does not fit, and ends when it does", async () => {
    const { session, notices } = await open([asks("who")], "who")
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    const { id } = await asked
    for (const content of [{}, { name: " " }, { name: "Ada", age: -1 }] as ReadonlyArray<Record<string, string>>)
      session.send({ type: "permission.answered", id, decision: "allow", content })
    session.send({ type: "permission.answered", id, decision: "allow" })
    expect(session.view().questions).toHaveLength(1)
    session.send({ type: "permission.answered", id, decision: "allow", content: { name: "Ada", age: "" } })
    await end
    expect(repliesIn(notices)).toEqual([{ action: "accept", content: { name: "Ada" } }])
  })

  it("may be declined; “always” means this once", async () => {
    const { session, notices } = await open(
      [asks("who"), asks("sure", { from: "spec", message: "Sure?" })],
      "who",
      "sure",
      "sure"
    )
    const decisions = ["deny", "always", "allow"] as const
    let count = 0
    session.events.subscribe((notice) => {
      if (notice.type !== "agent.asked") return
      session.send({ type: "permission.answered", id: notice.id, decision: decisions[count++] ?? "deny" })
    })
    await session.ask("go")
    expect(count).toBe(3)
    expect(repliesIn(notices)).toEqual([
      { action: "decline" },
      { action: "accept", content: {} },
      { action: "accept", content: {} }
    ])
    const told = notices.flatMap((notice) => (notice.type === "agent.answered" ? [notice.decision] : []))
    expect(told).toEqual(["deny", "allow", "allow"])
  })

  it("is not answered by an “always” that was meant for another", async () => {
    const plugins = [
      plugin("spec", [
        asks("who", form, { risk: "read", parallel: true }),
        tool("scribble", () => "ok", { parallel: true })
      ])
    ]
    const model = byMessage({ "^go$": [{ calls: [{ tool: "who" }, { tool: "scribble" }] }, { text: "done" }] })
    const { session } = await attended(stage, model, { plugins, settings: { permissions: { mode: "ask" } } })
    const end = session.ask("go")
    await soon(() => expect(session.view().questions).toHaveLength(2))
    const [permission] = session.view().questions.filter(({ inquiry }) => inquiry === undefined)
    session.send({ type: "permission.answered", id: permission?.id ?? "", decision: "always" })
    expect(session.view().questions).toMatchObject([{ inquiry: form }])
    session.cancel()
    expect(await end).toMatchObject({ type: "agent.cancelled" })
  })

  it("is one of several: of one call and of calls beside it, each with its own answer", async () => {
    const yes = (message: string): Inquiry => ({ from: "spec", message })
    const both = tool(
      "both",
      async (_, { ask }) => {
        const replies = await Promise.all([ask(yes("one")), ask(yes("two"))])
        return replies.map(({ action }) => action).join(" ")
      },
      { parallel: true }
    )
    const model = byMessage({ "^go$": [{ calls: [{ tool: "both" }, { tool: "third" }] }, { text: "done" }] })
    const plugins = [plugin("spec", [both, asks("third", yes("three"), { parallel: true })])]
    const { session, notices } = await attended(stage, model, { plugins })
    const end = session.ask("go")
    await soon(() => expect(session.view().questions).toHaveLength(3))
    for (const { id, inquiry } of session.view().questions.toReversed())
      session.send({ type: "permission.answered", id, decision: inquiry?.message === "two" ? "deny" : "allow" })
    await end
    expect(repliesIn(notices)).toEqual(expect.arrayContaining(["accept decline", { action: "accept", content: {} }]))
  })

  it("stops the clock of its call, which goes on with the answer", async () => {
    const heard: Array<InquiryReply> = []
    const patient = tool(
      "patient",
      async (_, { ask }) => {
        heard.push(await ask(form))
        return new Promise<string>(() => {})
      },
      { timeout: 0.4 }
    )
    const { session, notices } = await open([patient], "patient")
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    const { id } = await asked
    await new Promise((resolve) => setTimeout(resolve, 500))
    session.send({ type: "permission.answered", id, decision: "allow", content: { name: "Ada" } })
    await end
    expect(heard).toMatchObject([{ action: "accept" }])
    expect(answersOf(notices)).toMatchObject([{ error: expect.stringContaining("timed out after 0.4 s") }])
  })

  it("goes when the turn is stopped, and the tool hears why", async () => {
    const heard = Promise.withResolvers<InquiryReply>()
    const asking = tool("who", async (_, { ask }) => {
      const reply = await ask(form)
      heard.resolve(reply)
      return reply.action
    })
    const { session } = await open([asking], "who")
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    await asked
    session.cancel()
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    expect(await heard.promise).toMatchObject({ action: "cancel" })
    expect(session.view()).toMatchObject({ state: "idle", questions: [] })
  })

  it("is gone when its session is closed and opened again; the turn that asked is over", async () => {
    const heard = Promise.withResolvers<InquiryReply>()
    const who = tool("who", async (_, { ask }) => {
      heard.resolve(await ask(form))
      return "never read"
    })
    const { runtime, session } = await open([who], "who")
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    const { id } = await asked
    await session.close()
    expect(await end).toMatchObject({ type: "agent.cancelled" })
    expect(await heard.promise).toMatchObject({ action: "cancel" })
    const again = await runtime.open({ resume: session.id })
    expect(again.view()).toMatchObject({ state: "idle", questions: [] })
    again.send({ type: "permission.answered", id, decision: "allow", content: { name: "Ada" } })
    expect(again.view()).toMatchObject({ state: "idle", questions: [] })
  })

  it("is withdrawn when its call ends without waiting for it, or is run again", async () => {
    let run = 0
    const careless = tool(
      "careless",
      async (_, { ask }) => {
        void ask({ from: "spec", message: `run ${++run}` })
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (run === 1) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
        return "done without you"
      },
      { idempotent: true }
    )
    const { session, notices } = await open([careless], "careless")
    await session.ask("go")
    expect(run).toBe(2)
    expect(session.view().questions).toEqual([])
    const asked = notices.flatMap((notice) => (notice.type === "agent.asked" ? [notice.id] : []))
    const answered = notices.flatMap((notice) => (notice.type === "agent.answered" ? [notice.id] : []))
    expect(answered).toEqual(asked)
  })

  it("is cancelled at once where nobody is there, where it makes no sense, and before its call runs", async () => {
    const bad = asks("bad", { from: "spec", message: "x", fields: [{ name: "n", type: "secret" }] })
    let early: InquiryReply | undefined
    const eager = tool("eager", () => "ran", {
      preview: async (_, { ask }) => {
        early = await ask(form)
        return {}
      }
    })
    const { session, notices } = await open([bad, eager], "bad", "eager")
    await session.ask("go")
    expect(repliesIn(notices)).toMatchObject([
      { action: "cancel", reason: expect.stringContaining("fields[0].type") },
      "ran"
    ])
    expect(early).toMatchObject({ action: "cancel" })
    const alone = await stage.open(calls("who"), [plugin("spec", [asks("who")])])
    await alone.session.ask("go")
    expect(repliesIn(alone.notices)).toMatchObject([{ action: "cancel", reason: expect.stringContaining("nobody") }])
  })

  it("of a subagent is asked of the session's user, in its name", async () => {
    const model = byMessage({
      "^go$": [{ calls: [task("first")] }, { text: "done" }],
      first: [{ calls: [{ tool: "who" }] }, { text: "asked" }]
    })
    const plugins = [plugin("spec", [asks("who")])]
    const { session } = await attended(stage, model, { plugins })
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    const question = await asked
    expect(question).toMatchObject({ agent: "about first", inquiry: form })
    session.send({ type: "permission.answered", id: question.id, decision: "allow", content: { name: "Ada" } })
    expect(await end).toMatchObject({ text: "done" })
    const answer = model.requests
      .flatMap(({ messages }) => messages)
      .find((message) => message.role === "tool" && message.name === "who")
    expect(JSON.stringify(answer)).toContain("Ada")
  })
})
