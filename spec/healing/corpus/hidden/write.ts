/** What `write_text` and `write_notes` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

export const hidden: ReadonlyArray<HiddenTest> = [
  ok("write_text", { path: "n.txt", content: "hello" }, "created n.txt, 6 characters", {
    written: { "n.txt": "hello\n" }
  }),
  ok("write_text", { path: "d/n.txt", content: "a\r\nb\r\n" }, "created d/n.txt, 4 characters", {
    written: { "d/n.txt": "a\nb\n" }
  }),
  ok("write_text", { path: "n.txt", content: "x", newline: false }, "created n.txt, 1 characters", {
    written: { "n.txt": "x" }
  }),
  no("write_text", { path: "n.txt", content: "x" }, "say overwrite or append", {
    files: { "n.txt": "old" },
    written: { "n.txt": "old" }
  }),
  ok("write_text", { path: "n.txt", content: "new", mode: "overwrite" }, "overwrote n.txt, 4 characters", {
    files: { "n.txt": "old old" },
    written: { "n.txt": "new\n" }
  }),
  ok("write_text", { path: "n.txt", content: "end", mode: "append" }, "appended to n.txt, 8 characters", {
    files: { "n.txt": "old" },
    written: { "n.txt": "old\nend\n" }
  }),
  ok("write_text", { path: "n.txt", content: "end", mode: "append" }, "created n.txt, 4 characters", {
    written: { "n.txt": "end\n" }
  }),
  ok("write_text", { path: "n.txt", content: "", mode: "append" }, "appended to n.txt, 2 characters", {
    files: { "n.txt": "a\n" },
    written: { "n.txt": "a\n" }
  }),
  no("write_text", { path: "d", content: "x", mode: "append" }, "d: is a folder", { files: { "d/x": "" } }),
  ok("write_notes", { topic: "  To Do  now ", notes: [] }, "notes/to-do-now.md", {
    written: { "notes/to-do-now.md": "# To Do  now\n\n" }
  }),
  ok(
    "write_notes",
    { topic: "x", notes: [{ text: " one " }, { text: "two", done: false }, { text: "three", done: true }] },
    "notes/x.md",
    {
      written: { "notes/x.md": "# x\n\n- [ ] one\n- [ ] two\n- [x] three\n" }
    }
  )
]
