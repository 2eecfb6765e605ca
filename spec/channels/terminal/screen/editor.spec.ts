import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  continued,
  type Editor,
  empty,
  expand,
  insert,
  paste,
  press,
  shown
} from "../../../../channels/terminal/screen/editor.ts"
import { layout, moveRow } from "../../../../channels/terminal/screen/editor-rows.ts"
import { graphemesOf, widthOf } from "../../../../channels/terminal/text/text.ts"

const typed = ["a", "B", " ", "-", "\n", "日", "👨‍👩‍👧", "👍🏽", "e\u0301", "\u0301", "\u200d", "🇩🇪", "🇩", "word ", "_x9"]
const keys = [
  "left",
  "right",
  "home",
  "end",
  "backspace",
  "delete",
  "alt-b",
  "alt-f",
  "alt-backspace",
  "alt-d",
  "ctrl-w",
  "ctrl-k",
  "ctrl-u",
  "ctrl-y",
  "ctrl-j",
  "ctrl-a",
  "ctrl-e",
  "ctrl-left",
  "ctrl-right"
]

type Act = { readonly type: "text" | "key" | "paste" | "row"; readonly value: string }
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...typed).map((value) => ({ type: "text" as const, value })) },
  { weight: 3, arbitrary: fc.constantFrom(...keys).map((value) => ({ type: "key" as const, value })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("x\ny", "line\n".repeat(20)).map((value) => ({ type: "paste" as const, value }))
  },
  { weight: 1, arbitrary: fc.constantFrom("up", "down").map((value) => ({ type: "row" as const, value })) }
)

const apply = (editor: Editor, { type, value }: Act): Editor => {
  if (type === "text") return insert(editor, value)
  if (type === "paste") return paste(editor, value)
  if (type === "row") return moveRow(editor, value === "up" ? -1 : 1, 12) ?? editor
  return press(editor, value) ?? editor
}

const boundaries = (text: string): ReadonlyArray<number> => {
  let at = 0
  return [0, ...graphemesOf(text).map((grapheme) => (at += grapheme.length))]
}

describe("any sequence of keys", () => {
  it("leaves the cursor between two graphemes", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        let editor = empty
        for (const each of acts) {
          editor = apply(editor, each)
          expect(boundaries(editor.text)).toContain(editor.cursor)
        }
      })
    )
  })

  it("gives the text that a list of characters would hold", () => {
    const simple = fc.constantFrom(
      "a",
      "b",
      "c",
      "left",
      "right",
      "home",
      "end",
      "backspace",
      "delete",
      "ctrl-k",
      "ctrl-u"
    )
    fc.assert(
      fc.property(fc.array(simple, { maxLength: 60 }), (acts) => {
        let editor = empty
        let [model, at]: [Array<string>, number] = [[], 0]
        for (const each of acts) {
          editor = each.length === 1 ? insert(editor, each) : (press(editor, each) ?? editor)
          if (each.length === 1) model.splice(at++, 0, each)
          else if (each === "left") at = Math.max(0, at - 1)
          else if (each === "right") at = Math.min(model.length, at + 1)
          else if (each === "home") at = 0
          else if (each === "end") at = model.length
          else if (each === "backspace" && at > 0) model.splice(--at, 1)
          else if (each === "delete") model.splice(at, 1)
          else if (each === "ctrl-k") model = model.slice(0, at)
          else if (each === "ctrl-u") [model, at] = [model.slice(at), 0]
        }
        expect([editor.text, editor.cursor]).toEqual([model.join(""), at])
      })
    )
  })

  it("is undone by ctrl-y after a cut", () => {
    fc.assert(
      fc.property(
        fc.array(act, { maxLength: 30 }),
        fc.constantFrom("ctrl-k", "ctrl-u", "ctrl-w", "alt-d", "alt-backspace"),
        (acts, cut) => {
          const before = acts.reduce(apply, empty)
          const after = press(before, cut)
          if (after === undefined || after.text === before.text) return
          // Two halves that meet at the joint are one character, inside of which no cursor stands: it comes back behind it.
          const from = /ctrl-k|alt-d/.test(cut) ? before.cursor : before.cursor - after.cut.length
          if (after.cursor === from) expect(press(after, "ctrl-y")?.text).toBe(before.text)
        }
      )
    )
  })

  it("is laid out in rows that fit, with the cursor inside", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), fc.integer({ min: 20, max: 60 }), (acts, width) => {
        const editor = acts.reduce(apply, empty)
        const { rows, row, column } = layout(editor, width)
        for (const { cells } of rows) expect(cells.reduce((sum, cell) => sum + cell.width, 0)).toBeLessThan(width)
        expect(row).toBeGreaterThanOrEqual(0)
        expect(row).toBeLessThan(rows.length)
        expect(column).toBeLessThan(width)
        expect(rows.flatMap(({ cells }) => cells.map((cell) => cell.text)).join("")).toBe(
          editor.text
            .split("\n")
            .flatMap(graphemesOf)
            .map((grapheme) => shown(editor, grapheme))
            .join("")
        )
      })
    )
  })
})

