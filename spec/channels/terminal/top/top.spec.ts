import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ChildView } from "../../../../actors/kernel/child.ts"
import type { Seen } from "../../../../channels/health/look.ts"
import { lineText, lineWidth } from "../../../../channels/terminal/text/text.ts"
import { type Top, topScreen } from "../../../../channels/terminal/top/screen.ts"
import { processLine, reportLines, treeLines } from "../../../../channels/terminal/top/tree.ts"
import { type TopAction, updateTop } from "../../../../channels/terminal/top/update.ts"
import { child, health } from "../../../actors/tree-views.ts"

const textOf = (lines: ReadonlyArray<Parameters<typeof lineText>[0]>): string => lines.map(lineText).join("\n")

const tools = (count: number): ReadonlyArray<ChildView> =>
  Array.from({ length: count }, (_, n) => child(`tool:${n}`, { kind: "tool" }))

const seen = (pid: number, children: ReadonlyArray<ChildView> = []): Seen => ({
  pid,
  health: health(children, { pid })
})

const blank: Top = { seen: [], chosen: undefined, scroll: 0, columns: 80, rows: 24, now: 0, leaving: false }

const play = (top: Top, ...actions: ReadonlyArray<TopAction>): Top => actions.reduce(updateTop, top)

const look = (...all: ReadonlyArray<Seen>): TopAction => ({ type: "seen", seen: all, now: 61_000 })

const typed = (text: string): TopAction => ({ type: "key", key: { type: "text", text } })

const key = (name: string, shift?: true): TopAction => ({
  type: "key",
  key: { type: "key", name, ...(shift && { shift }) }
})

describe("the tree", () => {
  it("stands with guides, each node with its state, since when, and what deserves attention", () => {
    const failure = { reason: { kind: "failed", error: new Error("no such\nfile") } as const, at: 49_000 }
    const views = [
      child("plugins", {
        children: [
          child("plugin:git", {
            state: "quarantined",
            restarts: 3,
            lastFailure: failure,
            children: [child("tool:git_log", { state: "ended", facts: { breaker: "open" } })]
          }),
          child("plugin:日本", { restarts: 1, facts: { place: "worker", breaker: "half_open" } })
        ]
      }),
      child("agents", {
        children: [
          child("agent:1", { facts: { state: "asking", mailbox: { depth: 2, capacity: 64 }, pid: 9, place: "child" } })
        ]
      })
    ]
    expect(textOf(treeLines(health(views), 61_000))).toBe(
      [
        "runtime                running · 1m 00s",
        "├─ plugins             running · 1m 00s",
        "│  ├─ plugin:git       quarantined · 1m 00s · 3 restarts",
        "│  │  │  ✗ no such file · 12s ago",
        "│  │  └─ tool:git_log  ended · 1m 00s · breaker open",
        "│  └─ plugin:日本      running · 1m 00s · 1 restart · breaker half open · worker",
        "└─ agents              running · 1m 00s",
        "   └─ agent:1          asking · 1m 00s · 2 of 64 waiting · child process · pid 9"
      ].join("\n")
    )
  })

  it("is headed by its process: who, where, how, how long, how big, what it was told, with which model", () => {
    const one = { pid: 4711, health: health([], { model: "a/b", cwd: "/home/me/a long way/to the/project" }) }
    expect(textOf([processLine(one, 61_000)])).toBe(
      "4711  /home/me/a long way/to the/project  healthy · up 1m 00s · 100 MB · 7 messages, 1 open, 1 failed, 1 dead · a/b"
    )
    expect(textOf([processLine(one, 61_000, 12)])).toMatch(/^4711 {2}…the\/project {2}healthy/)
    expect(textOf([processLine({ pid: 1, trouble: "does not answer" }, 0)])).toBe("1  does not answer")
  })

  it("is told for each process, an empty line between them", () => {
    expect(textOf(reportLines([seen(1), { pid: 2, trouble: "does not answer" }], 1000))).toBe(
      "1  /work  healthy · up 0.0s · 100 MB · 7 messages, 1 open, 1 failed, 1 dead\nruntime  running · 0.0s\n\n2  does not answer"
    )
  })
})

