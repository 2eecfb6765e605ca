/** Plugins that have a say in what the user said, in calls, in compactions and in the end of a turn, as a session lives it. */
import { describe, expect, it, vi } from "vitest"
import type { Runtime } from "../../actors/runtime.ts"
import type { Session } from "../../actors/session-host.ts"
import { userMessage } from "../../actors/session.ts"
import { type Message, textOf } from "../../llm/message.ts"
import type { AgentEvent, AgentNotice } from "../../machines/events.ts"
import type { Hooks, MessageAttempt } from "../../plugins/hooks.ts"
import type { Expansion, Plugin } from "../../plugins/plugin.ts"
import { definePlugin } from "../../plugins/plugin.ts"
import { played } from "./played-model.ts"
import { answersOf, makeStage, newsOf, plugin, tool } from "./stage.ts"
import { type ByMessage, byMessage, task } from "./subagents/scripted.ts"

const stage = makeStage()

type Answers = Readonly<Record<string, "allow" | "always" | "deny">>

interface Setting {
  readonly model?: ByMessage
  readonly settings?: Parameters<typeof stage.open>[2]
  readonly unattended?: boolean
  /** By what is asked about. */
  readonly answers?: Answers
}

interface Played {
  readonly runtime: Runtime
  readonly session: Session
  readonly model: ByMessage
  readonly notices: ReadonlyArray<AgentNotice>
  readonly events: ReadonlyArray<AgentEvent>
  /** What the newest request said in the user's place. */
  readonly read: () => ReadonlyArray<string>
  readonly asked: () => ReadonlyArray<Extract<AgentNotice, { type: "agent.asked" }>>
}

/** A session with these plugins, whose user answers what is asked. */
const lived = async (plugins: ReadonlyArray<Plugin>, setting: Setting = {}): Promise<Played> => {
  const { model = played(["one", "two", "three"]), unattended = false, answers = {} } = setting
  const events: Array<AgentEvent> = []
  const runtime = await stage.start({
    model,
    plugins,
    settings: { permissions: { mode: "ask" }, ...setting.settings },
    inspect: (inspected) => {
      if (inspected.type === "@xstate.event" && !inspected.event.type.startsWith("xstate."))
        events.push(inspected.event as AgentEvent) // all that is not XState's own
    }
  })
  const session = await runtime.open({ unattended })
  const notices: Array<AgentNotice> = []
  session.events.subscribe((notice) => {
    notices.push(notice)
    const decision = notice.type === "agent.asked" ? answers[notice.tool] : undefined
    if (notice.type === "agent.asked" && decision !== undefined)
      session.send({ type: "permission.answered", id: notice.id, decision })
  })
  const said = (message: Message) => (message.role === "user" ? [textOf(message)] : [])
  return {
    runtime,
    session,
    model,
    notices,
    events,
    read: () => model.requests.at(-1)?.messages.flatMap(said) ?? [],
    asked: () => notices.flatMap((notice) => (notice.type === "agent.asked" ? [notice] : []))
  }
}

const gate = (beforeUserMessage: Hooks["beforeUserMessage"], more: Partial<Plugin> = {}): Plugin =>
  plugin("gate", [], { beforeUserMessage, ...more })

const standing = (
  expand: Expansion["expand"],
  name = "names",
  wants = (text: string) => text.startsWith("/")
): Plugin => definePlugin({ name, live: { follow: () => () => {}, expansion: { wants, expand } } })

const attemptAt = (command: string) =>
  ({ tool: "execute_bash", input: { command }, risk: "execute", preview: { command } }) as const

