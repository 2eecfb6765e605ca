import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { highlight } from "../../../../channels/terminal/text/highlight.ts"
import { markdown } from "../../../../channels/terminal/text/markdown.ts"
import { finish, grow, mend, nothing } from "../../../../channels/terminal/text/stream.ts"
import { lineText, lineWidth } from "../../../../channels/terminal/text/text.ts"

const rows = (text: string, width = 60, links = false) =>
  markdown(text, { width, links }).map((line) => lineText(line).trimEnd())

const parts = [
  "# Heading\n\n",
  "A paragraph with **bold**, `code` and *more*.\n\n",
  "- one\n- two\n  - three\n\n",
  "1. first\n2. second\n\n",
  "```ts\nconst x = 1\n\nconst y = 2\n```\n\n",
  "> quoted\n> text\n\n",
  "| a | b |\n|---|---|\n| 1 | 日本 |\n\n",
  "---\n\n",
  "日本語のとても長い文章です。\n\n",
  "- [ ] open\n- [x] done\n\n",
  "plain\nlines\n\n",
  "[link](https://example.com) and <b>html</b> &amp; more\n\n"
]
const document = fc
  .array(fc.constantFrom(...parts), { minLength: 1, maxLength: 8 })
  .map((all) => all.join(""))
  // Numbers align by the longest of their list, which a stream cannot know yet.
  .filter((text) => !text.includes("1. first\n2. second\n\n".repeat(5)))

describe("markdown", () => {
  it("shows headings, emphasis, code and links without their marks", () => {
    expect(rows("## Title\n\nSome **bold**, *it*, ~~no~~, `x < 1` &amp; a [link](https://e.org).")).toEqual([
      "Title",
      "",
      "Some bold, it, no, x < 1 & a link (https://e.org)."
    ])
  })

  it("leaves the address of a link to terminals that open it", () => {
    const [line = []] = markdown("[link](https://e.org)", { width: 60, links: true })
    expect(lineText(line)).toBe("link")
    expect(line[0]?.style?.link).toBe("https://e.org")
  })

  it("indents nested lists and wraps below the text, not below the bullet", () => {
    expect(rows("- one two three four\n  1. nested\n- [x] done\n- [ ] open", 14)).toEqual([
      "• one two",
      "  three four",
      "  1. nested",
      "☑ done",
      "☐ open"
    ])
  })

  it("shows the box of a task once, also where empty lines stand between the tasks", () => {
    expect(rows("- [x] done\n\n- [ ] open")).toEqual(["☑ done", "", "☐ open"])
  })

  it("aligns ordered numbers and goes on from the first one", () => {
    expect(rows("9. nine\n10. ten")).toEqual([" 9. nine", "10. ten"])
  })

  it("labels code and never reflows or interprets it", () => {
    expect(rows("```ts\nconst a = '**x**'\n  b\n```")).toEqual(["ts", "  const a = '**x**'", "    b"])
  })

  it("aligns table columns by what characters take on the screen", () => {
    expect(rows("| name | n | c |\n|---|--:|:-:|\n| 東京 | 1 | x |\n| ab | 1234 | 👍 |")).toEqual([
      "name │    n │ c",
      "─────┼──────┼───",
      "東京 │    1 │ x",
      "ab   │ 1234 │ 👍"
    ])
  })

  it("turns a table that does not fit into records", () => {
    expect(rows("| alpha | beta | gamma |\n|-|-|-|\n| one | two | three |", 14)).toEqual([
      "• alpha: one",
      "  beta: two",
      "  gamma: three"
    ])
  })

  it("keeps every row within the width, whatever is written", () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 8, max: 100 }), (text, width) =>
        markdown(text, { width, links: false }).every((line) => lineWidth(line) <= width)
      ),
      { numRuns: 60 }
    )
  })

  it("neutralises escape sequences in text, code and addresses", () => {
    const text = lineTextOf(
      "a\u001b[2Jb `c\u001b]52;c;x\u0007d` [e\u009b1m](https://x/\u001b[0m)\n\n```\n\u001b[31mred\n```"
    )
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  it("shows hostile nesting instead of failing on it", () => {
    expect(rows("> ".repeat(5000) + "deep").join("")).toContain("deep")
  })
})

const lineTextOf = (text: string): string => markdown(text, { width: 60, links: false }).map(lineText).join("\n")