describe("top", () => {
  it("shows the first process's tree, and by tab, arrows and numbers the others'", () => {
    const top = play(blank, look(seen(1, [child("one")]), seen(2, [child("two")]), seen(3, [child("three")])))
    const shown = (...actions: ReadonlyArray<TopAction>) =>
      /└─ (\w+)/.exec(textOf(topScreen(play(top, ...actions))))?.[1]
    expect(shown()).toBe("one")
    expect(shown(key("tab"))).toBe("two")
    expect(shown(key("tab"), key("right"), key("tab"))).toBe("one")
    expect(shown(key("tab", true))).toBe("three")
    expect(shown(key("tab"), key("left"))).toBe("one")
    expect(shown(typed("3"))).toBe("three")
    expect(shown(typed("4"), typed("0"))).toBe("one")
    expect(textOf(topScreen(play(top, typed("2"))))).toMatch(/^ {2}1 1 .*\n› 2 2 .*\n {2}3 3 /)
  })

  it("scrolls a tree that is higher than the screen, and no further than it goes", () => {
    const top = play(blank, look(seen(1, tools(50))))
    const shown = (...actions: ReadonlyArray<TopAction>) => textOf(topScreen(play(top, ...actions)))
    expect(shown()).toContain("1–20 of 51 · ↑ ↓ scroll")
    expect(shown(typed("jj"), key("down"))).toContain("4–23 of 51")
    expect(shown(typed("jjjk"), key("up"))).toContain("2–21 of 51")
    expect(shown(key("up"))).toContain("1–20")
    expect(shown(typed(" "))).toContain("20–39")
    expect(shown(key("pagedown"), key("pageup"))).toContain("1–20")
    expect(shown(typed("G"))).toContain("32–51 of 51")
    expect(shown(key("end"), typed("j"))).toContain("32–51")
    expect(shown(typed("G"), typed("g"))).toContain("1–20")
    // The tree or the window changes while the end is shown.
    expect(shown(typed("G"), look(seen(1, tools(25))))).toContain("7–26 of 26")
    expect(shown(typed("G"), { type: "resized", columns: 80, rows: 80 })).not.toContain("scroll")
  })

  it("lets go of a process that vanishes, and goes on with its neighbour", () => {
    const [one, two, three] = [seen(1), seen(2), seen(3)]
    const chosen = (...actions: ReadonlyArray<TopAction>) => play(blank, look(one, two, three), ...actions).chosen
    expect(chosen(typed("2"), look(one, three))).toBe(3)
    expect(chosen(typed("3"), look(one, two))).toBe(2)
    expect(chosen(typed("2"), look(two, three))).toBe(2)
    expect(chosen(look(), look(three))).toBe(3)
    expect(textOf(topScreen(play(blank, look(one), look())))).toContain("no kintsugi is running any more")
  })

  it("shows a process that falls silent as it was, and that it is silent, until it answers again", () => {
    const silent = play(blank, look(seen(1, [child("one")])), look({ pid: 1, trouble: "does not answer" }))
    expect(textOf(topScreen(silent))).toMatch(/^› 1 .*does not answer[^]*└─ one/)
    expect(textOf(topScreen(play(silent, look(seen(1)))))).not.toContain("answer")
  })

  it.each([typed("q"), key("escape"), { type: "key", key: { type: "key", name: "c", ctrl: true } } as const])(
    "is left by %j, leaving nothing",
    (action) => {
      const top = play(blank, look(seen(1)), action)
      expect(top.leaving).toBe(true)
      expect(topScreen(top)).toEqual([])
    }
  )

  it("fits any window, whatever the names", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 })
    const node = fc.record({ name, failure: fc.option(name), deep: fc.boolean() })
    const actions = fc.array(fc.constantFrom(typed("j"), typed("G"), key("tab"), typed(" "), typed("2")))
    const size = fc.record({ columns: fc.integer({ min: 1, max: 120 }), rows: fc.integer({ min: 1, max: 40 }) })
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.array(node)), { maxLength: 12 }), size, actions, (all, size, keys) => {
        const processes = all.map(([cwd, nodes], pid): Seen => ({
          pid: pid + 1,
          health: health(
            nodes.map(({ name: id, failure, deep }) =>
              child(id, {
                ...(failure !== null && { facts: { lastFailure: { message: failure, at: 1 } } }),
                ...(deep && { children: [child(id)] })
              })
            ),
            { cwd }
          )
        }))
        const top = play(blank, { type: "resized", ...size }, look(...processes), ...keys)
        const lines = topScreen(top)
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, size.rows - 1))
        for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(Math.max(1, size.columns - 1))
      }),
      { numRuns: 50 }
    )
  })
})
