/** The mends view's mind: what is said of a seam, what an order would do, whatever the server sends. */
import { describe, expect, it } from "vitest"
import type { App } from "../../../channels/web/client/app.ts"
import { noMends, type Mends, seamsOf } from "../../../channels/web/client/mends/model.ts"
import { obey, reactMends } from "../../../channels/web/client/mends/react.ts"
import { reduceMends } from "../../../channels/web/client/mends/reduce.ts"
import { readSeam } from "../../../channels/web/client/mends/seam.ts"
import {
  canAccept,
  canUndo,
  confirmationOf,
  outcomeOf,
  ownerOf,
  pathIn
} from "../../../channels/web/client/mends/words.ts"
import type { State } from "../../../channels/web/client/state.ts"
import { blank } from "../../../channels/web/client/store.ts"
import type { Happening } from "../../../channels/web/client/happening.ts"
import type { OutFrame } from "../../../channels/wire/frames.ts"
import type { SeamView } from "../../../healing/ledger.ts"
import { seamOf } from "../../healing/ledger-world.ts"

const root = "/plugins/words"
const node = { id: "runtime", kind: "runtime", state: "running", since: 0, restarts: 0, children: [] } as const
const change = (name: string) => ({ path: `${root}/${name}`, before: "0", after: "1" })
const view = (fields: Partial<SeamView> = {}): SeamView => ({
  ...seamOf({ root, changes: [change("a.js")] }),
  status: "active",
  ...fields
})
const heals = (...seams: ReadonlyArray<unknown>): Happening => ({
  type: "frame",
  frame: { type: "heals", heals: [...seams] }
})
const told = (mends: Mends, ...happenings: ReadonlyArray<Happening>) =>
  happenings.reduce((now, happening) => reduceMends(now, happening, 0), mends)

describe("the list", () => {
  const [one, two] = [view(), view({ tool: "other" })]

  it("is newest first, and keeps what an answer to an order does not name", () => {
    const mends = told(noMends, heals(one, two), heals({ ...one, status: "accepted" }))
    expect(mends.seams?.map(({ id, status }) => [id, status])).toEqual([
      [two.id, "active"],
      [one.id, "accepted"]
    ])
  })

  it("is empty, not unknown, when there are none", () => {
    expect(noMends.seams).toBeUndefined()
    expect(told(noMends, heals()).seams).toEqual([])
  })

  it("finds those of a plugin, and of one tool", () => {
    const mends = told(noMends, heals(one, two, view({ plugin: "files" })))
    expect(seamsOf(mends, { plugin: "words" })).toHaveLength(2)
    expect(seamsOf(mends, { plugin: "words", tool: "other" }).map(({ id }) => id)).toEqual([two.id])
    expect(seamsOf(mends, {})).toEqual([])
  })

  it("learns from a seam that is looked at, and keeps it whole", () => {
    const whole = { ...one, diff: "+x" }
    const mends = told(
      noMends,
      { type: "mends.missed", id: one.id, why: "no" },
      { type: "frame", frame: { type: "heal", heal: whole } }
    )
    expect(mends.whole.get(one.id)?.diff).toBe("+x")
    expect(mends.seams).toHaveLength(1)
    expect(mends).not.toHaveProperty("missing")
  })

  it("passes by what is no seam, and what of one is wrong", () => {
    const { failure: _, ...broken } = one
    expect(
      told(
        noMends,
        heals(null, "x", {}, broken, { ...one, id: 1 }, { ...one, time: "now" }, { ...one, failure: { kind: "x" } })
      ).seams
    ).toEqual([])
    expect(
      readSeam({ ...one, rungs: [null, { strategy: 1 }], proof: "x", changes: [{}], degraded: [1, "lost"] })
    ).toMatchObject({
      rungs: [],
      proof: [],
      changes: [],
      degraded: ["lost"]
    })
  })
})

describe("what may be done", () => {
  it.each([
    ["active", true, true],
    ["proposed", true, true],
    ["accepted", false, true],
    ["undone", false, false],
    ["rolled_back", false, false],
    ["noted", false, false]
  ] as const)("a seam that is %s: accept %s, undo %s", (status, accept, undo) => {
    const seam = view({ status })
    expect([canAccept(seam), canUndo(seam)]).toEqual([accept, undo])
  })

  it("one that changed no file, or installed a package, has nothing to write", () => {
    expect(canAccept(view({ changes: [] }))).toBe(false)
    expect(canAccept(view({ changes: [], origin: "package x@1" }))).toBe(false)
    expect(canAccept(view({ changes: [], origin: "package x@1", status: "proposed" }))).toBe(true)
  })
})

