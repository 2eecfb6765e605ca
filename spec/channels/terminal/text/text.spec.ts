import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  breakRows,
  clean,
  graphemesOf,
  type Line,
  lineText,
  lineWidth,
  reveal,
  say,
  truncate,
  widthOf,
  wrap
} from "../../../../channels/terminal/text/text.ts"

const pieces = ["a", "word ", "  ", "日本", "👨‍👩‍👧", "e\u0301", "🇩🇪", "-", "x".repeat(30)]
const words = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((all) => all.join(""))
const hostile = fc
  .array(
    fc.constantFrom(
      "a",
      "\n",
      "\t",
      "\r",
      "\r\n",
      "\u001b[31m",
      "\u001b]0;title\u0007",
      "\u001b]52;c;aGk=\u001b\\",
      "\u001b[2J",
      "\u009b5A",
      "\u0007",
      "\u202e",
      "\u2028",
      "\u001b",
      "é"
    ),
    { maxLength: 40 }
  )
  .map((all) => all.join(""))

describe("clean", () => {
  it("leaves no control character but the newline, and no direction override", () => {
    const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/
    fc.assert(fc.property(hostile, (text) => !unsafe.test(clean(text))))
  })

  it("takes whole escape sequences, titles and clipboard writes included", () => {
    expect(
      clean("\u001b[31mred\u001b[0m \u001b]0;owned\u0007and \u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\")
    ).toBe("red and link")
  })

  it("shows what a progress bar left standing", () => {
    expect(clean("10%\r50%\r100%\ndone\r\n")).toBe("100%\ndone\n")
  })

  it("keeps ordinary text as it is", () => {
    expect(clean("naïve 日本語 👍\nnext")).toBe("naïve 日本語 👍\nnext")
  })
})

it("reveal makes visible what would hide part of a command", () => {
  expect(reveal("rm -rf /\u001b[8m\u202e\rls")).toBe("rm -rf /␛[8m<U+202E>␍ls")
})

describe("wrap", () => {
  it("never makes a row wider than asked, where the characters allow it", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 40 }), (text, width) => {
        for (const row of wrap(say(text), width)) expect(lineWidth(row)).toBeLessThanOrEqual(width)
      })
    )
  })

  it("loses nothing but spaces", () => {
    const bare = (text: string) => text.replaceAll(" ", "")
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 40 }), (text, width) => {
        expect(bare(wrap(say(text), width).map(lineText).join(""))).toBe(bare(text))
      })
    )
  })

  it("breaks between words, and inside one only when it is longer than a row", () => {
    expect(wrap(say("the quick brown fox"), 10).map(lineText)).toEqual(["the quick", "brown fox"])
    expect(wrap(say("a verylongword b"), 6).map(lineText)).toEqual(["a", "verylo", "ngword", "b"])
  })

  it("carries styles over the break", () => {
    const line: Line = [{ text: "plain " }, { text: "bold and long", style: { bold: true } }]
    expect(wrap(line, 11)).toEqual([
      [{ text: "plain " }, { text: "bold", style: { bold: true } }],
      [{ text: "and long", style: { bold: true } }]
    ])
  })
})

it("truncate fits and says that something is missing", () => {
  expect(lineText(truncate(say("日本語テキスト"), 6))).toBe("日本…")
  expect(lineText(truncate(say("short"), 5))).toBe("short")
  fc.assert(fc.property(words, fc.nat(20), (text, width) => lineWidth(truncate(say(text), width)) <= width))
})

it("breakRows begins rows at rising places and holds every grapheme", () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 2, max: 20 }), (text, width) => {
      const graphemes = graphemesOf(text)
      const starts = breakRows(graphemes, width)
      expect(starts[0]).toBe(0)
      starts.slice(1).forEach((start, index) => expect(start).toBeGreaterThan(starts[index] ?? 0))
      starts.forEach((start, index) =>
        expect(widthOf(graphemes.slice(start, starts[index + 1]).join(""))).toBeLessThanOrEqual(width)
      )
    })
  )
})
