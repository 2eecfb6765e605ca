/** What becomes of a message before a model reads it: what it stands for, and what plugins say of it, as a session lives it. */
import { describe, expect, it, vi } from "vitest"
import { userMessage } from "../../actors/session.ts"
import type { AgentNotice } from "../../machines/events.ts"
import type { Hooks, MessageAttempt } from "../../plugins/hooks.ts"
import type { Expansion, Plugin } from "../../plugins/plugin.ts"
import { livedOn, standing } from "./lived.ts"
import { played } from "./played-model.ts"
import { answersOf, makeStage, newsOf, plugin, tool } from "./stage.ts"
import { byMessage, task } from "./subagents/scripted.ts"

const lived = livedOn(makeStage())

const gate = (beforeUserMessage: Hooks["beforeUserMessage"], more: Partial<Plugin> = {}): Plugin =>
  plugin("gate", [], { beforeUserMessage, ...more })

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
    const names = standing(async (message, context) => ways[Number(message.text.slice(1))]?.[0](message, context))
    const { session, model } = await lived([names], { settings: { tools: { timeout: 0.05 } } })
    for (const [n, [, message]] of ways.entries()) {
      const end = await session.ask(`/${n}`)
      expect(end).toMatchObject({ type: "agent.failed", failure: { code: "refused" } })
      expect(end).toMatchObject({ failure: { message: expect.stringMatching(message) } })
    }
    expect(model.requests).toEqual([])
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
    const ways: ReadonlyArray<readonly [NonNullable<Hooks["beforeUserMessage"]>, RegExp]> = [
      [() => Promise.reject(new Error("broken pipe")), /gate0 guards every message, and it failed: broken pipe/],
      [() => new Promise(() => {}), /took longer than 0\.05 s/],
      [() => ({ denied: true }) as never, /must return nothing, \{ deny: why \} or \{ context: text \}/],
      [() => ({ deny: "no", context: "yes" }) as never, /must return nothing/]
    ]
    const gates = ways.map(([hook], n) =>
      plugin(`gate${n}`, [], {
        beforeUserMessage: (attempt) => (attempt.text === String(n) ? hook(attempt) : undefined)
      })
    )
    const { session, model, notices } = await lived(gates, { settings: { plugins: { hook_timeout: 0.05 } } })
    for (const [n, [, message]] of ways.entries()) {
      const end = await session.ask(String(n))
      expect(end).toMatchObject({ failure: { code: "refused", message: expect.stringMatching(message) } })
    }
    expect(model.requests).toEqual([])
    expect(newsOf(notices)).toEqual(ways.map((_, n) => `gate${n} degraded`))
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
