import { describe, expect, it } from "vitest"
import type { Heals } from "../../../actors/healing/heals.ts"
import { orderHeals } from "../../../channels/terminal/heals.ts"
import { initial } from "../../../channels/terminal/screen/state.ts"
import { statusOf } from "../../../channels/terminal/screen/status.ts"
import { update } from "../../../channels/terminal/screen/update.ts"
import { printed } from "../../../channels/terminal/text/item.ts"
import { paintAll, themeOf } from "../../../channels/terminal/text/paint.ts"
import { lineText, lineWidth } from "../../../channels/terminal/text/text.ts"
import { reduce } from "../../../channels/terminal/view/reduce.ts"
import { blank, isBusy, type Item } from "../../../channels/terminal/view/view.ts"
import type { SeamView } from "../../../healing/ledger.ts"
import type { SeamNews } from "../../../machines/events.ts"
import { seamOf } from "../../healing/ledger-world.ts"
import { fakeSession } from "./fake-session.ts"

const news: SeamNews = {
  seam: "s1a2b3c4d5",
  plugin: "words",
  tool: "word_count",
  status: "active",
  state: "provisional",
  strategy: "rewrite",
  summary: "reads length where lenght stood",
  degraded: [],
  diff: "--- a/x.js\n+++ b/x.js\n@@ -1,1 +1,1 @@\n-const a = lenght\n+const a = length\n"
}

const linesOf = (item: Item, { width = 200, expanded = false } = {}) =>
  printed([item], 0, { width, links: false, thinking: false, calls: true, expanded })
const textOf = (...args: Parameters<typeof linesOf>) => linesOf(...args).map((line) => lineText(line).trimEnd())
const seam = (change: Partial<SeamNews> = {}): Item => ({ kind: "seam", news: { ...news, ...change } })

