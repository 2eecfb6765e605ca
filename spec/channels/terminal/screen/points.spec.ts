import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { matches } from "../../../../channels/terminal/screen/picker.ts"
import { pointRows } from "../../../../channels/terminal/screen/points.ts"
import type { SessionNode } from "../../../../plugins/session-node.ts"
import { drive } from "./drive.ts"

/** @param parents Of each node the index of its parent; a node comes after its parent. */
const nodesOf = (parents: ReadonlyArray<number | null>, more: Readonly<Record<number, Partial<SessionNode>>> = {}) =>
  parents.map((parent, at): SessionNode => ({
    id: `${at}`,
    parent_id: parent === null ? null : `${parent}`,
    message: `message ${at}`,
    children: parents.flatMap((other, index) => (other === at ? [`${index}`] : [])),
    label: "",
    metadata: { role: at % 2 === 0 ? "user" : "assistant", head: at === parents.length - 1 },
    created_at: at * 60_000,
    ...more[at]
  }))

const now = 60 * 60_000

describe("the points of a session", () => {
  it("stand below each other as long as nothing branches, and each branch is indented", () => {
    const rows = pointRows(nodesOf([null, 0, 1, 2, 1, 4]), now)
    expect(rows.map(({ label }) => label)).toEqual([
      "› message 0",
      "● message 1",
      "├─ › message 2",
      "│  ● message 3",
      "└─ › message 4",
      "   ● message 5"
    ])
  })

  it("say their name, their age, where one is and what is newest", () => {
    const rows = pointRows(
      nodesOf([null, 0, 1, 1], {
        2: { label: "before\u001b[2J", metadata: { role: "user", head: true } },
        3: { metadata: { role: "assistant", head: false } }
      }),
      now
    )
    expect(rows.map(({ note }) => note)).toEqual([
      "1 h ago · #0",
      "59 min ago · #1",
      "[before] · you are here · 58 min ago · #2",
      "newest · 57 min ago · #3"
    ])
  })

  it("are one row each, whatever was said there", () => {
    const [row] = pointRows(nodesOf([null], { 0: { message: `a\n\tb\u001b]0;x\u0007 ${"long ".repeat(1000)}` } }), now)
    expect(row?.label).toMatch(/^› a b long[^\n]*…$/)
    expect(row?.label.length).toBeLessThan(90)
  })

  it("are all there once, a parent before its children", () => {
    const trees = fc
      .array(fc.nat(), { maxLength: 60 })
      .map((numbers) => numbers.map((number, at) => (at === 0 || number % 7 === 0 ? null : number % at)))
    fc.assert(
      fc.property(trees, (parents) => {
        const ids = pointRows(nodesOf(parents), now).map(({ id }) => id)
        expect(ids.toSorted()).toEqual(parents.map((_, at) => `${at}`).toSorted())
        parents.forEach((parent, at) => {
          if (parent !== null) expect(ids.indexOf(`${parent}`)).toBeLessThan(ids.indexOf(`${at}`))
        })
      })
    )
  })

  it("may be thousands", () => {
    const nodes = Array.from({ length: 50_000 }, (_, at): SessionNode => ({
      ...(nodesOf([null])[0] as SessionNode),
      id: `${at}`,
      parent_id: at === 0 ? null : `${at - 1}`,
      children: at === 49_999 ? [] : [`${at + 1}`]
    }))
    expect(pointRows(nodes, now)).toHaveLength(50_000)
  })
})

describe("/tree, /fork and /switch", () => {
  const nodes = nodesOf([null, 0, 1, 1], { 2: { metadata: { role: "user", head: true } }, 3: { label: "other" } })

  it("a point is picked from the tree, which opens where one is", () => {
    const chat = drive()
    chat.enter("/tree")
    expect(chat.effects()).toEqual([{ type: "points", order: { type: "tree" } }])
    chat.act({ type: "tree", nodes, now })
    expect(chat.state().picker?.selected).toBe(2)
    chat.press("down")
    chat.enter()
    expect(chat.effects()).toEqual([{ type: "points", order: { type: "switch", to: "3" } }])
    expect(chat.state().picker).toBeUndefined()
  })

  it("a point is found by its name", () => {
    const chat = drive()
    chat.enter("/switch")
    chat.act({ type: "tree", nodes, now })
    chat.type("other")
    const { picker } = chat.state()
    expect(picker && matches(picker)[0]?.id).toBe("3")
  })

  it.each([
    ["/fork", { type: "fork", label: "" }],
    ["/fork before the change", { type: "fork", label: "before the change" }],
    ["/switch other", { type: "switch", to: "other" }]
  ])("%s", (typed, order) => {
    const chat = drive()
    chat.enter(typed)
    expect(chat.effects()).toEqual([{ type: "points", order }])
  })

  it("wait while the agent works", () => {
    const chat = drive()
    chat.notify({ type: "agent.started", messages: [] })
    for (const typed of ["/fork x", "/switch x"]) chat.enter(typed)
    expect(chat.effects()).toEqual([])
    chat.enter("/tree")
    chat.act({ type: "tree", nodes, now })
    chat.effects()
    chat.enter()
    expect(chat.effects()).toEqual([])
    expect(chat.state().hint?.text).toContain("the agent is working")
  })

  it("the conversation goes on from the point: what is printed stays, what is not part of it is gone from the view", () => {
    const chat = drive()
    chat.enter("first")
    chat.notify({ type: "agent.text", delta: "half a reply" })
    chat.act({
      type: "switched",
      to: { ...(nodes[3] as SessionNode) },
      status: chat.state().status,
      transcript: [{ role: "user", id: "1", content: [{ type: "text", text: "said there" }] }]
    })
    expect(chat.state().view.done).toEqual([
      { kind: "user", text: "first" },
      { kind: "rule", text: "from other (#3)" },
      { kind: "user", text: "said there" }
    ])
    expect(chat.state().view.open.text).toBe("")
    // What was said in this session can be recalled once, not once a branch.
    expect(chat.state().history).toEqual(["first"])
  })
})
