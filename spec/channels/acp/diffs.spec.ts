/** Changes as the protocol has them say what the diff says, and what the file was and is. */
import fc from "fast-check"
import { expect, test } from "vitest"
import { changeIn } from "../../../channels/acp/diffs.ts"
import { describeChange } from "../../../plugins/builtin/change.ts"

const line = fc.constantFrom("a", "b", "c", "", "-minus", "+plus", "\\ slash", " blank", "--- a/x", "@@ -1 +1 @@")
const text = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 30 }), fc.boolean())
  .map(([lines, ends]) => lines.join("\n") + (ends ? "\n" : ""))

/** Replaces each piece, one after the other, and only where it stands once more behind the last. */
const applied = (
  before: string,
  pieces: ReadonlyArray<{ readonly oldText: string; readonly newText: string; readonly line: number }>
) => {
  const lines = before.split("\n")
  let shift = 0
  let result = lines.join("\n")
  for (const { oldText, newText, line: at } of pieces) {
    const start =
      result
        .split("\n")
        .slice(0, at - 1)
        .join("\n").length + (at > 1 ? 1 : 0)
    expect(result.slice(start, start + oldText.length)).toBe(oldText)
    result = result.slice(0, start) + newText + result.slice(start + oldText.length)
    shift += newText.length - oldText.length
  }
  expect(result.length - before.length).toBe(shift)
  return result
}

test("each piece stood where it says, and all of them make the new text of the old", () =>
  fc.assert(
    fc.asyncProperty(text, text, async (before, after) => {
      fc.pre(before !== after && before !== "" && after !== "")
      const { diff } = await describeChange("src/a.ts", before, after)
      const { content, locations } = changeIn(diff, "/project")
      expect(new Set(locations.map(({ path }) => path))).toEqual(new Set(["/project/src/a.ts"]))
      const pieces = content.map((one, at) => {
        if (one.type !== "diff") throw new Error("a piece that is no diff")
        return { oldText: one.oldText ?? "", newText: one.newText, line: locations[at]?.line ?? 0 }
      })
      expect(applied(before, pieces)).toBe(after)
    }),
    { numRuns: 300 }
  ))

test("a new file has no old text", async () => {
  const { diff } = await describeChange("new.txt", undefined, "one\ntwo")
  expect(changeIn(diff, "/project")).toEqual({
    content: [{ type: "diff", path: "/project/new.txt", newText: "one\ntwo" }],
    locations: [{ path: "/project/new.txt", line: 1 }]
  })
})

test("a file that git calls a/ and b/ has its own name, and one that is gone the one it had", () => {
  const diff = "diff --git a/x.txt b/x.txt\n--- a/x.txt\n+++ b/x.txt\n@@ -1 +1 @@\n-a\n+b\n"
  expect(changeIn(diff, "/project").content).toEqual([
    { type: "diff", path: "/project/x.txt", oldText: "a\n", newText: "b\n" }
  ])
  const gone = "--- a/x.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
  expect(changeIn(gone, "/project").content).toEqual([
    { type: "diff", path: "/project/x.txt", oldText: "a\n", newText: "" }
  ])
})

test.each([undefined, 7, "", "no diff at all", "@@ -1 +1 @@\n-a\n+b\n", "--- a\n+++ b\n@@ -1,9 +1 @@\n broken"])(
  "shows nothing of %j",
  (diff) => {
    expect(changeIn(diff, "/project")).toEqual({ content: [], locations: [] })
  }
)
