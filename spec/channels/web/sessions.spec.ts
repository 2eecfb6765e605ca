/** The sessions view's mind: finding a session, and the tree of one as lines that can be walked. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { App } from "../../../channels/web/client/app.ts"
import type { Happening } from "../../../channels/web/client/happening.ts"
import { newOutline, rowsOf } from "../../../channels/web/client/outline/outline.ts"
import { found, noSessions, type SessionRow, titlesOf } from "../../../channels/web/client/sessions/model.ts"
import { pointsOf, saidIn } from "../../../channels/web/client/sessions/points.ts"
import { compact, fork, goOnFrom, reactSessions } from "../../../channels/web/client/sessions/react.ts"
import { reduceSessions } from "../../../channels/web/client/sessions/reduce.ts"
import type { State } from "../../../channels/web/client/state.ts"
import { blank, reduce } from "../../../channels/web/client/store.ts"
import type { OutFrame } from "../../../channels/wire/frames.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import type { SessionNode } from "../../../plugins/session-node.ts"

const row = (id: string, title: string): SessionRow => ({
  id,
  title,
  model: "scripted/demo",
  created_at: 1,
  updated_at: 2,
  messages: 3,
  state: "closed"
})

/** `parents[n]` is the parent of point n + 1; 0: the beginning. */
const grown = (parents: ReadonlyArray<number>, head: number): ReadonlyArray<SessionNode> =>
  parents.map((parent, at) => ({
    id: String(at + 1),
    parent_id: parent === 0 ? null : String(parent),
    message: `said ${at + 1}`,
    children: parents.flatMap((one, child) => (one === at + 1 ? [String(child + 1)] : [])),
    label: "",
    metadata: { role: at % 2 === 0 ? "user" : "assistant", head: at + 1 === head },
    created_at: at
  }))

const drawn = (nodes: ReadonlyArray<SessionNode>) =>
  rowsOf(pointsOf(nodes), newOutline).map(
    ({ item, way }) =>
      `${"  ".repeat(way.length - 1)}${item.of.isFirst ? "/" : ""}${item.id}${item.of.isLast ? "." : ""}`
  )

describe("the tree", () => {
  it("of a conversation without branches is a straight line", () => {
    expect(drawn(grown([0, 1, 2, 3], 4))).toEqual(["1", "2", "3", "4."])
  })

  it("keeps the way to the head on the first level, and other ways below the point where they begin", () => {
    // 1 ─ 2 ┬ 3 ─ 4
    //       └ 5 ─ 6
    expect(drawn(grown([0, 1, 2, 3, 2, 5], 6))).toEqual(["1", "2", "  /3", "  4.", "5", "6."])
    expect(drawn(grown([0, 1, 2, 3, 2, 5], 4))).toEqual(["1", "2", "  /5", "  6.", "3", "4."])
  })

  it("goes on past the head to what was said there last", () => {
    expect(drawn(grown([0, 1, 1, 2], 1))).toEqual(["1", "  /2", "  4.", "3."])
  })

  it("shows several ways from one point, and ways of ways", () => {
    expect(drawn(grown([0, 1, 1, 1, 2, 2], 4))).toEqual(["1", "  /2", "    /5.", "  6.", "  /3.", "4."])
  })

  it("folds ways that are long", () => {
    const long = grown([0, 1, ...Array.from({ length: 20 }, (_, at) => at + 2), 1], 23)
    expect(drawn(long)).toEqual(["1", "23."])
  })

  it("has every point once, whatever tree it is", () => {
    const trees = fc
      .array(fc.nat(), { minLength: 1, maxLength: 40 })
      .chain((numbers) =>
        fc.tuple(
          fc.constant(numbers.map((number, at) => number % (at + 1))),
          fc.integer({ min: 0, max: numbers.length })
        )
      )
    fc.assert(
      fc.property(trees, ([parents, head]) => {
        const nodes = grown(parents, head)
        const items = pointsOf(nodes)
        const all = new Map(nodes.map(({ id }) => [id, true]))
        const rows = rowsOf(items, { ...newOutline, chosen: all })
        expect(rows.map(({ item }) => item.id).toSorted()).toEqual(nodes.map(({ id }) => id).toSorted())
        const here = rows.find(({ item }) => item.of.node.metadata.head)
        if (head > 0) expect(here?.way).toHaveLength(1)
      })
    )
  })

  it("is drawn of a long conversation, and of one whose points name what is not there", () => {
    const long = grown(
      Array.from({ length: 4000 }, (_, at) => at),
      4000
    )
    expect(rowsOf(pointsOf(long), newOutline)).toHaveLength(4000)
    const [first] = grown([0], 1)
    expect(pointsOf([{ ...(first ?? expect.fail()), parent_id: "gone", children: ["7"] }])).toHaveLength(1)
    expect(pointsOf([])).toEqual([])
  })

  it("says what was said on one line, cut", () => {
    const [node] = grown([0], 1)
    const said = saidIn({ ...(node ?? expect.fail()), message: `a\n\n  b ${"x".repeat(500)}` })
    expect(said).toMatch(/^a b x+…$/)
    expect(said).toHaveLength(200)
  })
})

