/** What `compare_files` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const files = { "a.txt": "a\nb\nc\nd\ne\nf\ng\n", "b.txt": "a\nc\nd\ne\nf\ng\nh\n", "e.txt": "" }

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "compare_files",
    { before: "a.txt", after: "b.txt", around: 1 },
    { equal: false, added: 1, removed: 1, diff: " a\n-b\n c\n...\n g\n+h" },
    { files }
  ),
  ok(
    "compare_files",
    { before: "a.txt", after: "b.txt" },
    {
      equal: false,
      added: 1,
      removed: 1,
      diff: " a\n-b\n c\n d\n e\n f\n g\n+h"
    },
    { files }
  ),
  ok("compare_files", { before: "a.txt", after: "a.txt" }, { equal: true, added: 0, removed: 0, diff: "" }, { files }),
  ok(
    "compare_files",
    { before: "e.txt", after: "b.txt", around: 0 },
    {
      equal: false,
      added: 7,
      removed: 0,
      diff: "+a\n+c\n+d\n+e\n+f\n+g\n+h"
    },
    { files }
  ),
  ok(
    "compare_files",
    { before: "b.txt", text: "" },
    {
      equal: false,
      added: 0,
      removed: 7,
      diff: "-a\n-c\n-d\n-e\n-f\n-g\n-h"
    },
    { files }
  ),
  ok(
    "compare_files",
    { before: "w.txt", text: "x  y\n\tz", ignore_space: true, around: 0 },
    { equal: false, added: 1, removed: 1, diff: "-q\n+z" },
    {
      files: { "w.txt": " x y \nq\n" }
    }
  ),
  ok(
    "compare_files",
    { before: "w.txt", text: "x  y" },
    { equal: false, added: 1, removed: 1, diff: "-x y\n+x  y" },
    { files: { "w.txt": "x y" } }
  ),
  ok(
    "compare_files",
    { before: "w.txt", text: "n\nm\n1\n2\n", around: 0 },
    { equal: false, added: 2, removed: 2, diff: "+n\n+m\n...\n-3\n-4" },
    {
      files: { "w.txt": "1\n2\n3\n4\n" }
    }
  ),
  no("compare_files", { before: "a.txt" }, "give either after or text, and not both", { files }),
  no("compare_files", { before: "a.txt", after: "b.txt", text: "x" }, "give either after or text", { files }),
  no("compare_files", { before: "x.txt", after: "b.txt" }, "x.txt: there is no such file", { files }),
  no("compare_files", { before: "a.txt", after: "y.txt" }, "y.txt: there is no such file", { files })
]
