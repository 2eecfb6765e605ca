import { describe, expect, it } from "vitest"
import { callLines, liveCallLines } from "../../../../channels/terminal/text/call.ts"
import { countDiff, diffLines } from "../../../../channels/terminal/text/diff.ts"
import { type ItemOptions, printed } from "../../../../channels/terminal/text/item.ts"
import { ago, dollars, elapsed, tokens } from "../../../../channels/terminal/text/numbers.ts"
import { type Line, lineText, lineWidth } from "../../../../channels/terminal/text/text.ts"
import type { Item } from "../../../../channels/terminal/view/view.ts"
import type { PluginNews } from "../../../../machines/events.ts"
import type { Answer } from "../../../../plugins/tool.ts"

const rows = (lines: ReadonlyArray<Line>) => lines.map((line) => lineText(line).trimEnd())
const bash = (command: string) => ({ type: "call" as const, id: "c", name: "execute_bash", input: { command } })
const shown = (answer: Answer, expanded = false, width = 60) =>
  rows(callLines({ call: bash("npm test"), answer, ms: 2000 }, { width, expanded }))

const diff = `--- a/x.ts\n+++ b/x.ts\n@@ -9,3 +9,3 @@\n const a = 1\n-const b = old(2)\n+const b = new(2)\n const c = 3\n@@ -40,1 +40,2 @@\n last\n+more\n`

