import { statSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { workspace, type Workspace } from "../workspace.ts"

/** Edits a file of the given content; gives its content afterwards and the answer. */
const edited = async (space: Workspace, content: string, input: Record<string, unknown>) => {
  await space.put({ a: content })
  const answer = await space.call("edit_file", { path: "a", ...input })
  return { answer, text: space.text("a") }
}

describe("an exact piece", () => {
  it("is replaced where it is the only one, and the change is shown", async () => {
    await using space = await workspace()
    await space.put({ a: "one\ntwo\nthree\n" })
    const input = { path: "a", old_string: "two", new_string: "2" }
    const diff = "--- a\n+++ a\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    expect(await space.preview("edit_file", input)).toEqual({ paths: [space.path("a")], diff })
    expect(await space.call("edit_file", input)).toEqual({
      success: true,
      data: "changed a (+1 −1)",
      summary: "changed a (+1 −1)",
      diff
    })
    expect(space.text("a")).toBe("one\n2\nthree\n")
  })

  it.each([
    ["x\nx\nx\n", "x", undefined, "3 times, at lines 1, 2, 3"],
    ["aaa", "aa", undefined, "2 times, at lines 1, 1"],
    ["x y x", "x", 3, "no occurrence 3"],
    ["a\nb", "a\nb", 2, "no occurrence 2"]
  ])("is not replaced when it is not clear which one is meant: %j", async (content, old_string, occurrence, error) => {
    await using space = await workspace()
    const { answer, text } = await edited(space, content, { old_string, new_string: "z", occurrence })
    expect(answer).toMatchObject({
      success: false,
      errorClass: "invalid_arguments",
      error: expect.stringContaining(error)
    })
    expect(text).toBe(content)
  })

  it.each([
    [2, "x z x"],
    ["all", "z z z"]
  ])("is replaced where occurrence says: %s", async (occurrence, expected) => {
    await using space = await workspace()
    expect((await edited(space, "x x x", { old_string: "x", new_string: "z", occurrence })).text).toBe(expected)
  })

  it("may hold what looks like a pattern", async () => {
    await using space = await workspace()
    expect((await edited(space, "a $& b", { old_string: "$&", new_string: "$1 $$ $`" })).text).toBe("a $1 $$ $` b")
  })
})

describe("a piece that differs in whitespace", () => {
  it.each([
    ["trailing blanks", "if (a) {  \n  b\t\n}\n", "if (a) {\n  b\n}", "if (a) {\n  c\n}", "if (a) {\n  c\n}\n"],
    [
      "less indentation",
      "\tx\n\tif (a) {\n\t\tb\n\t}\n",
      "if (a) {\n\tb\n}",
      "if (a) {\n\n\tc\n}",
      "\tx\n\tif (a) {\n\n\t\tc\n\t}\n"
    ],
    ["more indentation", "if (a)\n  b\n", "    if (a)\n      b\n", "    if (c)\n      d\n", "if (c)\n  d\n"],
    ["no line feed at the file's end", "a\nb", "a\nb\n", "a\nc\n", "a\nc"]
  ])("finds its place: %s", async (_, content, old_string, new_string, expected) => {
    await using space = await workspace()
    const { answer, text } = await edited(space, content, { old_string, new_string })
    expect(answer).toMatchObject({ success: true })
    expect(text).toBe(expected)
  })

  it("shows the model what was done", async () => {
    await using space = await workspace()
    const { answer } = await edited(space, "  a\n", { old_string: "    a\n", new_string: "    b\n" })
    expect(answer.data).toMatch(/whitespace differed[^]*-  a\n\+  b/)
  })

  it.each([
    ["two places", "  a\n\n    a\n", "a \n", "b", "lines 1, 3"],
    ["uneven indentation", "  a\n      b\n", "a\n  b\n", "c", "nearest lines"],
    ["nothing but blanks", "a\n\n\nb", "  \n", "c", "Nothing in the file is like it"],
    ["a new text that is less indented", "  a\n", "    a\n", "b\n", "less indentation"]
  ])("is refused: %s", async (_, content, old_string, new_string, error) => {
    await using space = await workspace()
    const { answer, text } = await edited(space, content, { old_string, new_string })
    expect(answer).toMatchObject({ success: false, error: expect.stringContaining(error) })
    expect(text).toBe(content)
  })
})

describe("the rest of the file", () => {
  it.each([
    ["Windows line ends", "a\r\nb\r\nc\r\n", "b\n", "x\ny\n", "a\r\nx\r\ny\r\nc\r\n"],
    ["Windows line ends, asked with them", "a\r\nb\r\n", "a\r\nb", "x\r\ny", "x\r\ny\r\n"],
    ["mixed line ends", "a\r\nb\nc\r\n", "b", "x\ny", "a\r\nx\r\ny\nc\r\n"],
    ["a byte order mark", "\uFEFFa\n", "a", "b", "\uFEFFb\n"],
    ["a missing last line feed", "a\nb", "b", "c", "a\nc"]
  ])("keeps %s", async (_, content, old_string, new_string, expected) => {
    await using space = await workspace()
    expect((await edited(space, content, { old_string, new_string })).text).toBe(expected)
  })
})

describe("what cannot be edited", () => {
  it.each([
    [
      "a piece that is not there",
      "function one() {\n  return 1\n}\n",
      { old_string: "retrun 1", new_string: "x" },
      "2\t  return 1"
    ],
    ["one with line numbers", "a\nb\n", { old_string: "1\ta\n2\tb", new_string: "x" }, "line numbers of read_file"],
    ["an edit done before", "let b = 2\n", { old_string: "let a = 1", new_string: "let b = 2" }, "done before"],
    ["an empty piece", "a\n", { old_string: "", new_string: "x" }, "old_string is empty"],
    ["no change", "a\n", { old_string: "a", new_string: "a" }, "the same"]
  ])("is refused with help: %s", async (_, content, input, help) => {
    await using space = await workspace()
    const { answer, text } = await edited(space, content, input)
    expect(answer).toMatchObject({
      success: false,
      errorClass: "invalid_arguments",
      error: expect.stringContaining(help)
    })
    expect(text).toBe(content)
  })

  it("is a missing file, unless it is to be made", async () => {
    await using space = await workspace()
    await space.put({ "config.ts": "" })
    expect(await space.call("edit_file", { path: "confg.ts", old_string: "a", new_string: "b" })).toMatchObject({
      errorClass: "not_found",
      error: "confg.ts does not exist; did you mean config.ts?"
    })
    expect(await space.call("edit_file", { path: "new.ts", old_string: "", new_string: "x\n" })).toMatchObject({
      summary: "created new.ts (+1 −0)"
    })
  })

  it("is what is not UTF-8 text, or outside", async () => {
    await using space = await workspace()
    await space.put({ latin: Uint8Array.of(0x61, 0xe9), binary: Uint8Array.of(0x61, 0) })
    for (const path of ["latin", "binary"]) {
      await expect(space.call("edit_file", { path, old_string: "a", new_string: "b" })).rejects.toMatchObject({
        kind: "invalid_arguments"
      })
    }
    await expect(space.call("edit_file", { path: "../x", old_string: "", new_string: "b" })).rejects.toMatchObject({
      kind: "permission_denied"
    })
  })

  it("is refused before it runs when occurrence is no number", async () => {
    await using space = await workspace()
    await expect(
      space.call("edit_file", { path: "a", old_string: "a", new_string: "b", occurrence: "first" })
    ).rejects.toThrow("occurrence: expected a number from 1, or all")
  })
})

it("only shows the change when asked to", async () => {
  await using space = await workspace()
  await space.put({ a: "one\n" })
  const input = { path: "a", old_string: "one", new_string: "two", dry_run: true }
  const before = statSync(space.path("a")).ino
  expect(await space.preview("edit_file", input)).toMatchObject({ risk: "read" })
  expect(await space.call("edit_file", input)).toMatchObject({
    success: true,
    data: expect.stringContaining("-one\n+two")
  })
  expect([space.text("a"), statSync(space.path("a")).ino]).toEqual(["one\n", before])
})

it("makes all edits of one file that are asked at the same time", async () => {
  await using space = await workspace()
  const words = Array.from({ length: 20 }, (_, n) => `word${n}.`)
  await space.put({ a: words.join("\n") })
  await Promise.all(
    words.map((word) => space.call("edit_file", { path: "a", old_string: word, new_string: word.toUpperCase() }))
  )
  expect(space.text("a")).toBe(words.join("\n").toUpperCase())
})

describe("never edits the wrong place", () => {
  const plain = (text: string) => text.replaceAll("\r\n", "\n")
  /** What a line says, whitespace aside. */
  const said = (text: string) =>
    plain(text)
      .split("\n")
      .map((line) => line.trim())
  const count = (text: string, piece: string) => {
    let places = 0
    for (let at = text.indexOf(piece); at !== -1; at = text.indexOf(piece, at + 1)) places++
    return places
  }
  /** Runs of whole lines that say the same. */
  const runs = (text: string, piece: string) => {
    const wanted = said(piece.replace(/\r?\n$/, ""))
    const lines = said(text)
    return lines.filter((_, at) => wanted.every((line, n) => line === lines[at + n])).length
  }

  const line = fc
    .tuple(
      fc.constantFrom("", "  ", "    ", "\t"),
      fc.constantFrom("a", "b", "if (a)", "", "b a"),
      fc.constantFrom("", "", " "),
      fc.constantFrom("\n", "\n", "\r\n")
    )
    .map((parts) => parts.join(""))
  const file = fc
    .tuple(fc.array(line, { maxLength: 12, size: "max" }), fc.constantFrom("", "a", "  b"))
    .map(([lines, last]) => lines.join("") + last)
  const bend = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => plain(text),
    (text) => text.replaceAll(/^(?=.)/gm, "  "),
    (text) => text.replaceAll(/^ {2}/gm, ""),
    (text) => text.replaceAll(/[ \t]+$/gm, ""),
    (text) => text.replaceAll(/$/gm, " "),
    (text) => text.replaceAll("\t", "    "),
    (text) => text.replace("a", "b")
  )
  const mark = "«new»"

  it("whatever the file and the piece", async () => {
    await using space = await workspace()
    let done = 0
    const property = fc.asyncProperty(file, fc.nat(60), fc.nat(20), bend, async (before, from, length, change) => {
      const old = change(before.slice(from, from + length))
      const indent = /^[ \t]*/.exec(old)?.[0] ?? ""
      const { answer, text: after } = await edited(space, before, { old_string: old, new_string: indent + mark })
      if (!answer.success) {
        expect(after).toBe(before)
        return
      }
      done++
      const [head = "", tail = "", ...others] = after.split(mark)
      expect(others).toEqual([])
      // Everything but one run is as it was, byte for byte; the run said what the piece says, and nothing else says it.
      const start = head.replace(/[ \t]+$/, "")
      expect([before.startsWith(start), before.endsWith(tail)]).toEqual([true, true])
      const run = before.slice(start.length, before.length - tail.length)
      expect(said(run).join("\n").trim()).toBe(said(old).join("\n").trim())
      const exact = count(plain(before), plain(old))
      expect(exact === 0 ? runs(before, old) : exact).toBe(1)
    })
    await fc.assert(property, { numRuns: 400 })
    expect(done).toBeGreaterThan(40)
  })

  it("replaces all when told so, and nothing else", async () => {
    await using space = await workspace()
    const property = fc.asyncProperty(
      file,
      fc.nat(60),
      fc.integer({ min: 1, max: 4 }),
      async (before, from, length) => {
        const old = before.slice(from, from + length)
        fc.pre(old !== "" && old !== "\r" && !old.startsWith("\n") && !old.endsWith("\r"))
        const { answer, text } = await edited(space, before, { old_string: old, new_string: mark, occurrence: "all" })
        expect(answer.success).toBe(true)
        expect(plain(text)).toBe(plain(before).replaceAll(plain(old), mark))
      }
    )
    await fc.assert(property, { numRuns: 100 })
  })
})
