/** Texts as the console reads them: Markdown in blocks, differences, addresses, what hides. */
import fc from "fast-check"
import { Lexer } from "marked"
import { describe, expect, it } from "vitest"
import { blocksOf, noBlocks } from "../../../channels/web/client/parts/blocks.ts"
import { countDiff, diffLines } from "../../../channels/web/client/parts/diff-lines.ts"
import { addressIn, decode } from "../../../channels/web/client/parts/inline.ts"
import { reveal } from "../../../channels/web/client/parts/reveal.ts"
import { keyIn, places, readRoute, writeRoute } from "../../../channels/web/client/route.ts"

describe("a text that grows", () => {
  const pieces = fc.constantFrom(
    "word ",
    "\n",
    "\n\n",
    "# head",
    "- item\n",
    "  - deep\n",
    "1. one\n",
    "```",
    "```js\n",
    "code()\n",
    "| a | b |\n| --- | --- |\n",
    "| 1 | 2 |\n",
    "> quoted\n",
    "**bold**",
    "    indented\n",
    "---\n",
    "===\n",
    "<div>\n",
    "\r\n"
  )

  it("is read as if it had come at once", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 25 }), (parts) => {
        let text = ""
        let blocks = noBlocks
        for (const part of parts) {
          text += part
          blocks = blocksOf(text, true, blocks)
        }
        const whole = new Lexer({ gfm: true }).lex(text.replace(/\r\n?/g, "\n")).filter(({ type }) => type !== "space")
        expect(blocks.tokens.map(({ type, raw }) => [type, raw.trim()])).toEqual(
          whole.map(({ type, raw }) => [type, raw.trim()])
        )
      }),
      { numRuns: 500 }
    )
  })

  it("waits for the end of a line before it says what block the line begins", () => {
    const first = blocksOf("one\n\ntwo\n```", true, noBlocks)
    expect(blocksOf("one\n\ntwo\n```js``` three", true, first).tokens.map(({ type }) => type)).toEqual([
      "paragraph",
      "paragraph"
    ])
  })

  it("keeps the very blocks that can no longer change", () => {
    const first = blocksOf("# one\n\ntwo\n\nthree\nfo", true, noBlocks)
    const second = blocksOf("# one\n\ntwo\n\nthree\nfour", true, first)
    expect(second.tokens[0]).toBe(first.tokens[0])
    expect(second.tokens[1]).toBe(first.tokens[1])
    expect(second.tokens.at(-1)?.raw).toBe("three\nfour")
  })

  it("is shown as it stands when it is too deep to be read", () => {
    const lists = Array.from({ length: 400 }, (_, depth) => `${" ".repeat(2 * depth)}- a`).join("\n")
    for (const deep of ["> ".repeat(20_000), ">".repeat(20_000), lists])
      expect(blocksOf(deep, false, noBlocks).tokens).toEqual([{ type: "text", raw: deep, text: deep }])
  })
})

describe("a difference", () => {
  const diff = [
    "--- a/x.ts",
    "+++ b/x.ts",
    "@@ -1,3 +1,3 @@",
    " one",
    "--- two",
    "+++ too",
    " three",
    "@@ -10,1 +10,2 @@ fn",
    " ten",
    "+eleven",
    "\\ No newline at end of file"
  ].join("\n")

  it("is lines with signs and numbers, also where they look like its own marks", () => {
    expect(diffLines(diff)).toEqual([
      { kind: "same", number: 1, text: "one" },
      { kind: "remove", number: 2, text: "-- two" },
      { kind: "add", number: 2, text: "++ too" },
      { kind: "same", number: 3, text: "three" },
      { kind: "gap", text: "⋮ fn" },
      { kind: "same", number: 10, text: "ten" },
      { kind: "add", number: 11, text: "eleven" }
    ])
    expect(countDiff(diff)).toEqual({ added: 2, removed: 1 })
  })

  it("never throws, whatever it is", () => {
    fc.assert(fc.property(fc.string(), (text) => void diffLines(text)))
  })
})

it("follows addresses of pages and of mail, and no others", () => {
  expect(["https://a.b/c", "mailto:a@b.c"].map(addressIn)).toEqual(["https://a.b/c", "mailto:a@b.c"])
  const others = [
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:x",
    "/x",
    "#/mends",
    "",
    undefined
  ]
  expect(others.map(addressIn)).toEqual(others.map(() => undefined))
})

it("decodes the references that occur, once", () => {
  expect(decode("a &lt;b&gt; &amp;lt; &#39;q&#39; &nope; &#0; &#9999999;")).toBe(
    "a <b> &lt; 'q' &nope; &#0; &#9999999;"
  )
})

it("shows what would hide or turn around what is asked", () => {
  expect(reveal("rm \u202e-rf\u200b /\u0000 \u001b[2K\ttab\nline")).toBe(
    "rm ⟨U+202E⟩-rf⟨U+200B⟩ /⟨U+0000⟩ ⟨U+001B⟩[2K\ttab\nline"
  )
})

describe("the address", () => {
  it("says the same when it is read as when it was written", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.option(fc.string({ minLength: 1, unit: "grapheme" }), { nil: undefined }),
        (place, id) => {
          const route = { place, ...(id !== undefined && { id }) }
          expect(readRoute(writeRoute(route))).toEqual(route)
        }
      )
    )
  })

  it("leads to the chat when it is none", () => {
    for (const hash of ["", "#", "#/", "#/nowhere", "#/chat/%", "#key=x"]) expect(readRoute(hash).place).toBe("chat")
  })

  it("brings a key, and only where it says so", () => {
    expect(keyIn("#key=a%20b")).toBe("a b")
    expect([keyIn("#/chat"), keyIn("#key="), keyIn("")]).toEqual([undefined, undefined, undefined])
  })
})