describe("a message", () => {
  it("that nobody has a say in goes as it always went", async () => {
    const { session, events } = await lived([standing(async () => ({ text: "never" }))])
    await session.ask("go")
    expect(events.flatMap(({ type }) => (/^(user|message|model)/.test(type) ? [type] : []))).toEqual([
      "user.message",
      "model.text",
      "model.replied"
    ])
    expect(JSON.stringify(events)).not.toContain("gated")
  })

  it("is what it stands for to the model, and what was typed to everybody else", async () => {
    const turns: Array<string> = []
    const observer = plugin("observer", [], { onTurnStart: ({ text }) => void turns.push(text) })
    const names = standing(async ({ text }) => ({ text: `Review ${text.slice(8)}.` }))
    const one = await lived([names, observer])
    const image = { type: "image" as const, mime: "image/png", data: "AA==" }
    await one.session.ask([{ type: "text", text: "/review src" }, image])
    expect(one.model.requests[0]?.messages[0]?.content).toEqual([{ type: "text", text: "Review src." }, image])
    expect(one.notices[0]).toMatchObject({ type: "agent.started", said: [{ text: "/review src" }] })
    expect(one.session.view().transcript[0]).toMatchObject({ typed: "/review src" })
    const [node] = await one.session.tree()
    expect(node?.message).toContain("/review src")
    await vi.waitUntil(() => turns.length > 0)
    expect(turns).toEqual(["/review src"])
  })

  it("stands for what the first plugin says that knows it, and for itself when none does", async () => {
    const silent = standing(async () => undefined, "silent")
    const first = standing(async ({ text }) => (text === "/one" ? { text: "first" } : undefined), "first")
    const second = standing(async ({ text }) => (text.startsWith("/o") ? { text: "second" } : undefined), "second")
    const { session, read } = await lived([silent, first, second])
    for (const text of ["/one", "/other", "/nobody"]) await session.ask(text)
    expect(read()).toEqual(["first", "second", "/nobody"])
  })

  it("is not read when what it stands for cannot be said, whatever the reason", async () => {
    const ways: ReadonlyArray<readonly [Expansion["expand"], RegExp]> = [
      [async () => ({ refused: "/x is not trusted" }), /^\/x is not trusted$/],
      [() => Promise.reject(new Error("no file")), /names .*it failed: no file/],
      [async () => ({ txt: "x" }) as never, /it must give nothing, \{ text \}/],
      [() => new Promise(() => {}), /took longer than 0\.05 s/]
    ]
    for (const [expand, message] of ways) {
      const { session, model } = await lived([standing(expand)], { settings: { tools: { timeout: 0.05 } } })
      const end = await session.ask("/x")
      expect(end).toMatchObject({ type: "agent.failed", failure: { code: "refused" } })
      expect(end).toMatchObject({ failure: { message: expect.stringMatching(message) } })
      expect(model.requests).toEqual([])
    }
  })

  it("is looked at by all plugins by priority, which add to it in their names, or refuse it", async () => {
    const seen: Array<MessageAttempt> = []
    const adding = (name: string, priority: number): Plugin =>
      plugin(name, [], {
        priority,
        beforeUserMessage: (attempt) => {
          seen.push(attempt)
          return attempt.text.includes("secret") ? { deny: "it is secret" } : { context: `by ${name}` }
        }
      })
    const names = standing(async () => ({ text: "what it stands for" }))
    const { session, model, read } = await lived([adding("late", -1), adding("early", 1), names])
    await session.ask("/x")
    expect(seen).toMatchObject([{ text: "what it stands for", typed: "/x" }, { text: "what it stands for" }])
    expect(read().join()).toMatch(
      /^what it stands for\n\n\[Plugin early adds this; the user did not say it:\]\nby early\n.*\n\n\[Plugin late /
    )
    const end = await session.ask("a secret")
    expect(end).toMatchObject({ failure: { code: "refused", message: expect.stringMatching(/early .*it is secret/) } })
    expect(seen).toHaveLength(3)
    expect(seen[2]).not.toHaveProperty("typed")
    await session.ask("go")
    expect(JSON.stringify(model.requests)).not.toContain("a secret")
  })

  it("is refused when a plugin that guards messages fails, is late, or cannot be read", async () => {
    const ways: ReadonlyArray<readonly [Hooks["beforeUserMessage"], RegExp]> = [
      [() => Promise.reject(new Error("broken pipe")), /gate guards every message, and it failed: broken pipe/],
      [() => new Promise(() => {}), /took longer than 0\.05 s/],
      [() => ({ denied: true }) as never, /must return nothing, \{ deny: why \} or \{ context: text \}/],
      [() => ({ deny: "no", context: "yes" }) as never, /must return nothing/]
    ]
    for (const [hook, message] of ways) {
      const { session, model, notices } = await lived([gate(hook)], { settings: { plugins: { hook_timeout: 0.05 } } })
      const end = await session.ask("go")
      expect(end).toMatchObject({ failure: { code: "refused", message: expect.stringMatching(message) } })
      expect(model.requests).toEqual([])
      expect(newsOf(notices)).toEqual(["gate degraded"])
    }
  })

  it("has the time that its plugin says, where that runs in process", async () => {
    const live = {
      follow: () => () => {},
      hookTime: (hook: string) => (hook === "beforeUserMessage" ? 60_000 : undefined)
    }
    const slow = gate(() => new Promise((resolve) => setTimeout(resolve, 80, { context: "slowly" })), { live })
    const { session, read } = await lived([slow], { settings: { plugins: { hook_timeout: 0.05 } } })
    await session.ask("go")
    expect(read().join()).toContain("slowly")
  })

  it("of a subagent stands for itself, and plugins are told whose it is", async () => {
    const seen: Array<MessageAttempt> = []
    const agents: Array<string | undefined> = []
    const watch = gate((attempt) => void seen.push(attempt), { onAgentStart: ({ parent }) => void agents.push(parent) })
    const model = byMessage({
      "^go$": [{ calls: [task("/x do it")] }, { text: "all done" }],
      "do it": [{ text: "done" }]
    })
    const { session } = await lived([watch, standing(async () => ({ text: "never" }))], {
      model,
      settings: { permissions: { mode: "auto" } }
    })
    await session.ask("go")
    expect(seen.map(({ text, parent }) => [text, parent])).toEqual([
      ["go", undefined],
      ["/x do it", session.id]
    ])
    await vi.waitUntil(() => agents.length === 2)
    expect(agents).toEqual([undefined, session.id])
  })

  it("is admitted before the round that reads it, when it is said while a turn runs", async () => {
    const work = tool("work", () => {
      session.send(userMessage("/x"))
      return "worked"
    })
    const names = standing(async () => ({ text: "what it stands for" }))
    const model = played([{ calls: [{ id: "c", name: "work", input: {} }] }, "done"])
    const { session, read } = await lived([plugin("works", [work]), names], {
      model,
      settings: { permissions: { mode: "auto" } }
    })
    await session.ask("go")
    expect(read()).toEqual(["go", "what it stands for"])
  })

  it("is admitted again by the next process when this one ends before it was, and what it narrows stays narrow", async () => {
    const begun = Promise.withResolvers<void>()
    let times = 0
    const text = `<skill name="look" folder="/s" allowed-tools="">\nlook\n</skill>`
    const names = standing(() => {
      begun.resolve()
      times += 1
      return times === 1 ? new Promise(() => {}) : Promise.resolve({ text })
    })
    const model = played([{ calls: [{ id: "c", name: "write", input: {} }] }, "done"])
    const write = plugin("writes", [tool("write", () => "written")])
    const settings = { permissions: { mode: "auto" as const } }
    const { runtime, session } = await lived([write, names], { model, settings })
    void session.ask("/look").catch(() => {})
    await begun.promise
    await session.close({ suspend: true })
    const again = await runtime.open({ resume: session.id, goOn: true })
    const notices: Array<AgentNotice> = []
    again.events.subscribe((notice) => notices.push(notice))
    await vi.waitUntil(() => notices.some(({ type }) => type === "agent.replied"))
    expect(again.view().transcript[0]).toMatchObject({ typed: "/look", content: [{ text }] })
    expect(answersOf(notices)).toMatchObject([{ success: false }])
    expect(times).toBe(2)
  })

  it("narrows its turn as the skill that it stands for", async () => {
    const text = `<skill name="look" folder="/s" allowed-tools="">\nlook\n</skill>`
    const model = played([{ calls: [{ id: "c", name: "write", input: {} }] }, "done"])
    const write = plugin("writes", [tool("write", () => "written")])
    const { session, notices } = await lived([write, standing(async () => ({ text }))], {
      model,
      settings: { permissions: { mode: "auto" } }
    })
    await session.ask("/look")
    expect(answersOf(notices)).toMatchObject([
      { success: false, error: expect.stringContaining("the skill look leaves") }
    ])
  })
})

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

describe("a guard of calls", () => {
  const calling = () => played([{ calls: [{ id: "c", name: "work", input: { n: 1 } }] }, "done"])
  const work = plugin("works", [tool("work", (input) => JSON.stringify(input))])
  const guarding = (beforeToolExecute: Hooks["beforeToolExecute"], more: Partial<Plugin> = {}) =>
    plugin("guard", [], { beforeToolExecute, ...more })
  const settings = { permissions: { mode: "auto" as const, allow: ["work"] } }

  it("has the user asked whatever mode and rules say, with its reason, each time anew", async () => {
    const model = played([
      { calls: [{ id: "c1", name: "work", input: {} }] },
      { calls: [{ id: "c2", name: "work", input: {} }] },
      "done"
    ])
    const one = await lived([work, guarding(() => ({ ask: "it costs money" }))], {
      model,
      settings,
      answers: { work: "always" }
    })
    await one.session.ask("go")
    expect(one.asked()).toHaveLength(2)
    expect(one.asked()[0]).toMatchObject({
      rule: "",
      preview: { summary: "plugin guard wants you asked: it costs money" }
    })
    expect(answersOf(one.notices).map(({ success }) => success)).toEqual([true, true])
  })

  it("refuses where nobody can be asked, and does not open what is denied", async () => {
    const guard = guarding(() => ({ ask: "it costs money", input: { n: 2 } }))
    const alone = await lived([work, guard], { model: calling(), settings, unattended: true })
    await alone.session.ask("go")
    expect(answersOf(alone.notices)).toMatchObject([
      { success: false, error: expect.stringContaining("it costs money") }
    ])
    const denied = await lived([work, guard], {
      model: calling(),
      settings: { permissions: { mode: "auto", deny: ["work"] } }
    })
    await denied.session.ask("go")
    expect(denied.asked()).toEqual([])
    expect(answersOf(denied.notices)).toMatchObject([{ success: false }])
    const yes = await lived([work, guard], { model: calling(), settings, answers: { work: "allow" } })
    await yes.session.ask("go")
    expect(answersOf(yes.notices)).toMatchObject([{ success: true, data: '{"n":2}' }])
  })

  it("gives no leave that is the user's, unless it comes with the program", async () => {
    const one = await lived([work, guarding(() => ({ allow: "trust me" }))], { model: calling(), settings })
    await one.session.ask("go")
    expect(answersOf(one.notices)).toMatchObject([
      {
        success: false,
        errorClass: "permission_denied",
        error: expect.stringMatching(/guard guards every call.*allow/)
      }
    ])
    expect(newsOf(one.notices)).toEqual(["guard degraded"])
  })
})

describe("a call behind use_skill in the same reply", () => {
  it("is narrowed by it, and one before it is not", async () => {
    const skill = `<skill name="look" folder="/s" allowed-tools="">\nlook\n</skill>`
    const tools = [tool("use_skill", () => skill, { risk: "read" }), tool("write", () => "written", { parallel: true })]
    const model = played([
      { calls: ["write", "use_skill", "write"].map((name, n) => ({ id: `c${n}`, name, input: {} })) },
      "done"
    ])
    const { session, notices } = await lived([plugin("skilled", tools)], {
      model,
      settings: { permissions: { mode: "auto" } }
    })
    await session.ask("go")
    expect(answersOf(notices).map(({ success }) => success)).toEqual([true, true, false])
  })
})

describe("the end of a turn", () => {
  it("waits for plugins, goes on with what the first wants, and ends when none does", async () => {
    const heard: Array<unknown> = []
    const gates = plugin("checks", [], {
      beforeTurnEnd: ({ text, again, parent }) => {
        heard.push([text, again, parent])
        return again === 0 ? { goOn: "run the tests" } : undefined
      }
    })
    const { session, notices, read } = await lived([gates])
    expect(await session.ask("go")).toMatchObject({ type: "agent.replied", text: "two" })
    expect(heard).toEqual([
      ["one", 0, undefined],
      ["two", 1, undefined]
    ])
    expect(read()[1]).toMatch(/^\[Plugin checks has the turn go on; the user did not say this:\]\n\nrun the tests$/)
    expect(notices.find(({ type }) => type === "agent.continued")).toEqual({
      type: "agent.continued",
      plugin: "checks",
      text: "run the tests"
    })
    expect(session.view().transcript[2]).toMatchObject({ from: "checks" })
  })

  it("is not kept by a plugin that fails, which is shown, nor asked about when the turn fails or is cancelled", async () => {
    const failing = plugin("checks", [], { beforeTurnEnd: () => Promise.reject(new Error("broken")) })
    const { session, notices } = await lived([failing])
    expect(await session.ask("go")).toMatchObject({ type: "agent.replied", text: "one" })
    expect(newsOf(notices)).toEqual(["checks degraded"])
    const asked = vi.fn<() => void>()
    const model = played(["stalls"])
    const stalling = await lived([plugin("checks", [], { beforeTurnEnd: asked })], { model })
    const ended = stalling.session.ask("go")
    await model.stalled
    stalling.session.cancel()
    expect(await ended).toMatchObject({ type: "agent.cancelled" })
    expect(asked).not.toHaveBeenCalled()
  })

  it("can be cancelled while a plugin thinks about it", async () => {
    const asked = Promise.withResolvers<void>()
    const slow = plugin("checks", [], {
      beforeTurnEnd: () => {
        asked.resolve()
        return new Promise(() => {})
      }
    })
    const { session } = await lived([slow])
    const ended = session.ask("go")
    await asked.promise
    expect(session.view().state).toBe("thinking")
    session.cancel()
    expect(await ended).toMatchObject({ type: "agent.cancelled" })
  })
})

describe("a compaction that a plugin denies", () => {
  it("does not happen when the user asked for it, who is told why", async () => {
    const about: Array<boolean> = []
    const keeper = plugin("keeper", [], {
      onSessionBeforeCompact: ({ automatic }) => {
        about.push(automatic)
        return { deny: "the audit needs it" }
      }
    })
    const { session, model, notices } = await lived([keeper])
    await session.ask("go")
    session.send({ type: "user.compact" })
    await vi.waitUntil(() => notices.some(({ type }) => type === "agent.warned"))
    expect(notices.at(-1)).toMatchObject({
      failure: { code: "refused", message: "Nothing was compacted: plugin keeper denies it: the audit needs it" }
    })
    expect(about).toEqual([false])
    expect(model.requests).toHaveLength(1)
    expect(session.view().state).toBe("idle")
  })
})
