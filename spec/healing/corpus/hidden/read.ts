/** What `read_lines` and `count_lines` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const ten = Array.from({ length: 10 }, (_, at) => `line ${at + 1}`).join("\n")

export const hidden: ReadonlyArray<HiddenTest> = [
  ok("read_lines", { path: "t.txt" }, "1\talpha\n2\tbeta\n3\tgamma", { files: { "t.txt": "alpha\nbeta\ngamma\n" } }),
  ok("read_lines", { path: "t.txt", offset: 9 }, " 9\tline 9\n10\tline 10", { files: { "t.txt": ten } }),
  ok("read_lines", { path: "t.txt", offset: 3, limit: 2, plain: true }, "line 3\nline 4\n[6 more lines]", {
    files: { "t.txt": ten }
  }),
  ok("read_lines", { path: "t.txt", offset: -2, plain: true }, "line 9\nline 10", { files: { "t.txt": ten } }),
  ok("read_lines", { path: "d/t.txt", offset: -50, limit: 1 }, "1\tx\n[1 more lines]", {
    files: { "d/t.txt": "x\r\ny" }
  }),
  ok("read_lines", { path: "e.txt" }, "[the file is empty]", { files: { "e.txt": "" } }),
  no("read_lines", { path: "t.txt", offset: 11 }, "t.txt: has only 10 lines", { files: { "t.txt": ten } }),
  no("read_lines", { path: "missing.txt" }, "missing.txt: there is no such file"),
  no("read_lines", { path: "d" }, "d: is a folder, not a file", { files: { "d/x": "" } }),
  no("read_lines", { path: "b.bin" }, "b.bin: is no text", { files: { "b.bin": "PK\0\0" } }),
  ok(
    "count_lines",
    { paths: ["a", "b"] },
    [
      { path: "a", lines: 1, words: 2, characters: 5 },
      { path: "b", lines: 0, words: 0, characters: 0 }
    ],
    { files: { a: "x yz\n", b: "" } }
  ),
  ok("count_lines", { paths: ["a"] }, [{ path: "a", lines: 2, words: 0, characters: 4 }], { files: { a: "  \n " } })
]
