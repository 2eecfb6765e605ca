import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type HealthNode, secretsIn } from "../../actors/health.ts"
import type { ChildFacts, ChildView } from "../../actors/kernel/child.ts"
import type { Reason } from "../../actors/kernel/reason.ts"
import { startSupervisor, supervisorChild } from "../../actors/kernel/supervisor.ts"
import { child, health } from "./tree-views.ts"

const failed = (message: string): Reason => ({ kind: "failed", error: new Error(message) })

/** The message that a child's last failure becomes. */
const told = (reason: Reason, secrets: ReadonlyArray<string> = []): string | undefined =>
  health([child("x", { lastFailure: { reason, at: 5 } })], { secrets }).tree.children[0]?.lastFailure?.message

describe("health", () => {
  it("is the tree with what is known of each child, and what the process is", () => {
    const facts: ChildFacts = {
      breaker: "half_open",
      mailbox: { depth: 2, capacity: 64 },
      place: "child",
      pid: 12,
      state: "asking"
    }
    const lane = child("lane:1", { kind: "lane", facts })
    const tool = child("tool:grep", { kind: "tool", restarts: 2, since: 9, children: [lane] })
    expect(health([tool], { model: "a/b" })).toEqual({
      status: "degraded",
      pid: 4711,
      cwd: "/work",
      model: "a/b",
      startedAt: 1000,
      ledger: { sent: 7, handled: 4, failed: 1, dead: 1, open: 1 },
      memory: { rss: 100 * 2 ** 20, heapUsed: 20 * 2 ** 20 },
      plugins: {},
      tree: {
        id: "runtime",
        kind: "runtime",
        state: "running",
        since: 1000,
        restarts: 0,
        children: [
          {
            id: "tool:grep",
            kind: "tool",
            state: "running",
            since: 9,
            restarts: 2,
            children: [{ id: "lane:1", kind: "lane", since: 1000, restarts: 0, children: [], ...facts }]
          }
        ]
      }
    })
  })

  it.each<readonly [string, Partial<ChildView>, "healthy" | "degraded"]>([
    ["running", {}, "healthy"],
    ["thinking, in its machine's words", { facts: { state: "thinking" } }, "healthy"],
    ["starting", { state: "starting" }, "healthy"],
    ["ended", { state: "ended" }, "healthy"],
    ["restarted, and running again", { restarts: 3, lastFailure: { reason: failed("x"), at: 1 } }, "healthy"],
    ["restarting", { state: "restarting" }, "degraded"],
    ["quarantined", { state: "quarantined" }, "degraded"],
    ["quarantined by its machine", { facts: { state: "quarantined" } }, "degraded"],
    ["degraded by its machine", { facts: { state: "degraded" } }, "degraded"],
    ["behind a closed breaker", { facts: { breaker: "closed" } }, "healthy"],
    ["behind an open breaker", { facts: { breaker: "open" } }, "degraded"],
    ["behind a half-open breaker", { facts: { breaker: "half_open" } }, "degraded"]
  ])("is told of a child that is %s, however deep it stands", (_, more, status) => {
    expect(health([child("x", more)]).status).toBe(status)
    expect(health([child("a"), child("b", { children: [child("c", { children: [child("x", more)] })] })]).status).toBe(
      status
    )
  })

  it("believes a running child's own word, but not against the trouble or the end that its supervisor knows of", () => {
    const state = (view: Partial<ChildView>) => health([child("x", view)]).tree.children[0]?.state
    expect(state({ state: "running", facts: { state: "asking" } })).toBe("asking")
    expect(state({ state: "restarting", facts: { state: "asking" } })).toBe("restarting")
    expect(state({ state: "quarantined", facts: { state: "restarting" } })).toBe("quarantined")
    expect(state({ state: "ended", facts: { state: "asking" } })).toBe("ended")
    expect(state({ state: "ended", facts: { state: "quarantined" } })).toBe("quarantined")
  })

  it("says how each plugin is, as bad as its worst part and its own word", () => {
    const plugin = (name: string, more: Partial<ChildView> = {}) => child(`plugin:${name}`, { kind: "plugin", ...more })
    const now = health(
      [
        plugin("git"),
        plugin("grep", { children: [child("tool:grep", { kind: "tool", facts: { breaker: "open" } })] }),
        plugin("search", { state: "quarantined", children: [child("host", { state: "ended" })] }),
        plugin("soul"),
        plugin("plan", { state: "ended" }),
        child("agents", { children: [plugin("git", { state: "restarting" }), plugin("search")] })
      ],
      { plugins: { soul: "degraded", omo: "disabled", search: "healthy" } }
    )
    expect(now.plugins).toEqual({
      git: "degraded",
      grep: "degraded",
      search: "quarantined",
      soul: "degraded",
      plan: "disabled",
      omo: "disabled"
    })
    expect(health([], { plugins: { a: "disabled" } }).status).toBe("healthy")
    expect(health([], { plugins: { a: "degraded" } }).status).toBe("degraded")
  })

  it("shows the newer of the failures that supervisor and child know", () => {
    const last = (seen: number, told: number) =>
      health([
        child("x", {
          lastFailure: { reason: failed("seen"), at: seen },
          facts: { lastFailure: { message: "told", at: told } }
        })
      ]).tree.children[0]?.lastFailure
    expect(last(1, 2)).toEqual({ message: "told", at: 2 })
    expect(last(2, 1)).toEqual({ message: "seen", at: 2 })
  })

  it("tells a failure in one printable line of bounded length, its chain of causes included", () => {
    const exhausted: Reason = {
      kind: "exhausted",
      supervisor: "plugin:git",
      budget: { max: 3, seconds: 5 },
      causes: [{ child: "tool:git_status", reason: failed("first\n\tsecond \u001b[31mred\u001b[0m\u0007 \u202edlrow") }]
    }
    expect(told(exhausted)).toBe("more than 3 restarts in 5 s; last tool:git_status: first second red dlrow")
    expect(told(failed("x".repeat(1e6)))?.length).toBeLessThan(1000)
  })

  it("shows no secrets: neither those of the environment nor what looks like a key", () => {
    const secrets = secretsIn({ MY_TOKEN: "correct-horse", PATH: "/bin/correct", OTHER: undefined, EDITOR: "vi" })
    expect(secrets).toEqual(["correct-horse"])
    expect(told(failed("401 for correct-horse at /bin/correct"), secrets)).toBe("401 for [key] at /bin/correct")
    expect(told(failed("bad key sk-ant-0123456789abcdef"))).toBe("bad key [key]")
    const fact = child("x", { facts: { lastFailure: { message: "correct-horse", at: 1 } } })
    expect(JSON.stringify(health([fact], { secrets }))).not.toContain("correct")
    const reasons = { a: "401 for correct-horse\u001b[2J" }
    expect(health([], { secrets, reasons }).reasons).toEqual({ a: "401 for [key]" })
    expect(health([], { secrets })).not.toHaveProperty("reasons")
  })

  it("survives what cannot be shown", () => {
    const cyclic = { kind: "linked", to: "a" } as { kind: "linked"; to: string; reason: Reason }
    cyclic.reason = cyclic
    expect(told(cyclic)).toBe("a reason that cannot be shown")
    expect(told({ kind: "failed", error: Object.create(null) })).toBe("an error that cannot be shown")
  })

  it("is plain JSON of the same shape as the tree, whatever else the views carry", () => {
    const views = fc.letrec<{ view: ChildView }>((tie) => ({
      view: fc.record(
        {
          id: fc.string({ minLength: 1 }),
          kind: fc.constantFrom("worker", "plugin", "tool", "supervisor"),
          state: fc.constantFrom("running", "restarting", "ended", "quarantined"),
          restarts: fc.nat(),
          since: fc.nat(),
          lastFailure: fc.record({
            reason: fc.record({ kind: fc.constant("failed"), error: fc.anything() }) as fc.Arbitrary<Reason>,
            at: fc.nat()
          }),
          facts: fc.record(
            { pid: fc.nat(), state: fc.string(), extra: fc.anything(), breaker: fc.constantFrom("open", "closed") },
            { requiredKeys: [] }
          ) as fc.Arbitrary<ChildFacts>,
          children: fc.array(tie("view"), { maxLength: 3, depthIdentifier: "tree" })
        },
        { requiredKeys: ["id", "kind", "state", "restarts", "since", "facts"] }
      ) as fc.Arbitrary<ChildView>
    })).view
    const shape = (node: HealthNode | ChildView): unknown => [node.id, (node.children ?? []).map(shape)]
    fc.assert(
      fc.property(fc.array(views, { maxLength: 4 }), (children) => {
        const now = health(children)
        expect(JSON.parse(JSON.stringify(now))).toEqual(now)
        expect(now.tree.children.map(shape)).toEqual(children.map(shape))
        expect(JSON.stringify(now)).not.toContain("extra")
      })
    )
  })

  it("is told of a supervisor's real children", async () => {
    const down = Deferred.makeUnsafe<void>()
    const plugins = supervisorChild({
      id: "plugins",
      exceeded: "quarantine",
      budget: { max: 0, seconds: 5 },
      children: [
        { id: "git", kind: "plugin", start: Effect.succeed(Effect.never), facts: () => ({ place: "worker" }) },
        {
          id: "grep",
          kind: "plugin",
          start: Effect.succeed(Effect.die(new Error("no ripgrep"))),
          onEnd: () => Deferred.doneUnsafe(down, Effect.void)
        }
      ]
    })
    const views = Effect.gen(function* () {
      const root = yield* startSupervisor({ id: "root", children: [plugins] })
      yield* Deferred.await(down)
      // What is told in the end of a child stands in the tree after it.
      yield* Effect.yieldNow
      return root.children()
    })
    const now = health(await Effect.runPromise(Effect.scoped(views)))
    expect(now).toMatchObject({ status: "degraded", plugins: { git: "healthy", grep: "quarantined" } })
    expect(now.tree.children[0]).toMatchObject({
      id: "plugins",
      kind: "supervisor",
      state: "running",
      children: [
        { id: "git", state: "running", place: "worker" },
        { id: "grep", state: "quarantined", lastFailure: { message: expect.stringContaining("no ripgrep") } }
      ]
    })
  })
})
