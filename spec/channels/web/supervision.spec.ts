/** The supervision view's mind: what it makes of health, whatever health it is told. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Health, healthOf, type HealthNode } from "../../../actors/health.ts"
import type { App } from "../../../channels/web/client/app.ts"
import type { Happening } from "../../../channels/web/client/happening.ts"
import { newOutline, rowsOf } from "../../../channels/web/client/outline/outline.ts"
import type { Place } from "../../../channels/web/client/route.ts"
import type { State } from "../../../channels/web/client/state.ts"
import { blank, reduce } from "../../../channels/web/client/store.ts"
import { branchesOf, type Branch } from "../../../channels/web/client/supervision/branches.ts"
import { factsOf } from "../../../channels/web/client/supervision/facts.ts"
import { noSupervision } from "../../../channels/web/client/supervision/model.ts"
import { reactSupervision, revive } from "../../../channels/web/client/supervision/react.ts"
import { reduceSupervision } from "../../../channels/web/client/supervision/reduce.ts"
import { readHealth, type Told } from "../../../channels/web/client/supervision/told.ts"
import type { OutFrame } from "../../../channels/wire/frames.ts"
import { rootOf, summaryOf, troublesOf } from "../../../channels/web/client/supervision/troubles.ts"

const now = 1_795_000_100_000

const node = (id: string, fields: Partial<HealthNode> = {}): HealthNode => ({
  id,
  kind: "supervisor",
  state: "running",
  since: now - 60_000,
  restarts: 0,
  children: [],
  ...fields
})

const lane = (state = "ready") => node("lane:1", { kind: "lane", state, mailbox: { depth: 2, capacity: 64 } })
const tool = (name: string, fields: Partial<HealthNode> = {}) =>
  node(`tool:${name}`, { kind: "tool", breaker: "closed", children: [lane()], ...fields })
const host = node("host", { kind: "host", place: "child", pid: 4321 })
const plugin = (name: string, tools: ReadonlyArray<HealthNode>, fields: Partial<HealthNode> = {}) =>
  node(name, { kind: "plugin", children: [node("tools", { children: tools }), host], ...fields })

const failure = { message: "TypeError: lenght is not defined", at: now - 120_000 }

const told = (
  plugins: ReadonlyArray<HealthNode>,
  states: Told["plugins"] = {},
  more: ReadonlyArray<HealthNode> = []
): Told => ({
  status: "healthy",
  plugins: { ...Object.fromEntries(plugins.map(({ id }) => [id, "healthy"])), ...states },
  tree: node("runtime", {
    kind: "runtime",
    children: [
      node("plugins", { children: plugins }),
      node("agents", { children: [node("1abc", { kind: "agent", state: "thinking" })] }),
      node("healers", { children: [node("healer:words", { kind: "healer" })] }),
      ...more
    ]
  }),
  tiers: { words: "local" }
})

const rows = (health: Told, titles?: ReadonlyMap<string, string>) =>
  rowsOf(branchesOf(health, titles), newOutline).map(({ item, way }) => `${" ".repeat(way.length - 1)}${item.name}`)

const branch = (health: Told, name: string): Branch => {
  const opened = rowsOf(branchesOf(health), {
    ...newOutline,
    chosen: new Map(["runtime/plugins/words", "runtime/plugins/files"].map((id) => [id, true]))
  })
  return opened.find(({ item }) => item.name === name)?.item.of ?? expect.fail(`no ${name}`)
}

describe("the tree", () => {
  const words = plugin("words", [tool("count")])

  it("is agents, called as their sessions, and plugins; what works is folded", () => {
    expect(rows(told([words]), new Map([["1abc", "Fix the parser"]]))).toEqual([
      "runtime",
      " agents",
      "  Fix the parser",
      " plugins",
      "  words"
    ])
    expect(rows(told([words]))).toContain("  1abc")
  })

  it("names plugins that have no actor", () => {
    const health = told([words], { soul: "healthy", old: "disabled" })
    expect(rows(health)).toEqual(expect.arrayContaining(["  soul", "  old"]))
    expect(branch(health, "old")).toMatchObject({ word: "disabled", look: "rest", plugin: "old" })
  })

  it.each([
    ["a tool's breaker is open", [tool("count", { breaker: "open" })]],
    ["a lane is begun again", [tool("count", { children: [lane("restarting")] })]],
    ["a tool is quarantined", [tool("count", { state: "quarantined" })]]
  ])("opens where %s", (_, tools) => {
    expect(rows(told([plugin("words", tools), plugin("files", [tool("read")])]))).toEqual([
      "runtime",
      " agents",
      "  1abc",
      " plugins",
      "  words",
      "   count",
      "  files"
    ])
  })

  it("shows a host, lanes and the healer as parts of what they serve", () => {
    const health = told([words])
    expect(branch(health, "words").parts.map(({ id }) => id)).toEqual(["host", "healer:words"])
    expect(branch(health, "count").parts.map(({ id }) => id)).toEqual(["lane:1"])
    expect(branch(health, "count")).toMatchObject({ plugin: "words", tool: "count" })
    expect(rows(health).join()).not.toMatch(/healer|lane|host/)
  })

  it("shows healers by themselves when they are what is broken", () => {
    const health = told([words], {}, [])
    const broken = {
      ...health,
      tree: {
        ...health.tree,
        children: health.tree.children.map((child) =>
          child.id === "healers" ? { ...child, state: "quarantined" } : child
        )
      }
    }
    expect(rows(broken)).toContain(" healers")
  })

  it("shows what it does not know as it is", () => {
    const server = node("server:docs", { kind: "worker", state: "restarting" })
    const gateway = plugin("mcp-gateway", [])
    const health = told([{ ...gateway, children: [...gateway.children, server] }])
    expect(rows(health)).toContain("   server:docs")
  })

  it.each([
    [{ state: "running" }, "healthy", "running", "good"],
    [{ state: "running" }, "degraded", "degraded", "warn"],
    [{ state: "restarting" }, "degraded", "restarting", "warn"],
    [{ state: "quarantined" }, "quarantined", "quarantined", "bad"],
    [{ state: "starting" }, "healthy", "starting", "busy"],
    [{ state: "ended" }, "disabled", "ended", "rest"]
  ] as const)("a plugin that is %j and %s is %s (%s)", (fields, state, word, look) => {
    expect(branch(told([plugin("words", [], fields)], { words: state }), "words")).toMatchObject({ word, look })
  })

  it.each([
    [{}, "running", "good"],
    [{ children: [lane("running_call")] }, "running_call", "busy"],
    [{ breaker: "open" }, "breaker open", "bad"],
    [{ breaker: "half_open" }, "breaker half open", "warn"],
    [{ state: "restarting", breaker: "open" }, "restarting", "warn"]
  ] as const)("a tool with %j is %s (%s)", (fields, word, look) => {
    expect(branch(told([plugin("words", [tool("count", fields)])]), "count")).toMatchObject({ word, look })
  })
})

describe("in words", () => {
  it("everything works, also with something switched off", () => {
    expect(summaryOf(told([plugin("words", [tool("count")])], { old: "disabled" }))).toBe("Everything works.")
  })

  it("names a quarantined plugin first, with its newest failure, and that it can be revived", () => {
    const older = { message: "older", at: failure.at - 1 }
    const health = told(
      [
        plugin("files", [tool("read", { breaker: "half_open" })]),
        plugin("words", [tool("count", { lastFailure: failure })], { state: "quarantined", lastFailure: older })
      ],
      { words: "quarantined" }
    )
    expect(troublesOf(health)).toEqual([
      { fact: "words is quarantined", why: failure.message, look: "bad", revive: "words" },
      { fact: "read of files is being tried again", why: "", look: "warn" }
    ])
    expect(summaryOf(health)).toBe("words is quarantined. read of files is being tried again.")
  })

  it.each([
    [plugin("words", [], { state: "degraded", lastFailure: failure }), "words goes on with something missing"],
    [plugin("words", [], { state: "restarting" }), "words is being started again"],
    [
      plugin("words", [tool("count", { breaker: "open" })]),
      "count of words failed too often and is not called for a while"
    ]
  ])("says of a plugin in trouble what it is", (broken, fact) => {
    expect(troublesOf(told([broken], { words: "degraded" })).map((one) => one.fact)).toEqual([fact])
  })

  it("says of a plugin what is told of it, also when it has no actor", () => {
    const health = {
      ...told([], { words: "degraded", lost: "quarantined" }),
      reasons: { words: "its stop failed: no" }
    }
    expect(troublesOf(health)).toEqual([
      { fact: "lost is quarantined", why: "", look: "bad", revive: "lost" },
      { fact: "words goes on with something missing", why: "its stop failed: no", look: "warn" }
    ])
    expect(branch(health, "words").reason).toBe("its stop failed: no")
  })

  it("says what it all began with, and leaves out the advice for the model", () => {
    const message =
      "more than 5 restarts in 60 s; last tools: more than 0 restarts in 1 s; last lane:1: count failed: x is not a function at a.js:1:2; what it had done before is not known, so look before you call it again"
    expect(rootOf(message)).toBe("count failed: x is not a function at a.js:1:2")
    expect(rootOf("plain; last words")).toBe("plain; last words")
  })

  it("says that the runtime stops, and what is broken beside plugins", () => {
    const health = told([], {}, [node("channels", { state: "restarting" })])
    expect(summaryOf({ ...health, tree: { ...health.tree, state: "stopping" } })).toBe(
      "The runtime is stopping. channels is being started again."
    )
  })
})

describe("details", () => {
  it("are all that is known of a place", () => {
    const words = plugin("words", [tool("count", { lastFailure: failure, restarts: 3 })])
    const facts = (name: string) =>
      Object.fromEntries(factsOf(branch(told([words]), name), told([words]), now).map((one) => [one.name, one.value]))
    expect(facts("count")).toEqual({
      state: "running for 1m 00s",
      restarts: "3",
      breaker: "closed",
      "last failure": `${failure.message} · 2 min ago`,
      "lane:1": "ready · 2 of 64 waiting"
    })
    expect(facts("words")).toMatchObject({
      from: "local",
      host: "running · child process 4321",
      "healer:words": "running"
    })
  })

  it("of the runtime leave out what a stranger is not told", () => {
    const health = told([])
    const facts = (of: Told) => factsOf(branchesOf(of)[0]?.of ?? expect.fail(), of, now).map(({ name }) => name)
    expect(facts(health)).toEqual(["state", "restarts"])
    expect(facts({ ...health, pid: 1, cwd: "/x", memory: { rss: 2 ** 20, heapUsed: 1 } })).toEqual([
      "process",
      "folder",
      "memory",
      "state",
      "restarts"
    ])
  })
})

describe("what is told", () => {
  const health: Health = healthOf({
    pid: 1,
    cwd: "/",
    startedAt: now,
    ledger: { sent: 0, handled: 0, failed: 0, dead: 0, open: 0 },
    memory: { rss: 0, heapUsed: 0 },
    model: undefined,
    tiers: {},
    children: []
  })

  it("is what a runtime says", () => {
    expect(readHealth(JSON.parse(JSON.stringify(health)))).toEqual(health)
  })

  it("is passed by when it is something else, and what is there stays", () => {
    const known = reduceSupervision(noSupervision, { type: "frame", frame: { type: "health", health } }, now)
    for (const nonsense of [
      null,
      "x",
      [],
      {},
      { ...health, tree: null },
      { ...health, plugins: { a: "fine" } },
      { ...health, reasons: null },
      { ...health, reasons: { a: 1 } },
      { ...health, tree: { ...health.tree, children: [{}] } },
      { ...health, tree: { ...health.tree, lastFailure: "x" } }
    ])
      expect(reduceSupervision(known, { type: "frame", frame: { type: "health", health: nonsense } }, now)).toBe(known)
  })

  it("never breaks the view, whatever nodes it has", () => {
    const kinds = ["worker", "supervisor", "plugin", "host", "tool", "lane", "healer", "agent"] as const
    const grown = (depth: number): fc.Arbitrary<HealthNode> =>
      fc.record({
        id: fc.oneof(fc.constantFrom("plugins", "agents", "healers", "tools", "host", "tool:x", "a:b"), fc.string()),
        kind: fc.constantFrom(...kinds),
        state: fc.oneof(fc.constantFrom("running", "quarantined", "restarting", "ended", "constructor"), fc.string()),
        since: fc.integer(),
        restarts: fc.nat(9),
        children: depth === 0 ? fc.constant([]) : fc.array(grown(depth - 1), { maxLength: 2 })
      })
    const states = fc.constantFrom("healthy", "degraded", "quarantined", "disabled")
    const names = fc.oneof(fc.constantFrom("a", "__proto__", "constructor"), fc.string())
    fc.assert(
      fc.property(fc.array(grown(4), { maxLength: 3 }), fc.dictionary(names, states), (children, plugins) => {
        const reasons = Object.fromEntries(Object.keys(plugins).map((name) => [name, "why"]))
        const json = { status: "healthy", plugins, reasons, tree: node("runtime", { kind: "runtime", children }) }
        const health = readHealth(JSON.parse(JSON.stringify(json))) ?? expect.fail()
        const all = rowsOf(branchesOf(health), newOutline)
        for (const { item } of all)
          for (const { value } of factsOf(item.of, health, now)) expect(value).not.toMatch(/native code|\[object/)
        expect(summaryOf(health)).toMatch(/\.$/)
        for (const name of Object.keys(plugins))
          if (plugins[name] === "quarantined")
            expect(troublesOf(health).some(({ revive }) => revive === name)).toBe(true)
      })
    )
  })
})

describe("what is asked of the server", () => {
  const world = (answer: OutFrame = { type: "pong" }) => {
    let state: State = blank
    const [sent, said]: [Array<unknown>, Array<string>] = [[], []]
    const app: App = {
      state: () => state,
      dispatch: (happening) => {
        const before = state
        state = reduce(before, happening, now)
        if (happening.type === "told") said.push(happening.text)
        reactSupervision(app, happening, before)
      },
      send: (frame) => sent.push(frame) > 0,
      ask: async (frame) => (sent.push(frame), answer),
      go: () => {},
      enter: () => {},
      leave: () => {},
      hurry: () => {}
    }
    return { app, sent, said, state: () => state }
  }
  const connected = { type: "link", link: { name: "connected" } } as const
  const lost = { type: "link", link: { name: "waiting", until: 0, why: "" } } as const
  const went = (place: Place) => ({ type: "went", route: { place } }) as const
  const health = (of: Told): Happening => ({ type: "frame", frame: { type: "health", health: of } })

  it("is to tell every change, as long as somebody looks, and again after a lost connection", () => {
    const { app, sent } = world()
    app.dispatch(connected)
    expect(sent).toEqual([])
    app.dispatch(went("supervision"))
    app.dispatch(health(told([])))
    app.dispatch(went("mends"))
    expect(sent).toEqual([{ type: "health", watch: true }, { type: "sessions" }])
    app.dispatch(went("chat"))
    expect(sent.at(-1)).toEqual({ type: "health", watch: false })
    app.dispatch(went("supervision"))
    app.dispatch(lost)
    app.dispatch(connected)
    expect(sent.filter((frame) => JSON.stringify(frame) === `{"type":"health","watch":true}`)).toHaveLength(3)
  })

  it("is said to those who do not see it when it is otherwise than before", () => {
    const { app, said } = world()
    app.dispatch(connected)
    app.dispatch(went("supervision"))
    const quarantined = told([], { words: "quarantined" })
    for (const one of [told([]), told([]), quarantined, quarantined, told([])]) app.dispatch(health(one))
    expect(said).toEqual(["words is quarantined.", "Everything works."])
  })

  it.each([
    [{ type: "error", code: "refused", message: "words does not start: no" }, "words does not start: no"],
    [{ type: "health", health: {} }, undefined]
  ] as const)("is another chance for a plugin: %j", async (answer, why) => {
    const { app, sent, said, state } = world(answer)
    const done = revive(app, "words")
    expect(state().supervision.reviving).toBe("words")
    await done
    expect(sent).toEqual([{ type: "revive", plugin: "words" }])
    expect(state().supervision).toEqual({
      outline: newOutline,
      ...(why !== undefined && { refusal: { plugin: "words", why } })
    })
    expect(said).toEqual([why ?? "words was given another chance"])
  })
})
