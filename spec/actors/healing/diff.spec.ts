import { applyPatch, parsePatch } from "diff"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { unifiedDiff } from "../../../actors/healing/diff.ts"

const root = "/home/me/plugin"
const at = (files: Readonly<Record<string, string>>) =>
  new Map(Object.entries(files).map(([name, text]) => [`${root}/${name}`, text]))

describe("the diff of a seam", () => {
  it("has every changed file, by its path in the plugin's folder, in order", async () => {
    const before = at({ "lib/b.js": "one\ntwo\n", "a.js": "x\n", "same.js": "s\n" })
    const after = at({ "lib/b.js": "one\nTWO\n", "a.js": "y\n", "same.js": "s\n", "new.js": "n" })
    expect((await unifiedDiff(root, before, after)).split("\n")).toEqual([
      "--- a/a.js",
      "+++ b/a.js",
      "@@ -1,1 +1,1 @@",
      "-x",
      "+y",
      "--- a/lib/b.js",
      "+++ b/lib/b.js",
      "@@ -1,2 +1,2 @@",
      " one",
      "-two",
      "+TWO",
      "--- /dev/null",
      "+++ b/new.js",
      "@@ -0,0 +1,1 @@",
      "+n",
      "\\ No newline at end of file",
      ""
    ])
  })

  it("is empty when nothing differs", async () => {
    expect(await unifiedDiff(root, at({ "a.js": "x" }), at({ "a.js": "x" }))).toBe("")
  })

  it("of any text, line ends included, makes the one of the other", async () => {
    const line = fc.constantFrom("a", "b", "", "\t", "é", "- c", "+++ d", "@@ -1 +1 @@", "\\ e")
    const ends = fc.constantFrom("\n", "\r\n", "")
    const text = fc.array(fc.tuple(line, ends), { maxLength: 12 }).map((lines) => lines.flat().join(""))
    await fc.assert(
      fc.asyncProperty(text, text, async (before, after) => {
        const [patch] = parsePatch(await unifiedDiff(root, at({ "a.js": before }), at({ "a.js": after })))
        const options = { autoConvertLineEndings: false }
        expect(patch === undefined ? before : applyPatch(before, patch, options)).toBe(after)
      })
    )
  })
})
