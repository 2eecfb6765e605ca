/** Tools of MCP servers in a session: they come and go, and every rule holds, whichever way they are called. */
import { describe, expect, it } from "vitest"
import type { RuntimeOptions } from "../../actors/runtime/options.ts"
import type { SomeSettings } from "../../actors/settings.ts"
import { definePlugin } from "../../plugins/plugin.ts"
import { asPlugin, gateway, type InMemory, inMemory, promptOf, says, toolOf } from "../plugins/mcp/in-memory.ts"
import { type Play, played } from "./played-model.ts"
import { answersOf, makeStage, plugin as pluginOf, tool } from "./stage.ts"
import { next } from "./subagents/attended.ts"

const stage = makeStage()

const direct = { name: "mcp_s_t", input: { a: "x" } }
const through = { name: "mcp_call_tool", input: { server: "s", tool: "t", arguments: { a: "x" } } }

interface Setting {
  readonly servers?: InMemory
  readonly plays?: ReadonlyArray<Play>
  readonly settings?: SomeSettings
  readonly above?: number
  readonly plugins?: RuntimeOptions["plugins"]
}

const setting = ({
  servers = inMemory([{ name: "s", tools: [toolOf("t")] }]),
  plays = [],
  settings,
  above = 100_000,
  plugins = []
}: Setting) => {
  const model = played(plays)
  const brought = [asPlugin(gateway(servers, { search_above: above })), ...plugins]
  return {
    servers,
    model,
    options: { model, plugins: brought, settings: { plugins: { disabled: ["mcp-gateway"] }, ...settings } }
  }
}

/** What comes of one call, where nobody is asked. */
const called = async (call: object, given: Setting = {}) => {
  const { servers, model, options } = setting({ ...given, plays: [{ calls: [{ id: "c0", ...call }] }, "done"] })
  const { session, notices } = await stage.open(model, options.plugins, options.settings)
  await session.ask("go")
  return { answer: answersOf(notices)[0], calls: servers.calls, model, notices }
}

const permissions = (more: object): Setting => ({ settings: { permissions: { mode: "ask", ...more } } })

describe.each([
  ["directly", direct],
  ["through mcp_call_tool", through]
])("a tool that is called %s", (_, call) => {
  it("is called on its server", async () => {
    const { answer, calls } = await called(call)
    expect(answer).toEqual({ success: true, data: 't {"a":"x"}' })
    expect(calls).toMatchObject([{ server: "s", tool: "t", input: { a: "x" } }])
  })

  it.each([
    ["asks in mode ask", permissions({}), /nobody is here to give it.*"mcp_s_t" to permissions.allow/],
    ["is refused in plan mode", { settings: { permissions: { mode: "plan" } } }, /^mcp_s_t was refused: in plan mode/],
    [
      "is refused by a rule for it",
      { settings: { permissions: { mode: "auto", deny: ["mcp_s_t"] } } },
      /rule mcp_s_t in permissions.deny/
    ],
    [
      "is refused by a rule for its server",
      permissions({ deny: ["mcp_s_*"], allow: ["mcp_s_t"] }),
      /rule mcp_s_\* in permissions.deny/
    ],
    [
      "asks by a rule, whatever the mode",
      { settings: { permissions: { mode: "auto", ask: ["mcp_s_t"] } } },
      /needs permission/
    ],
    [
      "is not there when it is taken away",
      { settings: { tools: { disabled: ["mcp_s_t"] } } },
      /there is no tool|may not be used here/
    ],
    ["is checked before it is sent", {}, undefined]
  ] as ReadonlyArray<[string, Setting, RegExp | undefined]>)("%s", async (_, given, error) => {
    const wrong =
      call === direct
        ? { ...direct, input: { a: 1 } }
        : { ...through, input: { ...through.input, arguments: { a: 1 } } }
    const { answer, calls } = await called(error === undefined ? wrong : call, given)
    expect(answer).toMatchObject({ success: false })
    expect(answer?.error).toMatch(error ?? /^input\/a must be string$/)
    expect(calls).toEqual([])
  })

  it("passes with a rule for it", async () => {
    expect((await called(call, permissions({ allow: ["mcp_s_t"] }))).calls).toHaveLength(1)
    expect((await called(call, permissions({ allow: ["mcp_s_*"] }))).calls).toHaveLength(1)
    expect((await called(call, permissions({ allow: ["mcp_call_tool", "mcp_other_*"] }))).calls).toHaveLength(0)
  })

  it("is seen by guards under its own name", async () => {
    const guard = definePlugin({
      name: "guard",
      beforeToolExecute: ({ tool }) => (tool === "mcp_s_t" ? { deny: "not that one" } : undefined)
    })
    const { answer, calls } = await called(call, { plugins: [guard] })
    expect(answer?.error).toContain("not that one")
    expect(calls).toEqual([])
  })

  it("asks with what it is about to do, and always means that tool only", async () => {
    const plays: ReadonlyArray<Play> = [{ calls: [{ id: "c0", ...call }] }, { calls: [{ id: "c1", ...call }] }, "done"]
    const { servers, options } = setting({ ...permissions({}), plays })
    const runtime = await stage.start(options)
    const session = await runtime.open()
    const asked = next(session, "agent.asked")
    const end = session.ask("go")
    const { id, ...question } = await asked
    expect(question).toMatchObject({
      tool: "mcp_s_t",
      risk: "network",
      rule: "mcp_s_t",
      input: { a: "x" },
      preview: { summary: 't of MCP server s: {"a":"x"}' }
    })
    session.send({ type: "permission.answered", id, decision: "always" })
    await end
    expect(servers.calls).toHaveLength(2)
  })
})

