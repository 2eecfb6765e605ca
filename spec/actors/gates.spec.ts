/** Plugins that have a say in calls, in the end of a turn and in compactions, as a session lives it. */
import { describe, expect, it, vi } from "vitest"
import type { Hooks } from "../../plugins/hooks.ts"
import { marked } from "../../actors/gates.ts"
import { says } from "../machines/happenings.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import { livedOn } from "./lived.ts"
import { played } from "./played-model.ts"
import { answersOf, makeStage, newsOf, plugin, tool } from "./stage.ts"

const lived = livedOn(makeStage())

describe("a message is marked for plugins", () => {
  const under = (more: { readonly guards?: boolean; readonly parent?: string }) => {
    const { guards = false, parent } = more
    const toolbox = { hooks: { guards: () => guards } }
    const expansions = () => [{ plugin: "names", expansion: { wants: (text: string) => text === "/x" } }]
    return { toolbox, expansions, parent } as unknown as Parameters<typeof marked>[1] // all that it asks
  }

  it("when one may refuse it, or knows what the user means by it, and by nobody else", () => {
    expect(marked(says("m", "/x"), under({}))).toMatchObject({ gated: true })
    expect(marked(says("m", "hello"), under({ guards: true }))).toMatchObject({ gated: true })
    expect(marked(says("m", "/x"), under({ parent: "p", guards: true }))).toMatchObject({ gated: true })
    for (const [text, parent] of [["/x", "p"], ["hello"]] as const)
      expect(
        marked({ ...says("m", text), gated: true }, under(parent === undefined ? {} : { parent }))
      ).not.toHaveProperty("gated")
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
    const sums = plugin("sums", [], { onSessionBeforeCompact: () => ({ summary: "all of it" }) })
    const { session, model, notices } = await lived([sums, keeper])
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