describe("words", () => {
  const at = (text: string, cursor: number): Editor => ({ ...empty, text, cursor })

  it("are letters and digits of any script", () => {
    expect(press(at("größe über", 10), "alt-b")?.cursor).toBe(6)
    expect(press(at("größe über", 0), "alt-f")?.cursor).toBe(5)
    expect(press(at("foo.bar()", 9), "alt-backspace")?.text).toBe("foo.")
  })

  it("are whatever stands between spaces for ctrl-w", () => {
    expect(press(at("run foo.bar() ", 14), "ctrl-w")?.text).toBe("run ")
  })
})

describe("a long paste", () => {
  const long = Array.from({ length: 120 }, (_, line) => `line ${line}`).join("\n")

  it("is one word on the screen, moves and dies as one, and is sent whole", () => {
    const editor = insert(paste(insert(empty, "see "), long), "!")
    expect(
      graphemesOf(editor.text)
        .map((grapheme) => shown(editor, grapheme))
        .join("")
    ).toBe("see [pasted 120 lines]!")
    expect(expand(editor)).toBe(`see ${long}!`)
    const back = press(press(editor, "left") as Editor, "backspace") as Editor
    expect(expand(back)).toBe("see !")
  })

  it("is text like any other when it is short, its line ends made ours", () => {
    expect(paste(empty, "a\r\nb\rc").text).toBe("a\nb\nc")
  })

  it("cannot smuggle in what stands for another paste", () => {
    const editor = insert(paste(empty, long), String.fromCodePoint(0x100000))
    expect(expand(editor)).toBe(long)
  })
})

it("typed text brings no escape sequences", () => {
  expect(insert(empty, "a\u001b[31mb\u0007").text).toBe("ab")
})

it("a backslash before enter is a new line", () => {
  expect(continued(insert(empty, "first\\"))).toMatchObject({ text: "first\n", cursor: 6 })
  expect(continued(insert(empty, "first"))).toBeUndefined()
})

describe("up and down", () => {
  it("keep the column over wide characters", () => {
    const editor: Editor = { ...empty, text: "abcd\n日本語", cursor: 4 }
    expect(moveRow(editor, 1, 40)?.cursor).toBe(7)
  })

  it("move within a broken line before they leave it", () => {
    const editor: Editor = { ...empty, text: "aaaa bbbb cccc", cursor: 12 }
    const up = moveRow(editor, -1, 11)
    expect(up?.cursor).toBe(2)
    expect(moveRow(up as Editor, -1, 11)).toBeUndefined()
  })

  it("knows wide characters' columns", () => {
    expect(layout({ ...empty, text: "日本", cursor: 2 }, 20).column).toBe(widthOf("日本"))
  })
})
