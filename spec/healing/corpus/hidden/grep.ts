/** What `find_lines` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const files = { "a.txt": "first\nSecond line\n  third (3)\n", "b.txt": "second\nsecond\nsecond" }

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "find_lines",
    { pattern: "ir", paths: ["a.txt"] },
    {
      total: 2,
      finds: {
        "a.txt": [
          { line: 1, column: 2, text: "first" },
          { line: 3, column: 5, text: "third (3)" }
        ]
      },
      skipped: []
    },
    { files }
  ),
  ok(
    "find_lines",
    { pattern: "second", paths: ["a.txt", "b.txt"], ignore_case: true, most: 2 },
    {
      total: 4,
      finds: {
        "a.txt": [{ line: 2, column: 1, text: "Second line" }],
        "b.txt": [{ line: 1, column: 1, text: "second" }]
      },
      skipped: []
    },
    { files }
  ),
  ok(
    "find_lines",
    { pattern: "(3)", paths: ["a.txt"], literal: true },
    {
      total: 1,
      finds: { "a.txt": [{ line: 3, column: 9, text: "third (3)" }] },
      skipped: []
    },
    { files }
  ),
  ok(
    "find_lines",
    { pattern: "i", paths: ["a.txt"], invert: true },
    {
      total: 1,
      finds: { "a.txt": [{ line: 4, column: 1, text: "" }] },
      skipped: []
    },
    { files }
  ),
  ok(
    "find_lines",
    { pattern: "^Second", paths: ["a.txt"], context: 1 },
    {
      total: 1,
      finds: {
        "a.txt": [{ line: 2, column: 1, text: "Second line", around: ["first", "Second line", "  third (3)"] }]
      },
      skipped: []
    },
    { files }
  ),
  ok(
    "find_lines",
    { pattern: "first", paths: ["a.txt"], context: 1 },
    {
      total: 1,
      finds: { "a.txt": [{ line: 1, column: 1, text: "first", around: ["first", "Second line"] }] },
      skipped: []
    },
    { files }
  ),
  ok(
    "find_lines",
    { pattern: "x", paths: ["none.txt", "a.txt", "d"] },
    { total: 0, finds: {}, skipped: ["none.txt", "d"] },
    {
      files: { ...files, "d/e": "x" }
    }
  ),
  ok(
    "find_lines",
    { pattern: "second", paths: ["b.txt"], most: 2 },
    {
      total: 3,
      finds: {
        "b.txt": [
          { line: 1, column: 1, text: "second" },
          { line: 2, column: 1, text: "second" }
        ]
      },
      skipped: []
    },
    { files }
  ),
  no("find_lines", { pattern: "x", paths: [] }, "no paths were given"),
  no("find_lines", { pattern: "[", paths: ["a.txt"] }, "regular expression", { files }),
  ok("find_lines", { pattern: "[", paths: ["a.txt"], literal: true }, { total: 0, finds: {}, skipped: [] }, { files })
]