describe("a call", () => {
  it("says what was called, how long it took and the end of what came out", () => {
    const data = Array.from({ length: 20 }, (_, line) => `row ${line}`).join("\n")
    expect(shown({ success: true, data, summary: "exit code 0" })).toEqual([
      "✓ execute_bash npm test  exit code 0  2s",
      "  │ … 16 more lines (ctrl-o to expand)",
      "  │ row 16",
      "  │ row 17",
      "  │ row 18",
      "  │ row 19"
    ])
    expect(shown({ success: true, data }, true)).toHaveLength(21)
  })

  it("that failed says so first, and why", () => {
    const [head, why] = callLines(
      { call: bash("x"), answer: { success: false, error: "exit code 1", data: "boom" } },
      { width: 60, expanded: false }
    )
    expect(head?.[0]).toEqual({ text: "✗", style: { tone: "bad" } })
    expect(why?.at(-1)).toEqual({ text: "exit code 1", style: { tone: "bad" } })
    expect(shown({ success: false, error: "exit code 1", data: "boom" }).at(-1)).toBe("  │ boom")
  })

  it("that changed a file shows the counts and the change", () => {
    expect(shown({ success: true, diff, summary: "edited x.ts" })[0]).toBe("✓ execute_bash npm test  +2 −1  2s")
  })

  it("with ten thousand lines is as short as any other", () => {
    expect(shown({ success: true, data: "x\n".repeat(10_000) })).toHaveLength(6)
  })

  it("fits any width and lets no escape sequence through", () => {
    for (const width of [10, 20, 40, 80]) {
      const lines = callLines(
        {
          call: bash("echo \u001b[2J"),
          answer: {
            success: false,
            error: "a\u001b[31mb ".repeat(20),
            data: "日本語".repeat(50),
            outcome: "degraded",
            degraded: ["日本\u001b[2J語 ".repeat(20), "\u009b5m"],
            seam: "s\u202e\u001b[2J".repeat(20)
          }
        },
        { width, expanded: false }
      )
      for (const line of lines) {
        expect(lineWidth(line)).toBeLessThanOrEqual(width)
        expect(lineText(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
      }
    }
  })

  const states: ReadonlyArray<readonly [Answer, glyph: string, label: string, tone: string]> = [
    [
      { success: false, errorClass: "execution_error", error: "boom", outcome: "contained" },
      "✗",
      "contained, execution_error",
      "bad"
    ],
    [{ success: true, data: "x", outcome: "degraded", degraded: ["lost it"] }, "!", "degraded", "warn"],
    [{ success: true, data: "x", outcome: "provisional", seam: "s1" }, "✓", "provisional, seam s1", "accent"],
    [{ success: true, data: "x", outcome: "healed", seam: "s1" }, "✓", "healed, seam s1", "accent"],
    [{ success: false, error: "wrong", outcome: "false_heal" }, "✗", "false heal", "bad"]
  ]

  it.each(states)(
    "on whose way something broke says so beside its name, in its colour: %j",
    (answer, glyph, label, tone) => {
      const [head = []] = callLines({ call: bash("npm test"), answer }, { width: 80, expanded: false })
      expect(head[0]).toEqual({ text: glyph, style: { tone } })
      expect(head.at(-1)).toEqual({ text: label, style: { tone } })
      expect(lineText(head)).toBe(`${glyph} execute_bash npm test  ${label}`)
    }
  )

  it("names what was lost before what it answered, even when its output is not shown", () => {
    const answer: Answer = { success: true, data: "text", outcome: "degraded", degraded: ["line 3 invented", "a hook"] }
    const losses = ["  │ lost: line 3 invented", "  │ lost: a hook"]
    expect(shown(answer).slice(1)).toEqual([...losses, "  │ text"])
    const read = { type: "call" as const, id: "c", name: "read_file", input: { path: "a" } }
    const lines = callLines({ call: read, answer }, { width: 60, expanded: false })
    expect(rows(lines).slice(1)).toEqual(losses)
    expect(lines[1]?.at(-1)).toMatchObject({ style: { tone: "warn" } })
  })

  it("shows no change and no summary of a success that is none", () => {
    const answer: Answer = { success: true, diff, summary: "all is well", error: "boom", outcome: "contained" }
    expect(shown(answer).join("\n")).not.toMatch(/well|new\(2\)/)
    expect(shown(answer).slice(0, 2)).toEqual(["✗ execute_bash npm test  contained  +2 −1  2s", "  │ boom"])
  })

  it("that runs shows its time and the last of what it told", () => {
    const live = { call: bash("npm test"), startedAt: 1000, tail: "one\ntwo\n\nthree\nfour\n" }
    expect(rows(liveCallLines(live, "*", 13_500, 60))).toEqual([
      "* execute_bash npm test 12s".replace("test 12s", "test  12s"),
      "  │ two",
      "  │ three",
      "  │ four"
    ])
  })
})

describe("a diff", () => {
  it("has the numbers of the lines as they were and as they are", () => {
    expect(rows(diffLines(diff, 40))).toEqual([
      " 9   const a = 1",
      "10 - const b = old(2)",
      "10 + const b = new(2)",
      "11   const c = 3",
      "⋮",
      "40   last",
      "41 + more"
    ])
    expect(countDiff(diff)).toEqual({ added: 2, removed: 1 })
  })

  it("marks the words that changed, and only those", () => {
    const changed = diffLines(diff, 40)
      .flat()
      .filter((span) => span.style?.inverse)
      .map((span) => span.text)
    expect(changed).toEqual(["old", "new"])
  })

  it("that is none is shown as it stands", () => {
    expect(rows(diffLines("no diff\n+ but a plus", 40))).toEqual(["no diff", "+ but a plus"])
  })

  it("of a whole new file is cheap", () => {
    const lines = Array.from({ length: 5000 }, (_, n) => `+line ${n}`).join("\n")
    expect(diffLines(`--- /dev/null\n+++ b/new\n@@ -0,0 +1,5000 @@\n${lines}\n`, 60)).toHaveLength(5000)
  })
})

describe("a conversation", () => {
  const options: ItemOptions = { width: 40, links: false, thinking: false, calls: true, expanded: false }
  const read: Item = {
    kind: "call",
    call: { type: "call", id: "1", name: "read_file", input: { path: "a" } },
    answer: { success: true, data: "text" }
  }
  const thought: Item = { kind: "thinking", text: "hm", ms: 3000 }
  const items: ReadonlyArray<Item> = [
    { kind: "user", text: "hi" },
    thought,
    read,
    read,
    { kind: "prose", markdown: "Done.", glued: false, first: true }
  ]
  const all = (change: Partial<ItemOptions> = {}) =>
    items.flatMap((_, index) => rows(printed(items, index, { ...options, ...change })))

  it("sets its parts apart, keeps one-line calls together and hides thinking", () => {
    expect(all()).toEqual(["› hi", "", "✓ read_file a", "✓ read_file a", "", "● Done."])
  })

  it("shows thinking when asked, and everything when expanded", () => {
    expect(all({ thinking: true }).slice(0, 4)).toEqual(["› hi", "", "∴ thought for 3s", "  hm"])
    expect(all({ expanded: true })).toContain("  │ text")
  })

  it("hides calls that succeeded when the user wants none", () => {
    expect(all({ calls: false })).toEqual(["› hi", "", "● Done."])
  })

  it("hides none on whose way something broke", () => {
    for (const outcome of ["degraded", "provisional", "healed"] as const) {
      const item: Item = { ...read, answer: { success: true, outcome, seam: "s1" } }
      expect(rows(printed([item], 0, { ...options, calls: false }))[0]).toContain(`read_file a  ${outcome}`)
    }
  })

  it("tells what happened to a plugin, its state in its colour", () => {
    const line = (state: PluginNews["state"], reason = "it crashed 5 times\nin 60 s") =>
      printed([{ kind: "plugin", news: { plugin: "words\u001b[2J", state, reason } }], 0, { ...options, width: 80 })
    expect(rows(line("quarantined"))).toEqual(["⚠ plugin words is quarantined: it crashed 5 times in 60 s"])
    expect(rows(line("healthy", ""))).toEqual(["✓ plugin words is healthy"])
    const tones = (["healthy", "degraded", "quarantined"] as const).map((state) => line(state)[0]?.[0]?.style?.tone)
    expect(tones).toEqual(["good", "warn", "bad"])
  })

  it("repeats only the beginning of a long message", () => {
    const long: Item = { kind: "user", text: Array.from({ length: 50 }, (_, n) => `${n}`).join("\n") }
    expect(rows(printed([long], 0, options)).at(-1)).toBe("  … 39 more lines")
  })
})

it("numbers read at a glance", () => {
  expect([400, 12_400, 185_000, 3_720_000].map(elapsed)).toEqual(["0.4s", "12s", "3m 05s", "1h 02m"])
  expect([834, 12_345, 150_000, 2_000_000].map(tokens)).toEqual(["834", "12.3k", "150k", "2M"])
  expect([0, 0.00001, 0.0421, 1.5].map(dollars)).toEqual(["$0.00", "<$0.0001", "$0.0421", "$1.50"])
  expect([0, 300_000, 7_200_000, 90_000_000].map(ago)).toEqual(["now", "5 min ago", "2 h ago", "1 day ago"])
})

describe("what plugins and subagents add to calls", () => {
  const nasty = "a\u001b[2Jb"
  const task = {
    type: "call" as const,
    id: "t",
    name: "task",
    input: { prompt: "a page of instructions", description: "look around" }
  }

  it("advice stands below the error", () => {
    const advice = [{ plugin: "node", diagnosis: `no lock ${nasty}`, fixes: ["run npm install", "x ".repeat(40)] }]
    expect(shown({ success: false, error: "exit code 1", data: "boom", advice }, false, 50)).toEqual([
      "✗ execute_bash npm test  2s",
      "  │ exit code 1",
      "  │ node: no lock ab",
      "  │ → run npm install",
      `  │ → ${"x ".repeat(22).trim()}`,
      `  │   ${"x ".repeat(18).trim()}`,
      "  │ boom"
    ])
  })

  it("a running subagent is a line for itself and one for the newest that it does", () => {
    const live = { call: task, startedAt: 0, tail: `read_file a.ts\nexecute_bash ${nasty}\n`, toldAt: 9000 }
    expect(rows(liveCallLines(live, "⠋", 12_000, 60))).toEqual(["⠋ task look around  12s", "  │ execute_bash ab  3s"])
    expect(rows(liveCallLines({ call: task, startedAt: 0, tail: "" }, "⠋", 12_000, 60))).toEqual([
      "⠋ task look around  12s"
    ])
  })

  it("a plan is not told twice: its answer is its line", () => {
    const plan = { goal: "g", steps: [{ id: "1", text: "one", state: "done" as const }] }
    expect(shown({ success: true, data: { plan, more: "text" }, summary: "1 of 1" })).toHaveLength(1)
    expect(shown({ success: true, data: { plan } }, true).length).toBeGreaterThan(1)
  })

  it("a plan and a result of the background are items of their own, short until somebody asks for more", () => {
    const steps = Array.from({ length: 100 }, (_, at) => ({ id: `${at}`, text: `step ${at}`, state: "done" as const }))
    const options: ItemOptions = { width: 60, links: false, thinking: false, calls: true, expanded: false }
    const printedAs = (item: Item, expanded = false) => rows(printed([item], 0, { ...options, expanded }))
    expect(printedAs({ kind: "plan", plan: { goal: "g", steps } })).toHaveLength(40)
    expect(printedAs({ kind: "plan", plan: { goal: "g", steps } }, true)).toHaveLength(101)
    const item: Item = {
      kind: "delivered",
      title: `background agent ${nasty} has ended`,
      text: `**All** good ${nasty}\n\n${"- row\n".repeat(50)}`,
      isGood: true
    }
    expect(printedAs(item).slice(0, 3)).toEqual(["◇ background agent ab has ended", "  All good ab", ""])
    expect(printedAs(item)).toHaveLength(13)
    expect(printedAs(item).at(-1)).toMatch(/… \d+ more lines \(ctrl-o to expand\)/)
    expect(printedAs(item, true)).toHaveLength(53)
    expect(printedAs({ ...item, isGood: false })[0]).toMatch(/^✗ /)
  })
})