describe("the list", () => {
  const list = [row("1abc", "Fix the parser"), row("2def", "Write a poem")]
  const known = reduceSessions(noSessions, { type: "frame", frame: { type: "sessions", sessions: list } }, 0)

  it.each([
    ["", ["1abc", "2def"]],
    ["PARSER fix", ["1abc"]],
    ["2d", ["2def"]],
    ["  poem ", ["2def"]],
    ["parser poem", []],
    [".*", []]
  ])("searched for %j", (text, ids) => {
    const filtered = reduceSessions(known, { type: "sessions.filtered", text }, 0)
    expect(found(filtered).map(({ id }) => id)).toEqual(ids)
  })

  it("knows titles", () => expect(titlesOf(known).get("1abc")).toBe("Fix the parser"))
})

describe("orders", () => {
  it("say what came of them until one goes elsewhere", () => {
    const under = reduceSessions(noSessions, { type: "sessions.ordered", order: "fork" }, 0)
    expect(under.order).toBe("fork")
    const done = reduceSessions(under, { type: "sessions.obeyed", isGood: false, text: "taken" }, 0)
    expect(done).toMatchObject({ outcome: { isGood: false, text: "taken" } })
    expect(done).not.toHaveProperty("order")
    expect(reduceSessions(done, { type: "went", route: { place: "sessions" } }, 0)).not.toHaveProperty("outcome")
  })

  it("a tree that came replaces why it could not", () => {
    const missed = reduceSessions(noSessions, { type: "sessions.missed", id: "1", why: "gone" }, 0)
    const grownNow = reduceSessions(missed, { type: "sessions.grown", id: "1", nodes: grown([0], 1) }, 0)
    expect(grownNow).not.toHaveProperty("missing")
    expect(grownNow.trees.get("1")).toHaveLength(1)
  })
})

describe("what is asked of the server", () => {
  const world = (id?: string) => {
    let state: State = {
      ...blank,
      link: { name: "connected" },
      route: { place: "sessions", ...(id !== undefined && { id }) }
    }
    const [asked, went]: [Array<unknown>, Array<unknown>] = [[], []]
    let answer: OutFrame = { type: "tree", nodes: [] }
    const app: App = {
      state: () => state,
      dispatch: (happening) => void (state = reduce(state, happening, 0)),
      send: (frame) => asked.push(frame) > 0,
      ask: async (frame) => (asked.push(frame), answer),
      go: (route) => void went.push(route),
      enter: () => {},
      leave: () => {},
      hurry: () => {}
    }
    return { app, asked, went, state: () => state, answerWith: (frame: OutFrame) => void (answer = frame) }
  }
  const told = (event: AgentNotice, session_id: string): Happening => ({
    type: "frame",
    frame: { type: "event", seq: 1, at: 0, event, session_id }
  })
  const started: AgentNotice = { type: "agent.started", messages: [] }

  it("is the list when it is opened, and the tree of the one that is looked at", () => {
    const { app, asked } = world("1abc")
    reactSessions(app, { type: "went", route: app.state().route }, blank)
    expect(asked).toEqual([
      { type: "sessions", limit: 500 },
      { type: "tree", session_id: "1abc" }
    ])
  })

  it("is both again when a turn of it begins, and of another only the list", () => {
    const { app, asked } = world("1abc")
    reactSessions(app, told(started, "1abc"), app.state())
    expect(asked).toHaveLength(2)
    reactSessions(app, told(started, "2def"), app.state())
    expect(asked.at(-1)).toMatchObject({ type: "sessions" })
    expect(asked).toHaveLength(3)
    reactSessions(app, told({ type: "agent.text", delta: "x" }, "1abc"), app.state())
    expect(asked).toHaveLength(3)
  })

  it("is to name a point, or go on from another, and what came of it is said", async () => {
    const { app, asked, state, answerWith } = world("1abc")
    const [node] = grown([0], 1)
    answerWith({ type: "point", node: { ...(node ?? expect.fail()), label: "here", children: [] } })
    await fork(app, "1abc", "  here ")
    expect(asked[0]).toEqual({ type: "fork", session_id: "1abc", label: "here" })
    expect(state().sessions.outcome).toEqual({ isGood: true, text: "This point is called here now." })
    await goOnFrom(app, "1abc", "1")
    expect(state().sessions.outcome?.text).toBe("The conversation goes on from here.")
    answerWith({ type: "error", code: "refused", message: "a turn runs" })
    await fork(app, "1abc", " ")
    expect(asked.at(-2)).toEqual({ type: "fork", session_id: "1abc" })
    expect(state().sessions).toMatchObject({ outcome: { isGood: false, text: "a turn runs" }, missing: { id: "1abc" } })
  })

  it("is to sum the conversation up, where one sees how it goes", async () => {
    const { app, asked, went, state, answerWith } = world("1abc")
    answerWith({ type: "error", code: "refused", message: "a turn runs" })
    await compact(app, "1abc", " the task ")
    expect(went).toEqual([{ place: "chat", id: "1abc" }])
    expect(asked).toEqual([{ type: "compact", session_id: "1abc", focus: "the task" }])
    expect(state().chat.trouble).toBe("a turn runs")
  })
})