describe("a stream", () => {
  const feed = (text: string, sizes: ReadonlyArray<number>) => {
    let open = nothing
    const blocks = []
    let at = 0
    for (let turn = 0; at < text.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1
      const cut = grow(open, text.slice(at, at + size))
      blocks.push(...cut.blocks)
      open = cut.open
      at += size
    }
    return [...blocks, ...finish(open)]
  }
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

  const settle = (text: string, cuts: ReadonlyArray<number>) =>
    feed(text, cuts).flatMap(({ markdown: part, ...joint }, index) => [
      ...(index === 0 || joint.glued ? [] : [""]),
      ...markdown(part, { width: 50, links: false, ...joint }).map(lineText)
    ])
  const whole = (text: string) => markdown(text, { width: 50, links: false }).map(lineText)

  it("settles into blocks that look as the whole text does, however it is cut", () => {
    fc.assert(
      fc.property(document, sizes, (text, cuts) => {
        expect(settle(text, cuts)).toEqual(whole(text))
      }),
      {
        numRuns: 60,
        examples: [["- [ ] open\n- [x] done\n\n- one\n- two\n  - three\n\n".repeat(3), [1]]]
      }
    )
  })

  it("remembers of a long list what its next items do not tell: that it is loose, and their numbers", () => {
    const loose = "- one\n\n- two\n\n".repeat(8) + "- last\n- very last\n"
    expect(settle(loose, [1])).toEqual(whole(loose))
    const tightLater = "- one\n\n- two\n\n".repeat(4) + "- tight\n".repeat(40)
    expect(settle(tightLater, [1])).toEqual(whole(tightLater))
    const numbers = "1. one\n".repeat(40)
    expect(settle(numbers, [1]).map((row) => row.trim())).toEqual(whole(numbers).map((row) => row.trim()))
  })

  it("lets go of long code and long lists line by line, nothing lost and nothing doubled", () => {
    const code = Array.from({ length: 300 }, (_, n) => `line(${n})`)
    const list = Array.from({ length: 100 }, (_, n) => `${n + 1}. item ${n + 1}`)
    const text = `Look:\n\n\`\`\`js\n${code.join("\n")}\n\`\`\`\n\n${list.join("\n")}\n\nEnd.`
    const blocks = feed(text, [7])
    expect(blocks.length).toBeGreaterThan(20)
    const shown = blocks.flatMap(({ markdown: part, glued }) =>
      markdown(part, { width: 50, links: false, glued }).map((line) => lineText(line).trim())
    )
    expect(shown.filter((row) => row !== "")).toEqual(["Look:", "js", ...code, ...list, "End."])
  })

  it.each([
    ["one endless line", "word ".repeat(20_000)],
    ["one endless word", "x".repeat(100_000)],
    ["one endless paragraph", "some words in a line\n".repeat(5000)],
    ["one endless table", "| a | b |\n|---|---|\n" + "| cell | cell |\n".repeat(5000)],
    ["one endless block of code", "```\n" + "code\n".repeat(20_000)]
  ])("never keeps more than a few thousand characters open: %s", (_, text) => {
    let open = nothing
    let longest = 0
    for (let at = 0; at < text.length; at += 50) {
      open = grow(open, text.slice(at, at + 50)).open
      longest = Math.max(longest, open.text.length)
    }
    expect(longest).toBeLessThan(7000)
  })

  it("does not jump: marks that are open are closed, marks without content wait", () => {
    expect(mend("some **bold")).toBe("some **bold**")
    expect(mend("call `foo(")).toBe("call `foo(`")
    expect(mend("see [the page](https://exam")).toBe("see the page")
    expect(mend("text\n\n#")).toBe("text\n\n")
    expect(mend("text\n\n-")).toBe("text\n\n")
    expect(mend("text\n``")).toBe("text\n")
    expect(mend("text\n\n| a | b |\n| --")).toBe("text")
    expect(mend("```ts\nconst a = **")).toBe("```ts\nconst a = **")
    expect(mend("2 * 3 and snake_case")).toBe("2 * 3 and snake_case")
  })

  it("never shows a mark that goes away again", () => {
    const text = "Some **bold text**, `code` and ~~old~~ words with a [link](https://example.com/x) in them."
    const whole = lineTextOf(text)
    for (let at = 1; at <= text.length; at++) {
      const [shown = ""] = [lineTextOf(mend(text.slice(0, at)))]
      const known = shown.replace(/\s*\(?\[?[^\s]*$/, "")
      expect(whole.replaceAll("\n", " ")).toContain(known.replaceAll("\n", " "))
    }
  })
})

describe("highlight", () => {
  it("marks strings, comments, numbers and keywords, and loses no character", () => {
    const code = 'const a = "x" // note\nreturn 12\n'
    const lines = highlight(code, "ts")
    expect(lines.map(lineText).join("\n")).toBe(code)
    const styled = lines
      .flat()
      .filter((span) => span.style !== undefined)
      .map((span) => span.text)
    expect(styled).toEqual(["const", '"x"', "// note", "return", "12"])
  })

  it("knows where # begins a comment", () => {
    expect(highlight("x = 1 # note", "python").flat().at(-1)).toEqual({
      text: "# note",
      style: { dim: true, italic: true }
    })
    expect(highlight("#private = 1", "ts").flat()[0]?.text).toBe("#")
  })

  it("never fails and never loses a character", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom("ts", "py", "sh", "sql", "", "diff"),
        (code, language) => highlight(code, language).map(lineText).join("\n") === code
      )
    )
  })
})
