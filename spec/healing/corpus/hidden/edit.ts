/** What `replace_text` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const text = "let a = 1\nlet b = 2\nlet c = a + b\n"
const files = { "f.js": text }

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "replace_text",
    { path: "f.js", edits: [{ old: "a + b", new: "a - b" }] },
    { replaced: 1, where: "line 3" },
    {
      files,
      written: { "f.js": "let a = 1\nlet b = 2\nlet c = a - b\n" }
    }
  ),
  ok(
    "replace_text",
    { path: "f.js", edits: [{ old: "let", new: "const", all: true }] },
    { replaced: 3, where: "lines 1, 2, 3" },
    {
      files,
      written: { "f.js": "const a = 1\nconst b = 2\nconst c = a + b\n" }
    }
  ),
  ok(
    "replace_text",
    { path: "f.js", edits: [{ old: "let", new: "var", occurrence: 2 }] },
    { replaced: 1, where: "line 2" },
    {
      files,
      written: { "f.js": "let a = 1\nvar b = 2\nlet c = a + b\n" }
    }
  ),
  ok(
    "replace_text",
    {
      path: "f.js",
      edits: [
        { old: "= 2", new: "= 3" },
        { old: "= 3", new: "= 4" }
      ],
      dry_run: true
    },
    { replaced: 2, where: "line 2", text: "let a = 1\nlet b = 4\nlet c = a + b\n" },
    { files, written: { "f.js": text } }
  ),
  ok(
    "replace_text",
    {
      path: "f.js",
      edits: [
        { old: "c = a + b\n", new: "" },
        { old: "a", new: "x" }
      ]
    },
    { replaced: 2, where: "lines 1, 3" },
    {
      files,
      written: { "f.js": "let x = 1\nlet b = 2\nlet " }
    }
  ),
  no(
    "replace_text",
    { path: "f.js", edits: [{ old: "let", new: "var" }] },
    'edit 1: "let" is there 3 times, in lines 1, 2, 3',
    {
      files,
      written: { "f.js": text }
    }
  ),
  no(
    "replace_text",
    {
      path: "f.js",
      edits: [
        { old: "1", new: "2" },
        { old: "zzz", new: "" }
      ]
    },
    'edit 2: "zzz" is not there',
    {
      files,
      written: { "f.js": text }
    }
  ),
  no("replace_text", { path: "f.js", edits: [{ old: "let", new: "x", occurrence: 4 }] }, "there are only 3 of", {
    files
  }),
  no("replace_text", { path: "f.js", edits: [{ old: "", new: "x" }] }, "edit 1: the old text is empty", { files }),
  no("replace_text", { path: "f.js", edits: [{ old: "a", new: "a" }] }, "are the same", { files }),
  no("replace_text", { path: "none.js", edits: [{ old: "a", new: "b" }] }, "none.js: there is no such file")
]