describe("the confirmation", () => {
  const [below, seam, above, apart] = [
    view(),
    view(),
    view({ changes: [change("a.js"), change("b.js")] }),
    view({ changes: [change("c.js")] })
  ]
  const all = [apart, above, seam, below]

  it("of accepting names every file, and what is written along with it", () => {
    const { will, paths } = confirmationOf("accept", seam, all)
    expect(paths).toEqual([`${root}/a.js`, `${root}/b.js`])
    expect(will.join(" ")).toContain(`${below.id}, ${above.id} changed the same files`)
    expect(will.join(" ")).not.toContain(apart.id)
  })

  it("of accepting leaves out what holds no more", () => {
    const { paths, will } = confirmationOf("accept", seam, [
      { ...above, status: "undone" },
      seam,
      { ...below, status: "accepted" }
    ])
    expect([paths, will]).toEqual([
      [`${root}/a.js`],
      ["The repair becomes a part of words's own files, whoever runs it."]
    ])
  })

  it("of accepting a proposal that is no text says what it proposes", () => {
    const proposal = view({ status: "proposed", changes: [], summary: "installs plural 1.0.2" })
    expect(confirmationOf("accept", proposal, [proposal])).toMatchObject({
      will: ["installs plural 1.0.2."],
      button: "Do it"
    })
  })

  it("of undoing names what stands on it, and what leaves the source", () => {
    const accepted = { ...seam, status: "accepted" as const }
    const { will, paths } = confirmationOf("undo", accepted, [apart, above, accepted, below])
    expect(will.join(" ")).toMatch(/runs without it.*out of the source again.*stand on it/)
    expect(will.join(" ")).toContain(above.id)
    expect(will.join(" ")).not.toContain(below.id)
    expect(paths).toEqual([`${root}/a.js`])
    expect(confirmationOf("undo", seam, all).paths).toEqual([])
  })

  it("of turning a proposal down says that nothing was done", () => {
    const proposal = view({ status: "proposed" })
    expect(confirmationOf("undo", proposal, [proposal, below])).toMatchObject({
      question: "Turn this proposal down?",
      will: ["Nothing of it was done, and nothing will be."]
    })
  })
})

describe("an order", () => {
  const seam = view()
  const world = (answers: ReadonlyArray<OutFrame>) => {
    let state: State = {
      ...blank,
      link: { name: "connected" as const },
      route: { place: "mends" as const, id: seam.id }
    }
    const [asked, told]: [Array<unknown>, Array<string>] = [[], []]
    const waiting = [...answers]
    const app: App = {
      state: () => state,
      dispatch: (happening) => {
        state = { ...state, mends: reduceMends(state.mends, happening, 0) }
        if (happening.type === "told") told.push(happening.text)
      },
      send: (frame) => asked.push(frame) > 0,
      ask: async (frame) => {
        asked.push(frame)
        return waiting.shift() ?? { type: "error", code: "unanswered", message: "nobody answers" }
      },
      go: () => {},
      enter: () => {},
      leave: () => {},
      hurry: () => {}
    }
    const tell = (seams: number): void => {
      const health = { status: "healthy" as const, plugins: {}, tree: node, seams }
      state = { ...state, supervision: { ...state.supervision, told: health } }
    }
    return { app, asked, told, tell, mends: () => state.mends }
  }

  it("is obeyed, and what came of it is said", async () => {
    const accepted = { ...seam, status: "accepted" }
    const { app, asked, told, mends } = world([
      { type: "heals", heals: [accepted] },
      { type: "heal", heal: accepted }
    ])
    await obey(app, { verb: "accept", id: seam.id })
    expect(asked).toEqual([
      { type: "heal_accept", id: seam.id },
      { type: "heal", id: seam.id }
    ])
    expect(told).toEqual([`Written: ${root}/a.js`])
    expect(mends()).toMatchObject({ outcome: { id: seam.id, isGood: true } })
    expect(mends()).not.toHaveProperty("order")
  })

  it("that is refused says why, and that nothing was changed", async () => {
    const why = "a.js was edited since it was mended"
    const { app, mends } = world([{ type: "error", code: "refused", message: why }])
    await obey(app, { verb: "undo", id: seam.id })
    expect(mends().outcome).toEqual({ id: seam.id, isGood: false, text: `Nothing was changed: ${why}` })
    expect(mends().missing).toEqual({ id: seam.id, why: "nobody answers" })
  })

  it("is not remembered of one seam when another is looked at", () => {
    const order = { verb: "undo", id: seam.id, isUnderWay: false } as const
    const asked = told(noMends, { type: "mends.ordered", order })
    expect(asked.order).toEqual(order)
    expect(told(asked, { type: "went", route: { place: "mends" } })).not.toHaveProperty("order")
    expect(told(asked, { type: "mends.ordered" })).not.toHaveProperty("order")
  })

  it("looks again when health tells that a seam was made or changed, and only while somebody looks", () => {
    const { app, asked, tell } = world([])
    const before = app.state()
    tell(1)
    reactMends(app, { type: "ticked" }, before)
    expect(asked).toEqual([{ type: "heals" }, { type: "heal", id: seam.id }])
    reactMends(app, { type: "ticked" }, app.state())
    expect(asked).toHaveLength(2)
    const seen = app.state()
    reactMends({ ...app, state: () => ({ ...seen, route: { place: "chat" } }) }, { type: "ticked" }, before)
    expect(asked).toHaveLength(2)
  })
})

describe("words", () => {
  it("name whose it is", () => {
    expect(ownerOf({ plugin: "words", tool: "count" })).toBe("words/count")
    expect(ownerOf({ plugin: "words", hook: "stop" })).toBe("words, hook stop")
    expect(ownerOf({ plugin: "words" })).toBe("words")
  })

  it("shorten paths to what lies in the plugin's folder, and no others", () => {
    expect(pathIn({ root }, `${root}/src/a.js`)).toBe("src/a.js")
    expect(pathIn({ root }, "/plugins/words-2/a.js")).toBe("/plugins/words-2/a.js")
    expect(pathIn({}, "a.js")).toBe("a.js")
  })

  it.each([
    ["accept", { type: "heals", heals: [] }, "Done: it holds now."],
    ["undo", { type: "heals", heals: [view({ status: "undone" })] }, "Taken back."]
  ] as const)("tell what came of it: %s", (verb, answer, text) => {
    expect(outcomeOf(verb, { type: "heals", heals: [...answer.heals] })).toEqual({ isGood: true, text })
  })
})
