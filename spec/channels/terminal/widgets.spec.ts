import fc from "fast-check"
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import type { OfferedWidget } from "../../../actors/session-extensions.ts"
import { screen } from "../../../channels/terminal/screen/screen.ts"
import type { WidgetText } from "../../../channels/terminal/screen/widgets.ts"
import { lineText, lineWidth } from "../../../channels/terminal/text/text.ts"
import { renderWidgets } from "../../../channels/terminal/widgets.ts"
import { noExtensions } from "./fake-session.ts"
import { drive } from "./screen/drive.ts"

const widget = (name: string, every = 5, place: OfferedWidget["place"] = "above"): OfferedWidget => ({
  plugin: "words",
  name,
  place,
  every
})

/** What is rendered is `name count`, unless a spec says otherwise. */
const begin = (
  offered: Array<OfferedWidget>,
  render: (name: string, count: number) => Promise<string> = async (name, count) => `${name} ${count}`
) => {
  const counts = new Map<string, number>()
  const told: Array<ReadonlyArray<WidgetText>> = []
  const renderWidget = (_: string, name: string): Promise<string> => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    return render(name, counts.get(name) ?? 0)
  }
  const extensions = () => ({ ...noExtensions, widgets: () => offered, renderWidget })
  const widgets = renderWidgets(extensions, (texts) => told.push(texts))
  onTestFinished(widgets.close)
  return {
    widgets,
    offered,
    told,
    count: (name: string) => counts.get(name) ?? 0,
    texts: () => told.at(-1)?.map(({ text }) => text),
    /** Lets so many milliseconds pass. */
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms)
  }
}

describe("widgets are rendered", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 })
    onTestFinished(() => void vi.useRealTimers())
  })

  it("at once, and then each in its own time", async () => {
    const { widgets, count, texts, pass } = begin([widget("fast", 1), widget("slow", 10)])
    widgets.refresh()
    await pass(0)
    expect(texts()).toEqual(["fast 1", "slow 1"])
    await pass(10_000)
    expect(count("fast")).toBe(11)
    expect(count("slow")).toBe(2)
  })

  it("at the end of a turn, but never more often than once a second", async () => {
    const { widgets, count, pass } = begin([widget("one", 60)])
    widgets.refresh()
    await pass(0)
    for (let turn = 0; turn < 5; turn++) widgets.renew()
    await pass(999)
    expect(count("one")).toBe(1)
    await pass(1)
    expect(count("one")).toBe(2)
    await pass(5000)
    widgets.renew()
    await pass(0)
    expect(count("one")).toBe(3)
  })

  it("no more often than once a second, whatever the plugin asks for", async () => {
    const { widgets, count, pass } = begin([widget("eager", 0.01)])
    widgets.refresh()
    await pass(3500)
    expect(count("eager")).toBe(4)
  })

  it("never twice at once: one that hangs holds up nobody but itself", async () => {
    const hung = Promise.withResolvers<string>()
    const { widgets, count, texts, pass } = begin([widget("hung", 1), widget("sound", 1)], async (name, nth) =>
      name === "hung" ? hung.promise : `${name} ${nth}`
    )
    widgets.refresh()
    await pass(3000)
    widgets.renew()
    await pass(2000)
    expect(count("hung")).toBe(1)
    expect(count("sound")).toBeGreaterThan(4)
    hung.resolve("there")
    await pass(0)
    expect(texts()?.[0]).toBe("there")
  })

  it("in vain when it is gone before it has answered", async () => {
    const hung = Promise.withResolvers<string>()
    const { widgets, offered, told, pass } = begin([widget("hung", 1)], () => hung.promise)
    widgets.refresh()
    await pass(0)
    offered.length = 0
    widgets.refresh()
    hung.resolve("late")
    await pass(0)
    expect(told).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it("and drawn only when they say something else", async () => {
    const { widgets, told, count, pass } = begin([widget("same", 1)], async () => "same")
    widgets.refresh()
    await pass(10_000)
    expect(count("same")).toBe(11)
    expect(told).toHaveLength(1)
  })

  it("not any more when they are gone, and one that fails is not seen", async () => {
    const { widgets, offered, count, texts, pass } = begin(
      [widget("goes", 1), widget("fails", 1)],
      async (name, nth) => {
        if (name === "fails" && nth > 1) throw new Error("broken")
        return `${name} ${nth}`
      }
    )
    widgets.refresh()
    await pass(1000)
    expect(texts()).toEqual(["goes 2", ""])
    offered.shift()
    widgets.refresh()
    await pass(5000)
    expect(texts()).toEqual([""])
    expect(count("goes")).toBe(2)
  })

  it("not after the chat was left, and where there are none no timer runs", async () => {
    const { widgets, offered, count, pass } = begin([widget("one", 1)])
    widgets.refresh()
    await pass(0)
    widgets.close()
    widgets.renew()
    await pass(5000)
    expect(count("one")).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    offered.length = 0
    const none = begin([])
    none.widgets.renew()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe("what widgets say is shown", () => {
  const shown = (texts: ReadonlyArray<Partial<WidgetText>>, columns = 60, rows = 24) => {
    const chat = drive()
    chat.act({ type: "resized", columns, rows })
    const widgets = texts.map((text): WidgetText => ({ plugin: "p", name: "n", place: "above", text: "", ...text }))
    chat.act({ type: "widgets", widgets })
    return screen(chat.state(), { now: 0, links: false }).lines
  }

  it("above the prompt and in the status line", () => {
    const rows = shown([{ text: "build: green\n2 warnings" }, { place: "status", text: "main ✓" }]).map(lineText)
    expect(rows.slice(0, 5)).toEqual(["", "build: green", "2 warnings", "", "─".repeat(59)])
    expect(rows.at(-1)).toMatch(/ · main ✓$/)
  })

  it("as plain text: it can neither write to the terminal nor take the screen", () => {
    const text = `\u001b[2J\u001b]0;owned\u0007a\u0000b\u202e\n${"row\n".repeat(500)}`
    const rows = shown([{ text }, { place: "status", text: `\u001b[31mred\nmore ${"x".repeat(500)}` }], 100).map(
      lineText
    )
    expect(rows.slice(0, 7)).toEqual(["", "ab", "row", "row", "row", "row", ""])
    expect(rows.join("")).not.toMatch(/owned|\u001b|\u0000|\u202e/)
    expect(rows.at(-1)).toMatch(/ · red more x+…$/)
  })

  it("not on a small screen, and first to go from a short status line", () => {
    expect(shown([{ text: "a\nb\nc\nd\ne" }], 60, 8).length).toBeLessThan(8)
    expect(
      shown([{ place: "status", text: "mine" }], 24)
        .map(lineText)
        .at(-1)
    ).not.toContain("mine")
  })

  it("cut to the width, never filling the screen, at any size", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            place: fc.constantFrom("above" as const, "status" as const),
            text: fc.string({ unit: "grapheme" })
          }),
          { maxLength: 8 }
        ),
        fc.integer({ min: 20, max: 100 }),
        fc.integer({ min: 6, max: 40 }),
        (texts, columns, height) => {
          const lines = shown(texts, columns, height)
          expect(lines.length).toBeLessThan(height)
          for (const line of lines) expect(lineWidth(line)).toBeLessThan(columns)
        }
      )
    )
  })
})