describe("mcp_call_tool", () => {
  it.each([
    ["deny", /rule mcp_call_tool in permissions.deny/],
    ["ask", /needs permission/]
  ])("is subject to rules of its own as well: %s", async (kind, error) => {
    const { answer, calls } = await called(through, {
      settings: { permissions: { mode: "auto", [kind]: ["mcp_call_tool"] } }
    })
    expect(answer?.error).toMatch(error)
    expect(calls).toEqual([])
  })

  it("is subject to guards that know its own name, which may change what it calls", async () => {
    const deny = definePlugin({
      name: "d",
      beforeToolExecute: ({ tool }) => (tool === "mcp_call_tool" ? { deny: "no" } : undefined)
    })
    expect((await called(through, { plugins: [deny] })).calls).toEqual([])
    const change = definePlugin({
      name: "c",
      beforeToolExecute: ({ tool }) =>
        tool === "mcp_call_tool" ? { input: { server: "s", tool: "t", arguments: { a: "y" } } } : undefined
    })
    expect((await called(through, { plugins: [change] })).calls).toMatchObject([{ input: { a: "y" } }])
  })

  it("goes nowhere with a name that another plugin's tool has", async () => {
    const other = pluginOf("other", [tool("t", () => "other"), tool("mcp_s_u", () => "other")])
    const { answer } = await called(
      { name: "mcp_call_tool", input: { server: "s", tool: "mcp_s_u" } },
      { plugins: [other] }
    )
    expect(answer?.error).toContain("has no tool")
  })

  it("is told to channels and hooks as the model called it", async () => {
    const ends: Array<unknown> = []
    const spy = definePlugin({ name: "spy", afterToolExecute: ({ tool, input }) => void ends.push({ tool, input }) })
    const { notices } = await called(through, { plugins: [spy] })
    expect(notices.find(({ type }) => type === "agent.settled")).toMatchObject({ call: { name: "mcp_call_tool" } })
    expect(ends).toEqual([{ tool: "mcp_call_tool", input: through.input }])
  })
})

describe("tools of servers", () => {
  const told = (model: ReturnType<typeof played>) =>
    model.requests.map(({ tools }) => tools.map(({ name }) => name).filter((name) => name.startsWith("mcp_")))

  it("come and go while a session runs, also after the first was called", async () => {
    const servers = inMemory([{ name: "s", tools: [toolOf("t")] }], () => says("ok"))
    const { model, options } = setting({
      servers,
      plays: [{ calls: [{ id: "c0", ...direct }] }, "one", "two", "three", "four"]
    })
    const { session } = await stage.open(model, options.plugins, options.settings)
    await session.ask("go")
    servers.put({ name: "s", tools: [toolOf("t"), toolOf("u")] })
    await session.ask("on")
    servers.put({ name: "s", status: "waiting", tools: [toolOf("t"), toolOf("u")] })
    await session.ask("on")
    servers.put({ name: "s", tools: [toolOf("u")] })
    await session.ask("on")
    const own = ["mcp_list_servers", "mcp_call_tool"]
    expect(told(model)).toEqual([
      [...own, "mcp_s_t"],
      [...own, "mcp_s_t"],
      [...own, "mcp_s_t", "mcp_s_u"],
      [...own, "mcp_s_t", "mcp_s_u"],
      [...own, "mcp_s_u"]
    ])
  })

  it("that are many are not told to the model, and can be called by both ways", async () => {
    const servers = inMemory([{ name: "s", tools: [toolOf("t")] }], () => says("ok"))
    const plays = [
      { calls: [{ id: "c0", ...direct }] },
      { calls: [{ id: "c1", ...through }] },
      { calls: [{ id: "c2", name: "nothing" }] },
      "done"
    ]
    const { model, options } = setting({ servers, plays, above: 1 })
    const { session, notices } = await stage.open(model, options.plugins, options.settings)
    await session.ask("go")
    expect(told(model)[0]).toEqual(["mcp_list_servers", "mcp_call_tool", "mcp_search_tools"])
    const [one, two, none] = answersOf(notices)
    expect([one, two]).toEqual([
      { success: true, data: "ok" },
      { success: true, data: "ok" }
    ])
    expect(none?.error).not.toContain("mcp_s_t")
    expect(session.view().tools.map(({ name }) => name)).not.toContain("mcp_s_t")
  })

  it("bring their prompts as commands, and take them away again", async () => {
    const servers = inMemory([{ name: "s", prompts: [promptOf("p", "topic")] }])
    const { model, options } = setting({ servers })
    const { session } = await stage.open(model, options.plugins, options.settings)
    const { extensions } = session
    const commands = () => extensions.commands().filter(({ name }) => name.startsWith("mcp"))
    const names = () => commands().map(({ name }) => name)
    let changes = 0
    extensions.changes.subscribe(() => (changes += 1))
    expect(names()).toEqual(["mcp", "mcp__s__p"])
    expect(commands()[1]).toMatchObject({ argument: "<topic>", plugin: "servers" })
    expect(await extensions.runCommand("mcp__s__p", "bees")).toEqual({ say: 'p {"topic":"bees"}' })
    const before = changes
    servers.put({ name: "s" })
    expect(changes).toBe(before + 1)
    expect(names()).toEqual(["mcp"])
    expect(await extensions.runCommand("mcp__s__p", "bees")).toEqual({ show: "There is no /mcp__s__p here." })
  })
})