describe("a heal in chat", () => {
  it("is told where it happens, whatever the agent does", () => {
    const view = reduce(blank, { type: "agent.healed", ...news }, 1)
    expect(view.done).toEqual([{ kind: "seam", news }])
    expect(isBusy(view)).toBe(false)
    const writing = reduce(blank, { type: "agent.text", delta: "First.\n\nSec" }, 1)
    expect(reduce(writing, { type: "agent.healed", ...news }, 2)).toMatchObject({
      phase: { name: "writing" },
      open: { text: "Sec" }
    })
  })

  it("is one gold line; the whole conversation shows its diff, too", () => {
    const line =
      "◆ healed words/word_count: reads length where lenght stood (rewrite, provisional) · /heals show s1a2b3c4d5"
    expect(textOf(seam())).toEqual([line])
    expect(textOf(seam(), { expanded: true })).toEqual([line, "  1 - const a = lenght", "  1 + const a = length"])
    const narrow = textOf(seam(), { width: 82 })
    expect(narrow).toEqual(["◆ healed words/word_count: reads length where lenght sto… · /heals show s1a2b3c4d5"])
    const theme = (env: object) => themeOf("dark", { TERM: "xterm-256color", ...env })
    const painted = (env: object) => paintAll(linesOf(seam()), theme(env))
    expect(painted({})).toContain("\u001b[1;38;5;179mhealed words/word_count")
    expect(painted({ NO_COLOR: "1" })).toBe(line)
    expect(painted({ TERM: "dumb" })).toBe(line)
  })

  it("is not gold when something was lost, or broke, and names the losses", () => {
    const tones = (change: Partial<SeamNews>) => linesOf(seam(change)).map((line) => line[1]?.style?.tone)
    expect(textOf(seam({ state: "degraded", degraded: ["unit is made up"] }))[1]).toBe("  lost: unit is made up")
    expect(tones({ state: "degraded", degraded: ["unit is made up"] })).toEqual(["warn", "warn"])
    expect(tones({ status: "noted", state: "contained" })).toEqual(["bad"])
    expect(tones({ status: "rolled_back" })).toEqual(["bad"])
    expect(tones({ status: "proposed" })).toEqual(["accent"])
    expect(tones({ status: "undone" })).toEqual([undefined])
    expect(textOf(seam({ status: "proposed" }))[0]).toMatch(/· \/heals accept s1a2b3c4d5$/)
  })

  it("fits any width, and lets no escape sequence through", () => {
    const nasty = `${"日本 ".repeat(20)}\u001b[2J\u009b5m\n`
    const item = seam({ plugin: nasty, tool: nasty, summary: nasty, degraded: [nasty], seam: nasty, diff: nasty })
    for (const width of [10, 20, 40, 80])
      for (const line of linesOf(item, { width, expanded: true })) {
        expect(lineWidth(line)).toBeLessThanOrEqual(width)
        expect(lineText(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }
  })
})

describe("/heals", () => {
  const start = initial({
    status: statusOf(fakeSession().view()),
    thinkingShown: false,
    callsShown: true,
    columns: 80,
    rows: 24
  })
  const entered = (text: string) => {
    const typed = update(start, { type: "paste", text, now: 1 }).state
    const { state, effects } = update(typed, { type: "key", key: { type: "key", name: "enter" }, now: 2 })
    return { effects, last: state.view.done.at(-1) }
  }

  it.each([
    ["/heals", { type: "list" }],
    ["/heals list", { type: "list" }],
    ["/heals show s1", { type: "show", id: "s1" }],
    ["/heals accept  s1 ", { type: "accept", id: "s1" }],
    ["/heals undo s1", { type: "undo", id: "s1" }]
  ])("%s", (text, order) => expect(entered(text).effects).toEqual([{ type: "heals", order }]))

  it.each(["/heals show", "/heals s1", "/heals undo s1 s2", "/heals list s1"])(
    "%s is wrong, and says what is right",
    (text) =>
      expect(entered(text)).toMatchObject({
        effects: [],
        last: { tone: "warn", text: expect.stringMatching(/\/heals show ID/) }
      })
  )

  const view: SeamView = { ...seamOf({ id: "s1a2b3c4d5", time: 0, diff: "-a\n+b\n" }), status: "active" }
  const asked: Array<readonly [string, string]> = []
  const answer = (name: string, status: SeamView["status"]) => async (id: string) => {
    asked.push([name, id])
    const changes = [{ path: "/plugin/a.js", before: "", after: "" }]
    return [{ ...view, status, changes }]
  }
  const heals: Heals = {
    list: async () => [view, { ...view, id: "s2" }],
    find: async (id) => (view.id.startsWith(id) ? view : undefined),
    accept: answer("accept", "accepted"),
    undo: answer("undo", "undone")
  }
  const said = async (...args: Parameters<typeof orderHeals>) => textOf(await orderHeals(...args))

  it("lists, shows with the diff, and carries the user's word to the ledger", async () => {
    const list = await said(heals, { type: "list" })
    expect(list.map((line) => line.trim().split("  ")[0])).toEqual(["s1a2b3c4d5", "s2"])
    const shown = await said(heals, { type: "show", id: "s1" })
    expect(shown[0]).toBe("  s1a2b3c4d5 · words/word_count · 1970-01-01 00:00 · provisional · active")
    expect(shown.slice(-2)).toEqual(["  -a", "  +b"])
    expect(await said(heals, { type: "accept", id: "s1a2b3c4d5" })).toEqual(["  wrote /plugin/a.js"])
    expect(await said(heals, { type: "undo", id: "s1a2b3c4d5" })).toEqual(["  undone: s1a2b3c4d5"])
    expect(asked).toEqual([
      ["accept", "s1a2b3c4d5"],
      ["undo", "s1a2b3c4d5"]
    ])
  })

  it("says when there is none, or none of that id", async () => {
    expect(await said({ ...heals, list: async () => [] }, { type: "list" })).toEqual(["  Nothing was mended yet."])
    await expect(orderHeals(heals, { type: "show", id: "szz" })).rejects.toThrow(
      "There is no seam szz; /heals lists them."
    )
    const many = Array.from({ length: 23 }, () => view)
    expect((await said({ ...heals, list: async () => many }, { type: "list" })).at(-1)).toBe(
      "  … 3 more: kintsugi heal list"
    )
  })
})
